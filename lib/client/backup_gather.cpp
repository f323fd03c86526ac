#include "client/backup_gather.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "base/yaml.hpp"
#include "client/backup_layout.hpp"
#include "client/cookies.hpp"
#include "client/files.hpp"
#include "io/tree_writer.hpp"
#include "io/walk.hpp"

namespace jujubackup::client {
namespace {

// Beyond these a file is streamed, as long as the lock is held.
constexpr std::uint64_t snapshot_bytes = std::uint64_t{4} << 20;
constexpr std::uint64_t all_snapshots_bytes = std::uint64_t{32} << 20;
constexpr int tries = 10;
constexpr std::chrono::milliseconds pause_between_tries{20};

struct Snapshot {
  struct stat status {};
  std::string text;
  bool steady = false;  // nobody wrote to it meanwhile
};

bool same_moment(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec &&
         a.st_ctim.tv_sec == b.st_ctim.tv_sec && a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

// One look at the file; its text is empty if it is too long. Throws what open says.
Snapshot look_into(const std::string& path) {
  const std::string doing = "reading " + path;
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  Snapshot snapshot;
  if (!fd || ::fstat(fd.get(), &snapshot.status) != 0) throw Error::from_errno(errno, doing);
  if (!S_ISREG(snapshot.status.st_mode)) throw Error(ErrorCode::invalid_argument, path + ": is not a regular file");
  snapshot.steady = true;
  if (static_cast<std::uint64_t>(snapshot.status.st_size) > snapshot_bytes) return snapshot;
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error::from_errno(errno, doing);
    if (got == 0) break;
    snapshot.text.append(buffer.data(), static_cast<std::size_t>(got));
    if (snapshot.text.size() > snapshot_bytes) break;
  }
  struct stat after {};
  snapshot.steady = ::fstat(fd.get(), &after) == 0 && same_moment(snapshot.status, after) &&
                    static_cast<std::uint64_t>(after.st_size) == snapshot.text.size();
  return snapshot;
}

bool is_yaml(const std::string& text) {
  try {
    TextLimits limits;
    limits.max_bytes = max_file_bytes;
    return text.find('\0') == std::string::npos && (parse_yaml(text, limits), true);
  } catch (const Error&) {
    return false;
  }
}

// Juju replaces most files as a whole, but writes clouds.yaml and cookie jars in place: what is half is looked at again.
Snapshot whole_look(const std::string& path, bool yaml, Job* job) {
  for (int i = 1;; ++i) {
    job_check(job);
    Snapshot snapshot = look_into(path);
    if ((snapshot.steady && (!yaml || is_yaml(snapshot.text))) || i == tries) return snapshot;
    std::this_thread::sleep_for(pause_between_tries);
  }
}

std::optional<std::string> link_target(const std::string& path) {
  std::array<char, 4096> target{};
  const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
  if (length <= 0 || static_cast<std::size_t>(length) == target.size()) return std::nullopt;
  return std::string(target.data(), static_cast<std::size_t>(length));
}

Entry entry_of(const std::string& name, EntryType type, const FileInfo& info) {
  Entry entry;
  entry.path = name;
  entry.type = type;
  entry.mode = info.mode;
  entry.uid = info.uid;
  entry.gid = info.gid;
  entry.mtime_s = info.mtime_s;
  return entry;
}

// Both take it that the file was found; it may be gone by now.
void add_file(const std::string& disk_path, const std::string& name, const std::string& shown, Gathered& into, Job* job) {
  const bool yaml = is_yaml_file(shown);
  Snapshot seen;
  try {
    seen = whole_look(disk_path, yaml, job);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    into.warnings.push_back("left out \"" + printable(shown) + "\": " + error.message());
    return;
  }
  TreeEntry file;
  file.entry = entry_of(name, EntryType::file, {});
  file.entry.mode = seen.status.st_mode & 07777U;
  file.entry.uid = seen.status.st_uid;
  file.entry.gid = seen.status.st_gid;
  file.entry.mtime_s = seen.status.st_mtim.tv_sec;
  file.disk_path = disk_path;
  const auto size = static_cast<std::uint64_t>(seen.status.st_size);
  const bool fits = size <= snapshot_bytes && seen.text.size() <= snapshot_bytes;
  if (fits && (yaml || into.content_bytes + seen.text.size() <= all_snapshots_bytes)) {
    if (!seen.steady) into.warnings.push_back("\"" + printable(shown) + "\" kept changing while it was read");
    if (yaml && !is_yaml(seen.text)) into.warnings.push_back("\"" + printable(shown) + "\" is not valid YAML");
    if (yaml) into.texts.emplace(shown, seen.text);
    file.entry.size_bytes = seen.text.size();
    file.content = std::make_shared<const std::string>(std::move(seen.text));
  } else {
    file.entry.size_bytes = size;
    into.all_read = false;
  }
  ++into.files;
  into.content_bytes += file.entry.size_bytes;
  into.entries.push_back(std::move(file));
}

void add_link(const std::string& disk_path, const std::string& name, const Found& found, Gathered& into) {
  const auto target = link_target(disk_path);
  if (!target) {
    into.warnings.push_back("left out \"" + printable(found.path) + "\": is a link that cannot be read");
    return;
  }
  if (target->starts_with('/') || climbs_out(found.path, *target)) {
    into.warnings.push_back("\"" + printable(found.path) +
                            "\" is a link that leads out of the directory: what it leads to is not in the backup");
  }
  TreeEntry link;
  link.entry = entry_of(name, EntryType::symlink, found.info);
  link.entry.link_target = *target;
  into.entries.push_back(std::move(link));
}

}  // namespace

void gather_directory(const std::string& directory, const std::string& entry, Gathered& into, Job* job) {
  // The directory may be a link to one; what it leads to is what is meant.
  into.entries.push_back({entry_of(entry, EntryType::directory, look_at(directory + "/.")), directory, nullptr});
  const auto problem = [&into](const std::string& path, const std::string& text) {
    into.warnings.push_back("left out \"" + printable(path) + "\": " + text);
  };
  std::string skipped;  // a directory that was left out as a whole
  for (const Found& found : walk(directory, problem)) {
    job_check(job);
    if (!skipped.empty() && found.path.starts_with(skipped)) continue;
    const std::string disk_path = join_path(directory, found.path);
    const std::string name = entry_below(entry, found.path);
    const bool is_directory = found.info.kind == FileKind::directory;
    std::string_view why = why_left_out(found.path);
    if (found.info.kind == FileKind::other) why = "a socket, FIFO or device";
    if (!why.empty()) {
      if (is_directory) skipped = found.path + "/";
      into.left_out.push_back(printable(found.path) + ": " + std::string(why));
      job_note(job, "left out " + into.left_out.back());
      continue;
    }
    switch (found.info.kind) {
      case FileKind::directory: into.entries.push_back({entry_of(name, EntryType::directory, found.info), disk_path, nullptr}); break;
      case FileKind::file: {
        Fd lock;
        try {
          if (is_cookie_file(found.path)) lock = hold_cookie_lock(disk_path);
        } catch (const Error& error) {
          into.warnings.push_back(error.message());
        }
        add_file(disk_path, name, found.path, into, job);
        break;
      }
      case FileKind::symlink: add_link(disk_path, name, found, into); break;
      case FileKind::other:
      case FileKind::missing: break;
    }
  }
}

bool gather_cookie_jar(const std::string& path, const std::string& entry, Gathered& into, Job* job) {
  const FileInfo info = look_at(path);
  if (info.kind == FileKind::missing) return false;
  if (info.kind != FileKind::file) {
    into.warnings.push_back("left out the cookie jar " + printable(path) + ": is not a regular file");
    return false;
  }
  Fd lock;
  try {
    lock = hold_cookie_lock(path);
  } catch (const Error& error) {
    into.warnings.push_back(error.message());
  }
  const std::size_t before = into.entries.size();
  add_file(path, entry, path, into, job);
  return into.entries.size() > before;
}

}  // namespace jujubackup::client
