#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include <jujubackup/error.hpp>

#include "io/fd.hpp"
#include "io/temp_file.hpp"
#include "io/walk.hpp"

namespace jujubackup {
namespace {

// Where the entry of `path` is: "/a/b/" and "/a/b" give "/a", "b" gives ".".
std::string parent_of(const std::string& path) {
  const std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return "/";
  const std::size_t slash = path.rfind('/', end);
  if (slash == std::string::npos) return ".";
  const std::size_t last = path.find_last_not_of('/', slash);
  return last == std::string::npos ? "/" : path.substr(0, last + 1);
}

bool is_directory(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

std::string join_path(const std::string& base, const std::string& relative) {
  if (relative.starts_with('/')) throw Error(ErrorCode::invalid_argument, relative + ": is not a relative path");
  if (base.empty() || relative.empty()) return base + relative;
  return base.ends_with('/') ? base + relative : base + "/" + relative;
}

std::string read_small_file(const std::string& path, std::size_t limit_bytes) {
  const std::string doing = "reading " + path;
  // Not blocking, so that a pipe put in the place of a file cannot hold us up.
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) throw Error::from_errno(errno, doing);
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) throw Error::from_errno(errno, doing);
  if (!S_ISREG(status.st_mode)) throw Error(ErrorCode::invalid_argument, path + ": is not a regular file");
  std::string text;
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error::from_errno(errno, doing);
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > limit_bytes) throw Error(ErrorCode::limit, path + ": more than " + std::to_string(limit_bytes) + " bytes");
  }
}

void make_directories(const std::string& path) {
  int err = ::mkdir(path.c_str(), 0700) == 0 ? 0 : errno;
  const std::string parent = parent_of(path);
  if (err == ENOENT && !path.empty() && parent != path) {
    make_directories(parent);
    err = ::mkdir(path.c_str(), 0700) == 0 ? 0 : errno;
  }
  if (err != 0) {
    // Somebody else may have been faster.
    if (!is_directory(path)) throw Error::from_errno(err == EEXIST ? ENOTDIR : err, "making directory " + path);
    return;
  }
  // A directory that a power cut takes away takes the files in it away as well.
  const Fd directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory) sync_fd(directory.get(), parent);
}

Space space_at(const std::string& path) {
  struct statvfs status = {};
  std::string place = path.empty() ? "." : path;
  while (::statvfs(place.c_str(), &status) != 0) {
    const int err = errno;
    if (err == EINTR) continue;
    const std::string parent = parent_of(place);
    if ((err != ENOENT && err != ENOTDIR) || parent == place) throw Error::from_errno(err, "looking at the space of " + path);
    place = parent;
  }
  const std::uint64_t unit = status.f_frsize != 0 ? status.f_frsize : status.f_bsize;
  return {static_cast<std::uint64_t>(status.f_bavail) * unit, static_cast<std::uint64_t>(status.f_blocks) * unit};
}

void require_space(const std::string& directory, std::uint64_t needed_bytes) {
  const std::uint64_t free_bytes = space_at(directory).free_bytes;
  if (free_bytes >= needed_bytes) return;
  throw Error(ErrorCode::no_space,
              "not enough space in " + directory + ": " + std::to_string(needed_bytes) + " bytes are needed, " +
                  std::to_string(free_bytes) + " are free",
              true);
}

}  // namespace jujubackup
