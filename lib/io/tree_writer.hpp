// Writing a tree of files below one directory and nowhere else.
//
// Every name is walked from the directory's descriptor, part by part, without following links: an entry that would pass through a
// symlink, also one made by an earlier entry, is refused. Nothing that exists is replaced. The directories on the way to the last entry
// stay open (at most 100 descriptors), so that the next one in the same place costs no walk.
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

// Whether the relative link target `target`, read from the directory that holds `path`, leads above the folder that `path` is relative to.
bool climbs_out(std::string_view path, std::string_view target);

class TreeWriter {
 public:
  // The directory is made (0700) with its parents if missing.
  TreeWriter(const std::string& target, bool owners);
  TreeWriter(const TreeWriter&) = delete;
  TreeWriter& operator=(const TreeWriter&) = delete;
  ~TreeWriter();  // removes a file that was begun and not ended

  // Parents that are missing are made 0755. A directory may be named again.
  void make_directory(std::string_view path, const TreeMeta& meta);
  // An absolute `link_target` is kept as it is, since Juju writes such; a relative one that climbs out of the tree is refused.
  void make_symlink(std::string_view path, const std::string& link_target, const TreeMeta& meta);
  // `existing` is a path below the target, of a regular file.
  void make_hardlink(std::string_view path, std::string_view existing);

  // One file at a time: begin, write ..., end, and nothing else in between. It is 0600 until end. A size beyond the free space is
  // Error(no_space) before anything is written. Since the size may be a lie, space is reserved only as the bytes arrive, at most
  // reserve_ahead_bytes ahead of them.
  void begin_file(std::string_view path, std::uint64_t size_bytes);
  void write(std::span<const std::byte> bytes);
  void end_file(const TreeMeta& meta);

  // Modes and times of directories, those inside first. What is no longer there is a warning. Call once, at the end.
  void finish();

  static constexpr std::uint64_t reserve_ahead_bytes = std::uint64_t{32} << 20;

  // At most max_warnings; the last one then says that there are more.
  static constexpr std::size_t max_warnings = 1000;
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  enum class Missing { make, refuse };
  void reserve_ahead();
  void require_no_open_file() const;
  // These lend descriptors until the next call.
  int open_parent(std::string_view path, std::string& last, Missing missing);
  int open_directory(std::string_view path, std::string_view wanted_for, Missing missing);
  void set_meta(int fd, std::string_view path, const TreeMeta& meta);
  bool set_owner(int fd, const char* name, int flags, std::string_view path, const TreeMeta& meta);
  void warn(const std::string& text);

  Fd root_;
  bool owners_;
  // The way to the last directory that was asked for, since most paths of an archive begin like the one before. Nothing here removes
  // or renames, so no entry can put a link in the place of one that is open. Another process can; the descriptor still is the directory
  // that was walked to, wherever that lies by now.
  struct OpenDirectory {
    std::string name;
    Fd fd;
  };
  std::vector<OpenDirectory> open_;
  Fd file_;
  int file_parent_ = -1;  // one of open_, or root_
  std::string file_name_;
  std::string file_path_;
  std::uint64_t to_reserve_bytes_ = 0, reserved_bytes_ = 0, written_bytes_ = 0;
  std::vector<std::pair<std::string, TreeMeta>> directories_;
  std::vector<std::string> warnings_;
};

}  // namespace jujubackup
