#include "io/tree_writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <limits>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "io/temp_file.hpp"
#include "io/walk.hpp"

namespace jujubackup {
namespace {

constexpr std::size_t max_path_bytes = 4096;
constexpr std::size_t max_part_bytes = 255;
constexpr std::size_t max_parts = 100;
// Files below this size are not worth a look at the free space, nor reserving any.
constexpr std::uint64_t large_file_bytes = std::uint64_t{1} << 20;
constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

[[noreturn]] void refuse(std::string_view path, std::string_view why) {
  throw Error(ErrorCode::corrupt, "unsafe name " + quoted_name(path) + ": " + std::string(why));
}

std::string_view cut_part(std::string_view& rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view part = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  return part;
}

std::size_t count_parts(std::string_view path) { return static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) + 1; }

bool is_symlink(int directory, const std::string& name) {
  struct stat status {};
  return ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

[[noreturn]] void fail(int err, std::string_view doing, std::string_view path) {
  if (err == EEXIST) throw Error(ErrorCode::exists, quoted_name(path) + " exists already");
  throw Error::from_errno(err, std::string(doing) + " " + quoted_name(path));
}

}  // namespace

bool climbs_out(std::string_view path, std::string_view target) {
  std::size_t depth = count_parts(path) - 1;
  while (!target.empty()) {
    const std::string_view part = cut_part(target);
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      ++depth;
      continue;
    }
    if (depth == 0) return true;
    --depth;
  }
  return false;
}

void check_relative_path(std::string_view path) {
  if (path.empty()) refuse(path, "it is empty");
  if (path.find('\0') != std::string_view::npos) refuse(path, "it holds a zero byte");
  if (path.front() == '/') refuse(path, "it is absolute");
  if (path.size() > max_path_bytes) refuse(path, "it is too long");
  if (count_parts(path) > max_parts) refuse(path, "it is too deep");
  if (path.back() == '/') refuse(path, "it has an empty part");
  while (!path.empty()) {
    const std::string_view whole = path;
    const std::string_view part = cut_part(path);
    if (part.empty()) refuse(whole, "it has an empty part");
    if (part == ".") refuse(whole, "it has a \".\" part");
    if (part == "..") refuse(whole, "it has a \"..\" part");
    if (part.size() > max_part_bytes) refuse(whole, "a part of it is too long");
  }
}

TreeWriter::TreeWriter(const std::string& target, bool owners) : owners_(owners) {
  make_directories(target);
  // The target itself is the caller's choice and may be a link.
  root_ = Fd(::open(target.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root_) throw Error::from_errno(errno, "opening " + target);
}

TreeWriter::~TreeWriter() {
  if (file_) ::unlinkat(file_parent_, file_name_.c_str(), 0);
}

void TreeWriter::make_directory(std::string_view path, const TreeMeta& meta) {
  std::string last;
  const int parent = open_parent(path, last, Missing::make);
  if (::mkdirat(parent, last.c_str(), 0700) != 0) {
    const int err = errno;
    struct stat status {};
    const bool there = err == EEXIST && ::fstatat(parent, last.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (!there || !S_ISDIR(status.st_mode)) fail(err, "making directory", path);
  }
  directories_.emplace_back(path, meta);
}

void TreeWriter::make_symlink(std::string_view path, const std::string& link_target, const TreeMeta& meta) {
  if (link_target.empty() || link_target.find('\0') != std::string::npos) {
    throw Error(ErrorCode::corrupt, "link " + quoted_name(path) + " has no usable target");
  }
  std::string last;
  const int parent = open_parent(path, last, Missing::make);
  if (link_target.front() != '/' && climbs_out(path, link_target)) {
    throw Error(ErrorCode::corrupt, "link " + quoted_name(path) + " points out of the tree: " + quoted_name(link_target));
  }
  if (::symlinkat(link_target.c_str(), parent, last.c_str()) != 0) fail(errno, "making link", path);
  set_owner(parent, last.c_str(), AT_SYMLINK_NOFOLLOW, path, meta);
  const struct timespec times[2] = {{0, UTIME_OMIT}, {meta.mtime_s, 0}};
  if (::utimensat(parent, last.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) warn("time not restored: " + printable(path));
}

void TreeWriter::make_hardlink(std::string_view path, std::string_view existing) {
  std::string from_name;
  std::string to_name;
  // A duplicate, since the walk to the other name may close it.
  const Fd from(::fcntl(open_parent(existing, from_name, Missing::refuse), F_DUPFD_CLOEXEC, 0));
  if (!from) fail(errno, "linking to", existing);
  struct stat status {};
  if (::fstatat(from.get(), from_name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) fail(errno, "linking to", existing);
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::corrupt, "hard link " + quoted_name(path) + " points to what is no regular file: " + quoted_name(existing));
  }
  const int to = open_parent(path, to_name, Missing::make);
  if (::linkat(from.get(), from_name.c_str(), to, to_name.c_str(), 0) != 0) fail(errno, "making hard link", path);
}

void TreeWriter::begin_file(std::string_view path, std::uint64_t size_bytes) {
  file_parent_ = open_parent(path, file_name_, Missing::make);
  const bool large = size_bytes >= large_file_bytes;
  if (large) {
    struct statvfs volume {};
    if (::fstatvfs(file_parent_, &volume) != 0) fail(errno, "asking for free space for", path);
    const std::uint64_t free_blocks = volume.f_bavail;
    // File systems that know nothing of space say 0 to all.
    if (volume.f_blocks != 0 && volume.f_frsize != 0 && size_bytes / volume.f_frsize > free_blocks) {
      throw Error(ErrorCode::no_space, quoted_name(path) + " is said to have " + std::to_string(size_bytes) + " bytes; " +
                                           std::to_string(free_blocks * volume.f_frsize) + " are free");
    }
  }
  file_path_ = path;
  to_reserve_bytes_ = large ? size_bytes : 0;
  reserved_bytes_ = 0;
  written_bytes_ = 0;
  file_ = Fd(::openat(file_parent_, file_name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file_) fail(errno, "making file", path);
}

void TreeWriter::write(std::span<const std::byte> bytes) {
  if (written_bytes_ + bytes.size() > reserved_bytes_ && reserved_bytes_ < to_reserve_bytes_) reserve_ahead();
  if (const int err = try_write_all(file_.get(), bytes)) fail(err, "writing to", file_path_);
  written_bytes_ += bytes.size();
}

void TreeWriter::reserve_ahead() {
  const std::uint64_t end = std::min(to_reserve_bytes_, written_bytes_ + reserve_ahead_bytes);
  const std::uint64_t begin = std::exchange(reserved_bytes_, end);
  // Only a help: what the file system cannot do, or has no room for, is left to write().
  if (::fallocate(file_.get(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(begin), static_cast<off_t>(end - begin)) != 0) to_reserve_bytes_ = 0;
}

void TreeWriter::end_file(const TreeMeta& meta) {
  // Gives back what was reserved for a size that was a lie.
  if (reserved_bytes_ > written_bytes_ && ::ftruncate(file_.get(), static_cast<off_t>(written_bytes_)) != 0) {
    fail(errno, "cutting", file_path_);
  }
  set_meta(file_.get(), file_path_, meta);
  const std::string what = quoted_name(file_path_);
  try {
    file_.close(what.c_str());
  } catch (...) {
    ::unlinkat(file_parent_, file_name_.c_str(), 0);
    throw;
  }
}

void TreeWriter::finish() {
  require_no_open_file();
  // What is in a directory before the directory itself, since that may lose the permission to be entered: a path sorts behind its
  // beginnings. In the order of naming where one was named again.
  std::stable_sort(directories_.begin(), directories_.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [path, meta] : directories_) {
    int directory = -1;
    try {
      directory = open_directory(path, path, Missing::refuse);
    } catch (const Error&) {
      warn("mode and time not restored: " + printable(path));
      continue;
    }
    set_meta(directory, path, meta);
  }
  directories_.clear();
}

void TreeWriter::require_no_open_file() const {
  // Its parent must stay open to its end.
  if (file_) throw Error(ErrorCode::internal, "a file was begun and not ended");
}

int TreeWriter::open_directory(std::string_view path, std::string_view wanted_for, Missing missing) {
  int here = root_.get();
  std::size_t depth = 0;
  for (std::string_view rest = path; !rest.empty(); ++depth) {
    const std::string_view part = cut_part(rest);
    if (depth == open_.size() || open_[depth].name != part) {
      // From here on the way is another one.
      open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(depth), open_.end());
      std::string name(part);
      Fd below(::openat(here, name.c_str(), directory_flags));
      if (!below && errno == ENOENT && missing == Missing::make) {
        if (::mkdirat(here, name.c_str(), 0755) != 0) fail(errno, "making a directory for", wanted_for);
        below = Fd(::openat(here, name.c_str(), directory_flags));
      }
      if (!below) {
        const int err = errno;
        if (is_symlink(here, name)) {
          const std::size_t before_bytes = static_cast<std::size_t>(part.data() - path.data());
          throw Error(ErrorCode::corrupt, "refusing to pass through the link " + quoted_name(path.substr(0, before_bytes + part.size())) +
                                              " on the way to " + quoted_name(wanted_for));
        }
        fail(err, "opening the directory of", wanted_for);
      }
      open_.push_back({std::move(name), std::move(below)});
    }
    here = open_[depth].fd.get();
  }
  return here;
}

int TreeWriter::open_parent(std::string_view path, std::string& last, Missing missing) {
  require_no_open_file();
  check_relative_path(path);
  const std::size_t slash = path.rfind('/');
  last = path.substr(slash + 1);  // the whole if there is none, since npos + 1 is 0
  return open_directory(slash == std::string_view::npos ? std::string_view() : path.substr(0, slash), path, missing);
}

bool TreeWriter::set_owner(int fd, const char* name, int flags, std::string_view path, const TreeMeta& meta) {
  if (!owners_) return false;
  // The highest value means "leave it" to the system.
  constexpr std::int64_t beyond = std::numeric_limits<std::uint32_t>::max();
  const bool sane = meta.uid >= 0 && meta.uid < beyond && meta.gid >= 0 && meta.gid < beyond;
  if (sane && ::fchownat(fd, name, static_cast<uid_t>(meta.uid), static_cast<gid_t>(meta.gid), flags) == 0) return true;
  warn("owner not restored: " + printable(path));
  return false;
}

void TreeWriter::set_meta(int fd, std::string_view path, const TreeMeta& meta) {
  // Owner first: changing it clears the set-id bits. These mean something else under another owner, so they go only with it.
  const bool owned = set_owner(fd, "", AT_EMPTY_PATH, path, meta);
  if (::fchmod(fd, meta.mode & (owned ? 07777U : 0777U)) != 0) fail(errno, "setting the mode of", path);
  const struct timespec times[2] = {{0, UTIME_OMIT}, {meta.mtime_s, 0}};
  if (::futimens(fd, times) != 0) warn("time not restored: " + printable(path));
}

void TreeWriter::warn(const std::string& text) {
  if (warnings_.size() == max_warnings) return;
  warnings_.push_back(warnings_.size() + 1 == max_warnings ? "more warnings were left out" : text);
}

}  // namespace jujubackup
