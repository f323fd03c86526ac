// Looking at a client directory once, for a backup: small files are read into memory, so that each is a whole one and the lock is held
// briefly.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <jujubackup/job.hpp>

#include "archive/tree_archive.hpp"

namespace jujubackup::client {

struct Gathered {
  std::vector<TreeEntry> entries;
  std::map<std::string, std::string, std::less<>> texts;  // of Juju's YAML files, by their path in the directory
  std::vector<std::string> left_out;                      // by rule
  std::vector<std::string> warnings;
  std::uint64_t files = 0, content_bytes = 0;
  bool all_read = true;  // nothing is left to be read from the disk
};

// `entry` is what the directory is called in the archive.
void gather_directory(const std::string& directory, const std::string& entry, Gathered& into, Job* job);
// A single file outside of it; nothing happens if there is none.
bool gather_cookie_jar(const std::string& path, const std::string& entry, Gathered& into, Job* job);

}  // namespace jujubackup::client
