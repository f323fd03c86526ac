// Writing any tree of files with the engine of the controller archives: the same blocks, gzip members and seal, no layout of its own.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <jujubackup/archive.hpp>
#include <jujubackup/archive_writer.hpp>

namespace jujubackup {

// One entry as it was found: a file, a directory or a symbolic link, under the name that it gets.
struct TreeEntry {
  Entry entry;
  std::string disk_path;                       // of a file that is read when its turn comes
  std::shared_ptr<const std::string> content;  // of one that was read beforehand; entry.size_bytes long
};

struct TreeInput {
  std::vector<TreeEntry> entries;                          // directories before what is in them
  std::string manifest_name;                               // of the last entry
  std::vector<std::pair<std::string, std::string>> facts;  // go into the manifest
  std::vector<std::string> warnings;                       // likewise
};

// Files that are read when their turn comes are handled as write_archive handles them: one that vanished or shrank is padded with zeros,
// one that grew is cut, with a warning.
WriteResult write_tree_archive(const TreeInput& input, Sink& sink, const WriteOptions& options, Job* job);

}  // namespace jujubackup
