// The directory where a restore keeps its journal and what it replaces: 0700, and one process at a time.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <jujubackup/restore_run.hpp>

#include "io/fd.hpp"

namespace jujubackup::restore_run {

// `work_dir` of a plan or a place, as this process sees it.
std::string work_dir_at(const std::string& root, const std::string& work_dir);

// A lock (flock) on the directory itself, held as long as the object lives.
class WorkDir {
 public:
  // Made with its parents (0755) if it is missing. Error(busy) if another process has it.
  static WorkDir make(const std::string& path);
  // Error(not_found) if it is not there, Error(busy).
  static WorkDir open(const std::string& path);

  const std::string& path() const noexcept { return path_; }
  // The parents that make() made, the outermost first.
  const std::vector<std::string>& made() const noexcept { return made_; }

  // Removes logs, and a journal that is none. Error(exists) if there is something else in it.
  void clear() const;
  enum class Logs { keep, remove };
  // Everything in it, the journal last, then itself, unless logs stay in it.
  void remove(Logs logs) const;

 private:
  WorkDir(std::string path, Fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  Fd lock_;
  std::vector<std::string> made_;
};

// Those of `directories` that are empty, the last first.
void remove_empty(const std::vector<std::string>& directories);

}  // namespace jujubackup::restore_run
