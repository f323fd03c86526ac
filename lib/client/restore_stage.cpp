#include "client/restore_stage.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <span>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "client/backup_layout.hpp"
#include "crypto/digest.hpp"
#include "io/fd.hpp"
#include "io/temp_file.hpp"
#include "io/tree_files.hpp"
#include "io/tree_writer.hpp"
#include "io/walk.hpp"

namespace jujubackup::client {
namespace {

// Whom files from the backup belong to. Only root can give them away: then to whoever has the directory, or the place where it will be.
struct Owner {
  std::int64_t uid = 0, gid = 0;
};

Owner owner_of(std::string path) {
  FileInfo info = look_at(path);
  while (info.kind == FileKind::missing && path.size() > 1) {
    path = parent_of(path);
    info = look_at(path);
  }
  return {info.uid, info.gid};
}

void make_parents(const std::string& path, const Owner& owner) {
  if (look_at(path).kind != FileKind::missing) return;
  make_parents(parent_of(path), owner);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) throw Error::from_errno(errno, "making directory " + path);
  if (::geteuid() == 0 && ::lchown(path.c_str(), static_cast<uid_t>(owner.uid), static_cast<gid_t>(owner.gid)) != 0) {
    throw Error::from_errno(errno, "setting the owner of " + path);
  }
  sync_directory_of(path);
}

[[noreturn]] void fail_changed(const Source& source) {
  throw Error(ErrorCode::corrupt, source.name() + ": is not what it was when it was read first: it changed meanwhile");
}

class Stager {
 public:
  Stager(const RestorePlan& plan, const ArchiveContent& content, const RestoreTarget& target, Source& source, Staged& staged, Job* job)
      : plan_(plan),
        content_(content),
        target_(target),
        source_(source),
        staged_(staged),
        job_(job),
        owner_(owner_of(target.live)),
        is_root_(::geteuid() == 0) {}

  void run() {
    make_parents(parent_of(target_.live), owner_);
    const Slot slot{target_.live, 0, inode_at(target_.live)};
    if (::mkdir(slot.staging().c_str(), 0700) != 0) throw Error::from_errno(errno, "making directory " + slot.staging());
    // From here on it is ours to remove.
    staged_.slots.push_back(slot);
    tree_.emplace(staging(), is_root_);
    carry();
    for (const auto& [path, text] : plan_.texts) write_text(path, text);
    if (!plan_.shown.merge) write_archived();
    tree_->finish();
    staged_.warnings = tree_->warnings();
    tree_.reset();
    finish_top();
    sync_tree(staging());
    sync_directory_of(staging());
    staged_.slots.front().new_inode = inode_at(staging());
  }

 private:
  std::string staging() const { return staged_.slots.front().staging(); }

  TreeMeta meta_of(const std::string& path, const Entry& entry) const {
    return {restored_mode(path, entry.type, entry.mode), owner_.uid, owner_.gid, entry.mtime_s};
  }

  void carry();
  void carry_file(const Found& found);
  void carry_link(const Found& found);
  void write_text(const std::string& path, const std::string& text);
  void write_archived();
  void write_entry(const Entry& entry, tar::TarReader& reader);
  void write_jar(tar::TarReader& reader);
  void finish_top();
  template <typename Write>
  void copy_checked(tar::TarReader& reader, const std::string& expected, Write write);

  const RestorePlan& plan_;
  const ArchiveContent& content_;
  const RestoreTarget& target_;
  Source& source_;
  Staged& staged_;
  Job* job_;
  Owner owner_;
  bool is_root_;
  std::optional<TreeWriter> tree_;
};

void Stager::carry() {
  if (look_at(target_.live).kind != FileKind::directory) return;
  for (const Found& found : walk(target_.live)) {
    job_check(job_);
    if (!plan_.carries(found.path)) continue;
    const TreeMeta meta{found.info.mode, found.info.uid, found.info.gid, found.info.mtime_s};
    switch (found.info.kind) {
      case FileKind::directory: tree_->make_directory(found.path, meta); break;
      case FileKind::file: carry_file(found); break;
      case FileKind::symlink: carry_link(found); break;
      case FileKind::other:
      case FileKind::missing: break;
    }
  }
}

void Stager::carry_file(const Found& found) {
  const std::string path = join_path(target_.live, found.path);
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!fd) {
    if (errno == ENOENT) return;
    throw Error::from_errno(errno, "reading " + path);
  }
  tree_->begin_file(found.path, found.info.size_bytes);
  std::vector<std::byte> buffer(std::size_t{64} << 10);
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error::from_errno(errno, "reading " + path);
    if (got == 0) break;
    tree_->write(std::span(buffer).first(static_cast<std::size_t>(got)));
  }
  tree_->end_file({found.info.mode, found.info.uid, found.info.gid, found.info.mtime_s});
}

// The user's own links may lead anywhere.
void Stager::carry_link(const Found& found) {
  std::array<char, 4097> target{};
  const std::string path = join_path(target_.live, found.path);
  const ssize_t length = ::readlink(path.c_str(), target.data(), target.size() - 1);
  if (length <= 0) throw Error::from_errno(errno, "reading the link " + path);
  const std::string copy = join_path(staging(), found.path);
  if (::symlinkat(target.data(), AT_FDCWD, copy.c_str()) != 0) throw Error::from_errno(errno, "making link " + copy);
  if (is_root_ && ::fchownat(AT_FDCWD, copy.c_str(), static_cast<uid_t>(found.info.uid), static_cast<gid_t>(found.info.gid),
                             AT_SYMLINK_NOFOLLOW) != 0) {
    throw Error::from_errno(errno, "setting the owner of " + copy);
  }
  const struct timespec times[2] = {{0, UTIME_OMIT}, {found.info.mtime_s, 0}};
  ::utimensat(AT_FDCWD, copy.c_str(), times, AT_SYMLINK_NOFOLLOW);
}

void Stager::write_text(const std::string& path, const std::string& text) {
  // Those of a merge: a directory above is Juju's own and 0700.
  const std::size_t slash = path.find('/');
  if (slash != std::string::npos && look_at(join_path(staging(), path.substr(0, slash))).kind == FileKind::missing) {
    tree_->make_directory(path.substr(0, slash), {0700, owner_.uid, owner_.gid, Timestamp::now().unix_seconds()});
  }
  tree_->begin_file(path, text.size());
  tree_->write(std::as_bytes(std::span(text)));
  tree_->end_file({restored_mode(path, EntryType::file, 0600), owner_.uid, owner_.gid, Timestamp::now().unix_seconds()});
  ++staged_.files;
}

void Stager::write_archived() {
  source_.rewind();
  std::uint64_t expected = 0;
  for (const auto& [path, action] : plan_.taken) {
    const Entry& entry = content_.entries.at(path).entry;
    // Those that the archive does not name come here and nowhere else.
    if (entry.type == EntryType::directory) tree_->make_directory(path, meta_of(path, entry));
    if (entry.type == EntryType::file) ++expected;
  }
  if (plan_.takes_jar) ++expected;
  walk_client_archive(source_, job_, [&](const Entry& entry, tar::TarReader& reader) { write_entry(entry, reader); });
  if (staged_.files != expected) fail_changed(source_);
}

void Stager::write_entry(const Entry& entry, tar::TarReader& reader) {
  job_check(job_);
  if (plan_.takes_jar && entry.path == content_.record.cookie_jar) return write_jar(reader);
  const std::string prefix = content_.record.entry.empty() ? "" : content_.record.entry + "/";
  if (!entry.path.starts_with(prefix)) return;
  const std::string path = entry.path.substr(prefix.size());
  if (plan_.taken.count(path) == 0) return;
  const ArchivedEntry& archived = content_.entries.at(path);
  if (archived.entry.type != entry.type || archived.entry.link_target != entry.link_target) fail_changed(source_);
  switch (entry.type) {
    case EntryType::directory: return;
    case EntryType::symlink: return tree_->make_symlink(path, entry.link_target, meta_of(path, entry));
    case EntryType::hardlink: return tree_->make_hardlink(path, entry.link_target.substr(prefix.size()));
    case EntryType::file: break;
  }
  tree_->begin_file(path, entry.size_bytes);
  copy_checked(reader, archived.digest, [&](std::span<const std::byte> piece) { tree_->write(piece); });
  tree_->end_file(meta_of(path, entry));
  ++staged_.files;
}

template <typename Write>
void Stager::copy_checked(tar::TarReader& reader, const std::string& expected, Write write) {
  Digest digest(Digest::Kind::sha256);
  for (auto piece = reader.data(); !piece.empty(); piece = reader.data()) {
    digest.update(piece);
    write(piece);
  }
  const std::vector<std::byte> bytes = digest.finish();
  if (std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()) != expected) fail_changed(source_);
}

void Stager::write_jar(tar::TarReader& reader) {
  const Owner owner = owner_of(target_.jar);
  Slot slot{target_.jar, 0, inode_at(target_.jar)};
  const std::string path = slot.staging();
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) throw Error::from_errno(errno, "making file " + path);
  staged_.slots.push_back(slot);
  copy_checked(reader, content_.cookie_jar->digest, [&](std::span<const std::byte> piece) { write_all(fd.get(), piece, path); });
  if (is_root_ && ::fchown(fd.get(), static_cast<uid_t>(owner.uid), static_cast<gid_t>(owner.gid)) != 0) {
    throw Error::from_errno(errno, "setting the owner of " + path);
  }
  const struct timespec times[2] = {{0, UTIME_OMIT}, {content_.cookie_jar->entry.mtime_s, 0}};
  ::futimens(fd.get(), times);
  sync_fd(fd.get(), path);
  fd.close(path.c_str());
  sync_directory_of(path);
  staged_.slots.back().new_inode = inode_at(path);
  ++staged_.files;
}

void Stager::finish_top() {
  if (is_root_ && ::lchown(staging().c_str(), static_cast<uid_t>(owner_.uid), static_cast<gid_t>(owner_.gid)) != 0) {
    throw Error::from_errno(errno, "setting the owner of " + staging());
  }
  const auto top = content_.entries.find("");
  if (plan_.shown.merge || top == content_.entries.end()) return;
  const struct timespec times[2] = {{0, UTIME_OMIT}, {top->second.entry.mtime_s, 0}};
  ::utimensat(AT_FDCWD, staging().c_str(), times, AT_SYMLINK_NOFOLLOW);
}

}  // namespace

Staged::~Staged() {
  if (kept_) return;
  for (const Slot& slot : slots) {
    try {
      remove_tree(slot.staging());
    } catch (const Error&) {
      // find_unfinished_restore tells of it.
    }
  }
}

void stage_restore(const RestorePlan& plan, const ArchiveContent& content, const RestoreTarget& target, Source& source, Staged& staged,
                   Job* job) {
  Stager(plan, content, target, source, staged, job).run();
}

}  // namespace jujubackup::client
