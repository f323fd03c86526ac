#include "restore_run/work_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include <jujubackup/error.hpp>

#include "io/tree_files.hpp"
#include "io/walk.hpp"
#include "machine/place.hpp"
#include "restore_run/journal.hpp"

namespace jujubackup::restore_run {
namespace {

constexpr const char* usual_work_dir = "var/lib/juju/restore";

bool is_log(std::string_view name) { return name.ends_with(".log"); }

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  for (const char* pattern : {"*", ".*"}) {
    for (std::string& name : glob_names(path, pattern)) {
      if (name != "." && name != "..") names.push_back(std::move(name));
    }
  }
  return names;
}

void make_directory(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) != 0) {
    if (errno == EEXIST) return;  // somebody was faster, and whose it is the lock will tell
    throw Error::from_errno(errno, "making directory " + path);
  }
  // The umask may have taken something away.
  if (::fchmodat(AT_FDCWD, path.c_str(), mode, 0) != 0) throw Error::from_errno(errno, "setting the mode of " + path);
  sync_directory_of(path);
}

void make_parents(const std::string& path, std::vector<std::string>& made) {
  const std::string parent = parent_of(path);
  if (parent == path || look_at(parent).kind != FileKind::missing) return;
  make_parents(parent, made);
  make_directory(parent, 0755);
  made.push_back(parent);
}

// Nothing if it is not there.
Fd try_lock(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) {
    if (errno == ENOENT) return {};
    throw Error::from_errno(errno, "opening " + path);
  }
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) throw Error(ErrorCode::busy, path + ": another process works on the restore there", true);
    throw Error::from_errno(errno, "locking " + path);
  }
  // Who had it before may have removed it.
  struct stat locked {};
  struct stat there {};
  if (::fstat(fd.get(), &locked) != 0) throw Error::from_errno(errno, "looking at " + path);
  const bool is_there = ::lstat(path.c_str(), &there) == 0;
  if (!is_there || locked.st_ino != there.st_ino || locked.st_dev != there.st_dev) return {};
  return fd;
}

}  // namespace

std::string work_dir_at(const std::string& root, const std::string& work_dir) {
  return machine::under(root, work_dir.empty() ? usual_work_dir : work_dir);
}

WorkDir WorkDir::make(const std::string& path) {
  std::vector<std::string> made;
  constexpr int tries = 10;
  for (int i = 0; i < tries; ++i) {
    if (look_at(path).kind == FileKind::missing) {
      make_parents(path, made);
      make_directory(path, 0700);
    }
    Fd lock = try_lock(path);
    if (!lock) continue;
    if (::fchmod(lock.get(), 0700) != 0) throw Error::from_errno(errno, "setting the mode of " + path);
    WorkDir result(path, std::move(lock));
    result.made_ = std::move(made);
    return result;
  }
  throw Error(ErrorCode::busy, path + ": another process works on the restore there", true);
}

WorkDir WorkDir::open(const std::string& path) {
  Fd lock = try_lock(path);
  if (!lock) throw Error(ErrorCode::not_found, "there is no restore in " + path);
  return {path, std::move(lock)};
}

void WorkDir::clear() const {
  const std::string journal = journal_path(path_);
  std::vector<std::string> old;
  for (const std::string& name : names_in(path_)) {
    old.push_back(path_ + "/" + name);
    if (is_log(name) || old.back() == journal) continue;
    throw Error(ErrorCode::exists, path_ + ": is not empty; move what is in it away, or name another work directory");
  }
  for (const std::string& each : old) remove_tree(each);
}

void WorkDir::remove(Logs logs) const {
  const std::string journal = journal_path(path_);
  bool keeps = false;
  for (const std::string& name : names_in(path_)) {
    const std::string each = path_ + "/" + name;
    if (each == journal) continue;
    if (logs == Logs::keep && is_log(name)) {
      keeps = true;
      continue;
    }
    remove_tree(each);
  }
  // What was removed must not come back where the journal does not.
  sync_directory_of(journal);
  remove_tree(journal);
  if (keeps) return sync_directory_of(journal);
  if (::unlinkat(AT_FDCWD, path_.c_str(), AT_REMOVEDIR) != 0) throw Error::from_errno(errno, "removing " + path_);
  sync_directory_of(path_);
}

void remove_empty(const std::vector<std::string>& directories) {
  for (auto each = directories.rbegin(); each != directories.rend(); ++each) {
    if (::unlinkat(AT_FDCWD, each->c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) continue;
    if (errno != ENOTEMPTY && errno != EEXIST) throw Error::from_errno(errno, "removing " + *each);
  }
}

}  // namespace jujubackup::restore_run
