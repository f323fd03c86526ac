#include "io/temp_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/encoding.hpp"
#include "io/walk.hpp"

namespace jujubackup {
namespace {

constexpr std::string_view temp_prefix = ".tmp-";
constexpr std::size_t random_bytes = 16;
constexpr std::uint64_t early_writeback_bytes = std::uint64_t{8} << 20;
// The page cache takes what is written at once as one piece of memory, if it can, and for half a megabyte in one piece it looks longer than
// the calls are worth: unpacking took twice as long at times (docs/performance.md).
constexpr std::size_t most_at_once = std::size_t{128} << 10;

std::string random_temp_name() {
  std::array<std::byte, random_bytes> bytes{};
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::getrandom(bytes.data() + have, bytes.size() - have, 0);
    if (got < 0 && errno != EINTR) throw Error::from_errno(errno, "getting random bytes");
    if (got > 0) have += static_cast<std::size_t>(got);
  }
  return std::string(temp_prefix) + to_hex(bytes);
}

// Exactly what random_temp_name makes, so that no file of somebody else is ever taken for one of ours.
bool is_temp_name(std::string_view name) {
  return name.size() == temp_prefix.size() + 2 * random_bytes && name.starts_with(temp_prefix) &&
         name.find_first_not_of("0123456789abcdef", temp_prefix.size()) == std::string_view::npos;
}

Fd open_directory(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) throw Error::from_errno(errno, "opening directory " + path);
  return fd;
}

enum class Locked { yes, taken, unsupported };

Locked try_lock(int fd) {
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    return errno == EWOULDBLOCK ? Locked::taken : Locked::unsupported;
  }
  return Locked::yes;
}

// Gives `from` the name `to` unless that is taken; false if it is.
bool rename_exclusively(int directory, const std::string& from, const std::string& to, const std::string& doing) {
  if (::renameat2(directory, from.c_str(), directory, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;
  // File systems that lack the flag answer EINVAL, kernels that lack the call ENOSYS.
  if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) throw Error::from_errno(errno, doing);
  if (::linkat(directory, from.c_str(), directory, to.c_str(), 0) != 0) {
    if (errno == EEXIST) return false;
    throw Error::from_errno(errno, doing);
  }
  // Should this fail, the second name is a leftover like that of a crash.
  ::unlinkat(directory, from.c_str(), 0);
  return true;
}

}  // namespace

TempFile::TempFile(const std::string& directory) : directory_path_(directory), directory_(open_directory(directory)) {
  for (;;) {
    name_ = random_temp_name();
    file_ = Fd(::openat(directory_.get(), name_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file_) {
      if (errno == EEXIST || errno == EINTR) continue;
      const int err = errno;
      name_.clear();
      throw Error::from_errno(err, "making a file in " + directory_path_);
    }
    // Between open and flock, remove_stale_temps of another process may take the file for a leftover: then start anew. Where the
    // file system has no flock, nobody can lock it, and nobody removes it.
    if (try_lock(file_.get()) == Locked::taken) continue;
    struct stat status = {};
    if (::fstat(file_.get(), &status) == 0 && status.st_nlink == 0) continue;
    return;
  }
}

TempFile::~TempFile() {
  if (directory_ && !name_.empty()) ::unlinkat(directory_.get(), name_.c_str(), 0);
}

void TempFile::write(std::span<const std::byte> bytes) {
  write_all(file_.get(), bytes, directory_path_);
  size_bytes_ += bytes.size();
  if (size_bytes_ - on_its_way_bytes_ < early_writeback_bytes) return;
  // Whole pages only, or the last one would be written twice. It may wait for a slow disk, as the sync would; it promises nothing and
  // takes no error away from the sync, so that it does not matter whether it works.
  const std::uint64_t end = size_bytes_ - size_bytes_ % early_writeback_bytes;
  const std::uint64_t begin = std::exchange(on_its_way_bytes_, end);
  ::sync_file_range(file_.get(), static_cast<off_t>(begin), static_cast<off_t>(end - begin), SYNC_FILE_RANGE_WRITE);
}

void TempFile::publish(const std::string& name, bool replace) {
  if (!file_) throw Error(ErrorCode::internal, "a file was published twice");
  const std::string path = join_path(directory_path_, name);
  const std::string doing = "publishing " + path;
  struct stat own = {};
  if (::fstat(file_.get(), &own) != 0) throw Error::from_errno(errno, doing);
  if (static_cast<std::uint64_t>(own.st_size) != size_bytes_)
    throw Error(ErrorCode::io, doing + ": the file's length is not what was written");

  sync_fd(file_.get(), path);
  // The duplicate keeps the lock until the file has its name.
  const Fd locked(::fcntl(file_.get(), F_DUPFD_CLOEXEC, 3));
  if (!locked) throw Error::from_errno(errno, doing);
  file_.close(path.c_str());

  if (replace) {
    if (::renameat(directory_.get(), name_.c_str(), directory_.get(), name.c_str()) != 0) throw Error::from_errno(errno, doing);
  } else if (!rename_exclusively(directory_.get(), name_, name, doing)) {
    throw Error(ErrorCode::exists, path + ": already exists");
  }
  name_.clear();

  try {
    sync_fd(directory_.get(), directory_path_);
  } catch (...) {
    // What was replaced cannot be brought back; a new name can be taken back, so that an error means that nothing is there.
    struct stat there = {};
    if (!replace && ::fstatat(directory_.get(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 && there.st_ino == own.st_ino &&
        there.st_dev == own.st_dev) {
      ::unlinkat(directory_.get(), name.c_str(), 0);
    }
    throw;
  }
}

std::size_t remove_stale_temps(const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(directory.c_str()), &::closedir);
  if (!listing) {
    if (errno == ENOENT || errno == ENOTDIR) return 0;
    throw Error::from_errno(errno, "opening directory " + directory);
  }
  std::size_t removed = 0;
  const int at = ::dirfd(listing.get());
  while (const dirent* entry = ::readdir(listing.get())) {
    if (!is_temp_name(entry->d_name)) continue;
    const Fd file(::openat(at, entry->d_name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file) continue;
    struct stat status = {};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (try_lock(file.get()) != Locked::yes) continue;
    if (::unlinkat(at, entry->d_name, 0) == 0) ++removed;
  }
  return removed;
}

void write_all(int fd, std::span<const std::byte> bytes, const std::string& what) {
  if (const int err = try_write_all(fd, bytes)) throw Error::from_errno(err, "writing to " + what);
}

int try_write_all(int fd, std::span<const std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), std::min(bytes.size(), most_at_once));
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return errno;
    pollfd waiting{fd, POLLOUT, 0};
    ::poll(&waiting, 1, -1);
  }
  return 0;
}

void sync_fd(int fd, const std::string& what) {
  while (::fsync(fd) != 0) {
    if (errno == EINTR) continue;
    // What file systems without fsync (on a directory, or at all) answer.
    if (errno == EINVAL || errno == ENOTSUP || errno == ENOSYS || errno == EROFS) return;
    throw Error::from_errno(errno, "syncing " + what);
  }
}

}  // namespace jujubackup
