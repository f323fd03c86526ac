// Writing a tree of files below one directory and nowhere else.
//
// Every name is walked from the directory's descriptor, part by part, without following links: an entry that would pass through a
// symlink, also one made by an earlier entry, is refused. Nothing that exists is replaced.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/fd.hpp"

namespace jujubackup {

struct TreeMeta {
  std::uint32_t mode = 0;
  std::int64_t uid = 0, gid = 0;
  std::int64_t mtime_s = 0;
};

// Error(corrupt) unless `path` is safe: relative, no empty, "." or ".." part, no NUL, parts of at most 255 bytes, at most
// 4096 bytes and 100 parts in all.
void check_relative_path(std::string_view path);

class TreeWriter {
 public:
  // The directory is made (0700) with its parents if missing.
  TreeWriter(const std::string& target, bool owners);

  // Parents that are missing are made 0755. A directory may be named again.
  void make_directory(std::string_view path, const TreeMeta& meta);
  void make_symlink(std::string_view path, const std::string& link_target, const TreeMeta& meta);
  // `existing` is a path below the target, of a regular file.
  void make_hardlink(std::string_view path, std::string_view existing);

  // One file at a time: begin, write ..., end. It is 0600 until end.
  void begin_file(std::string_view path, std::uint64_t size_bytes);
  void write(std::span<const std::byte> bytes);
  void end_file(const TreeMeta& meta);

  // Modes and times of directories, last made first. Call once, at the end.
  void finish();

  const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  Fd open_parent(std::string_view path, std::string& last);
  void set_meta(int fd, std::string_view path, const TreeMeta& meta);

  std::string target_;
  Fd root_;
  bool owners_;
  Fd file_;
  std::string file_path_;
  std::vector<std::pair<std::string, TreeMeta>> directories_;
  std::vector<std::string> warnings_;
};

}  // namespace jujubackup
