#include "io/tree_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include <jujubackup/error.hpp>

#include "io/fd.hpp"
#include "io/temp_file.hpp"
#include "io/walk.hpp"

namespace jujubackup {
namespace {

[[noreturn]] void fail(const char* doing, const std::string& path) { throw Error::from_errno(errno, std::string(doing) + " " + path); }

void remove_entry(const std::string& path, int flags) {
  if (::unlinkat(AT_FDCWD, path.c_str(), flags) != 0 && errno != ENOENT) fail("removing", path);
}

struct stat status_of(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) fail("looking at", path);
  return status;
}

Fd open_directory(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) fail("opening", path);
  return fd;
}

class TreeCopy {
 public:
  explicit TreeCopy(const std::function<void(const std::string&)>& left_out) : left_out_(left_out), owners_(::geteuid() == 0) {}

  void copy(const std::string& from, const std::string& to) {
    const struct stat status = status_of(from);
    if (S_ISDIR(status.st_mode)) {
      directory(status, to);
      for (const Found& found : walk(from)) one(join_path(from, found.path), join_path(to, found.path));
    } else {
      one(from, to);
    }
    // What is in a directory before the directory itself, whose time it changes, and which may lose the permission to be entered.
    for (auto each = directories_.rbegin(); each != directories_.rend(); ++each) finish_directory(each->first, each->second);
  }

 private:
  void one(const std::string& from, const std::string& to) {
    const struct stat status = status_of(from);
    if (S_ISDIR(status.st_mode)) return directory(status, to);
    if (S_ISLNK(status.st_mode)) return link(from, status, to);
    if (S_ISREG(status.st_mode)) return file(from, status, to);
    if (left_out_) left_out_(from);
  }

  void directory(const struct stat& status, const std::string& to) {
    if (::mkdir(to.c_str(), 0700) != 0) fail("making directory", to);
    directories_.emplace_back(to, status);
  }

  void finish_directory(const std::string& to, const struct stat& status) const {
    const Fd fd = open_directory(to);
    set_meta(fd, status, to);
  }

  void link(const std::string& from, const struct stat& status, const std::string& to) const {
    std::array<char, PATH_MAX + 1> target{};
    const ssize_t length = ::readlink(from.c_str(), target.data(), target.size() - 1);
    if (length < 0) fail("reading link", from);
    if (::symlinkat(target.data(), AT_FDCWD, to.c_str()) != 0) fail("making link", to);
    if (owners_ && ::lchown(to.c_str(), status.st_uid, status.st_gid) != 0) fail("setting the owner of", to);
    set_mtime(to, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
  }

  void file(const std::string& from, const struct stat& status, const std::string& to) {
    if (status.st_nlink > 1) {
      const auto [known, is_new] = copies_.try_emplace({status.st_dev, status.st_ino}, to);
      if (!is_new) {
        if (::linkat(AT_FDCWD, known->second.c_str(), AT_FDCWD, to.c_str(), 0) != 0) fail("making hard link", to);
        return;
      }
    }
    const Fd source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    if (!source) fail("reading", from);
    Fd copy(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!copy) fail("making file", to);
    buffer_.resize(std::size_t{256} << 10);
    for (;;) {
      const ssize_t got = ::read(source.get(), buffer_.data(), buffer_.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail("reading", from);
      if (got == 0) break;
      write_all(copy.get(), std::span(buffer_).first(static_cast<std::size_t>(got)), to);
    }
    set_meta(copy, status, to);
    copy.close(to.c_str());
  }

  // Owner first: changing it clears the set-id bits.
  void set_meta(const Fd& fd, const struct stat& status, const std::string& to) const {
    if (owners_ && ::fchown(fd.get(), status.st_uid, status.st_gid) != 0) fail("setting the owner of", to);
    if (::fchmod(fd.get(), status.st_mode & 07777U) != 0) fail("setting the mode of", to);
    const struct timespec times[2] = {{0, UTIME_OMIT}, status.st_mtim};
    if (::futimens(fd.get(), times) != 0) fail("setting the time of", to);
  }

  const std::function<void(const std::string&)>& left_out_;
  bool owners_;
  std::vector<std::pair<std::string, struct stat>> directories_;
  std::map<std::pair<dev_t, ino_t>, std::string> copies_;
  std::vector<std::byte> buffer_;
};

}  // namespace

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

void remove_tree(const std::string& path) {
  const FileKind kind = look_at(path).kind;
  if (kind == FileKind::missing) return;
  if (kind != FileKind::directory) return remove_entry(path, 0);
  std::vector<Found> all = walk(path);
  for (const Found& found : all) {
    // Without these nothing in it can be removed.
    if (found.info.kind != FileKind::directory || (found.info.mode & 0700U) == 0700U) continue;
    ::fchmodat(AT_FDCWD, join_path(path, found.path).c_str(), 0700, 0);
  }
  for (auto found = all.rbegin(); found != all.rend(); ++found) {
    remove_entry(join_path(path, found->path), found->info.kind == FileKind::directory ? AT_REMOVEDIR : 0);
  }
  remove_entry(path, AT_REMOVEDIR);
}

void copy_tree(const std::string& from, const std::string& to, const std::function<void(const std::string&)>& left_out) {
  TreeCopy(left_out).copy(from, to);
}

bool rename_to_free(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EXDEV) return false;
  const bool not_known_here = errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP;
  const std::string doing = "renaming " + from + " to " + to;
  if (!not_known_here) throw Error::from_errno(errno, doing);
  if (look_at(to).kind != FileKind::missing) throw Error(ErrorCode::exists, to + ": already exists");
  if (::renameat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str()) == 0) return true;
  if (errno == EXDEV) return false;
  throw Error::from_errno(errno, doing);
}

void set_mtime(const std::string& path, std::int64_t seconds, std::int64_t nanoseconds) {
  const struct timespec times[2] = {{0, UTIME_OMIT}, {seconds, nanoseconds}};
  if (::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) fail("setting the time of", path);
}

void sync_directory_of(const std::string& path) {
  const std::string parent = parent_of(path);
  const Fd fd = open_directory(parent);
  sync_fd(fd.get(), parent);
}

void sync_volume_of(const std::string& path) {
  const Fd fd = open_directory(look_at(path).kind == FileKind::directory ? path : parent_of(path));
  if (::syncfs(fd.get()) != 0) fail("syncing the volume of", path);
}

}  // namespace jujubackup
