#include "io/walk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include <jujubackup/error.hpp>

#include "io/fd.hpp"

namespace jujubackup {
namespace {

constexpr int max_depth = 100;

using Problem = std::function<void(const std::string&, const std::string&)>;

FileInfo info_of(const struct stat& status) {
  FileInfo info;
  if (S_ISREG(status.st_mode)) {
    info.kind = FileKind::file;
    info.size_bytes = static_cast<std::uint64_t>(status.st_size);
  } else if (S_ISDIR(status.st_mode)) {
    info.kind = FileKind::directory;
  } else if (S_ISLNK(status.st_mode)) {
    info.kind = FileKind::symlink;
  } else {
    info.kind = FileKind::other;
  }
  info.mode = status.st_mode & 07777U;
  info.uid = status.st_uid;
  info.gid = status.st_gid;
  info.mtime_s = status.st_mtim.tv_sec;
  info.ctime_s = status.st_ctim.tv_sec;
  return info;
}

std::vector<std::string> names_in(const Fd& directory, const std::string& path) {
  // closedir closes what fdopendir was given; the caller goes on with its own.
  const int copy = ::fcntl(directory.get(), F_DUPFD_CLOEXEC, 3);
  if (copy < 0) throw Error::from_errno(errno, "reading directory " + path);
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(copy), &::closedir);
  if (!listing) {
    const int err = errno;
    ::close(copy);
    throw Error::from_errno(err, "reading directory " + path);
  }
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(listing.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) throw Error::from_errno(errno, "reading directory " + path);
  std::sort(names.begin(), names.end());
  return names;
}

struct Walk {
  const std::string& root;
  const Problem& problem;
  std::vector<Found> found;

  // Hands `error` to the caller in the way it asked for.
  void tell(const std::string& path, const Error& error) const {
    if (!problem) throw Error(error);
    problem(path, error.what());
  }

  void enter(const Fd& directory, const std::string& below, int depth) {
    const std::string disk_path = join_path(root, below);
    if (depth > max_depth) throw Error(ErrorCode::limit, disk_path + ": deeper than " + std::to_string(max_depth) + " levels");
    for (const std::string& name : names_in(directory, disk_path)) {
      std::string path = join_path(below, name);
      struct stat status = {};
      if (::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) continue;
        tell(path, Error::from_errno(errno, "looking at " + join_path(root, path)));
        continue;
      }
      const bool descend = S_ISDIR(status.st_mode);
      found.push_back({path, info_of(status)});
      if (descend) enter_child(directory, name, path, depth);
    }
  }

  void enter_child(const Fd& parent, const std::string& name, const std::string& path, int depth) {
    const Fd child(::openat(parent.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (child) {
      enter(child, path, depth + 1);
      return;
    }
    // It vanished, or was replaced by something else, since it was looked at.
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) {
      found.pop_back();
      return;
    }
    tell(path, Error::from_errno(errno, "opening directory " + join_path(root, path)));
  }
};

}  // namespace

FileInfo look_at(const std::string& path) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) == 0) return info_of(status);
  if (errno == ENOENT || errno == ENOTDIR) return {};
  throw Error::from_errno(errno, "looking at " + path);
}

std::vector<Found> walk(const std::string& directory, const Problem& problem) {
  Walk walk{directory, problem, {}};
  const Fd top(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (top) {
    walk.enter(top, "", 1);
    return std::move(walk.found);
  }
  const Error error = Error::from_errno(errno, "opening directory " + directory);
  if (error.code() != ErrorCode::permission) throw Error(error);
  walk.tell(".", error);
  return {};
}

std::vector<std::string> glob_names(const std::string& directory, const std::string& pattern) {
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    if (errno == ENOENT || errno == ENOTDIR) return {};
    throw Error::from_errno(errno, "opening directory " + directory);
  }
  std::vector<std::string> names = names_in(fd, directory);
  std::erase_if(names, [&](const std::string& name) { return ::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) != 0; });
  return names;
}

}  // namespace jujubackup
