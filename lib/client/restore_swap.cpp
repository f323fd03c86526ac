#include "client/restore_swap.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <span>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/json.hpp"
#include "io/fd.hpp"
#include "io/temp_file.hpp"
#include "io/tree_files.hpp"
#include "io/walk.hpp"

namespace jujubackup::client {
namespace {

constexpr std::size_t max_journal_bytes = std::size_t{64} << 10;
constexpr std::int64_t journal_format = 1;

std::string_view name_of(Intent intent) {
  switch (intent) {
    case Intent::replace: return "replace";
    case Intent::commit: return "commit";
    case Intent::undo: return "undo";
  }
  return "";
}

bool not_known_here(int err) { return err == EINVAL || err == ENOSYS || err == EOPNOTSUPP; }

[[noreturn]] void fail(const std::string& from, const std::string& to) { throw Error::from_errno(errno, "renaming " + from + " to " + to); }

// To a name that is free.
void move(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return;
  if (!not_known_here(errno)) fail(from, to);
  if (inode_at(to) != 0) throw Error(ErrorCode::exists, to + ": already exists");
  if (::renameat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str()) != 0) fail(from, to);
}

// False where the system cannot do it.
bool exchange(const std::string& a, const std::string& b) {
  if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0) return true;
  if (!not_known_here(errno)) fail(a, b);
  return false;
}

[[noreturn]] void refuse(const Slot& slot) {
  throw Error(ErrorCode::unsupported, slot.live + ", " + slot.staging() + " and " + slot.kept() +
                                          " are not as the restore left them: somebody moved or replaced them since");
}

std::uint64_t number(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  if (value != nullptr && value->integer() != nullptr && *value->integer() >= 0) return static_cast<std::uint64_t>(*value->integer());
  if (value != nullptr && value->unsigned_integer() != nullptr) return *value->unsigned_integer();
  throw Error(ErrorCode::corrupt, "a number is missing");
}

const std::string& text(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  if (value == nullptr || value->string() == nullptr) throw Error(ErrorCode::corrupt, "a text is missing");
  return *value->string();
}

Journal parse_journal(const std::string& json) {
  const Value root = parse_json(json);
  if (number(root, "format") != journal_format) throw Error(ErrorCode::unsupported, "it was written by a newer version");
  Journal journal;
  const std::string& intent = text(root, "intent");
  if (intent == name_of(Intent::commit)) journal.intent = Intent::commit;
  if (intent == name_of(Intent::undo)) journal.intent = Intent::undo;
  if (intent != name_of(journal.intent)) throw Error(ErrorCode::corrupt, "its intent is unknown");
  journal.started = Timestamp::parse_rfc3339(text(root, "started"));
  const Value* slots = root.find("slots");
  if (slots == nullptr || slots->array() == nullptr || slots->array()->empty()) throw Error(ErrorCode::corrupt, "it has no places");
  for (const Value& slot : *slots->array()) {
    journal.slots.push_back({text(slot, "path"), number(slot, "new-inode"), number(slot, "old-inode")});
    if (journal.slots.back().new_inode == 0) throw Error(ErrorCode::corrupt, "a number is missing");
  }
  return journal;
}

void remove_entry(const std::string& path, int flags) {
  if (::unlinkat(AT_FDCWD, path.c_str(), flags) != 0 && errno != ENOENT) throw Error::from_errno(errno, "removing " + path);
}

void sync_path(const std::string& path, int flags) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags));
  if (!fd) throw Error::from_errno(errno, "opening " + path);
  sync_fd(fd.get(), path);
}

}  // namespace

std::string journal_path(const std::string& live) { return live + ".restore-journal"; }

std::optional<Journal> read_journal(const std::string& live) {
  const std::string path = journal_path(live);
  if (look_at(path).kind == FileKind::missing) return std::nullopt;
  const std::string json = read_small_file(path, max_journal_bytes);
  try {
    return parse_journal(json);
  } catch (Error& error) {
    error.add_context("reading the journal " + path);
    throw;
  }
}

void write_journal(const std::string& live, const Journal& journal, bool replace) {
  Value::Array slots;
  for (const Slot& slot : journal.slots) {
    slots.emplace_back(Value::Object{{"path", slot.live}, {"new-inode", slot.new_inode}, {"old-inode", slot.old_inode}});
  }
  const Value root = Value::Object{
      {"format", journal_format}, {"intent", name_of(journal.intent)}, {"started", journal.started.rfc3339()}, {"slots", std::move(slots)}};
  const std::string json = write_json(root) + "\n";
  const std::string path = journal_path(live);
  TempFile file(parent_of(path));
  file.write(std::as_bytes(std::span(json)));
  file.publish(path.substr(path.rfind('/') + 1), replace);
}

void remove_journal(const std::string& live) {
  remove_entry(journal_path(live), 0);
  sync_directory_of(live);
}

std::uint64_t inode_at(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return status.st_ino;
  if (errno == ENOENT || errno == ENOTDIR) return 0;
  throw Error::from_errno(errno, "looking at " + path);
}

Where look_at_slot(const Slot& slot) {
  const std::uint64_t live = inode_at(slot.live);
  const std::uint64_t staged = inode_at(slot.staging());
  const std::uint64_t kept = inode_at(slot.kept());
  const std::uint64_t was = slot.old_inode;
  if (live == slot.new_inode) {
    if (was == 0 || kept == was) return Where::after;
    return staged == was ? Where::between : Where::elsewhere;
  }
  if (live == was && staged == slot.new_inode) return Where::before;
  if (live == was && kept == slot.new_inode) return Where::between;  // on the way back
  if (live == 0 && kept == was && staged == slot.new_inode) return Where::between;
  return Where::elsewhere;
}

void swap_in(const Slot& slot) {
  const Where where = look_at_slot(slot);
  if (where == Where::elsewhere) refuse(slot);
  if (where == Where::after) return sync_directory_of(slot.live);
  if (inode_at(slot.live) == slot.new_inode) {
    move(slot.staging(), slot.kept());
    return sync_directory_of(slot.live);
  }
  const std::string source = inode_at(slot.staging()) == slot.new_inode ? slot.staging() : slot.kept();
  if (inode_at(slot.live) == 0) {
    move(source, slot.live);
  } else if (exchange(source, slot.live)) {
    sync_directory_of(slot.live);
    if (source != slot.kept()) move(source, slot.kept());
  } else {
    if (source == slot.kept()) move(source, slot.staging());
    move(slot.live, slot.kept());
    move(slot.staging(), slot.live);
  }
  sync_directory_of(slot.live);
}

void swap_back(const Slot& slot) {
  const std::uint64_t live = inode_at(slot.live);
  if (live == slot.old_inode) return sync_directory_of(slot.live);  // what is left of the new one may have been removed by now
  const std::uint64_t kept = inode_at(slot.kept());
  const std::uint64_t staged = inode_at(slot.staging());
  if (live != 0 && live != slot.new_inode) refuse(slot);
  if (slot.old_inode == 0) {
    move(slot.live, slot.staging());
  } else if (live == 0) {
    if (kept != slot.old_inode) refuse(slot);
    move(slot.kept(), slot.live);
  } else {
    if (kept != slot.old_inode && staged != slot.old_inode) refuse(slot);
    const std::string source = kept == slot.old_inode ? slot.kept() : slot.staging();
    if (!exchange(source, slot.live)) {
      if (source == slot.staging()) move(source, slot.kept());
      move(slot.live, slot.staging());
      move(slot.kept(), slot.live);
    }
  }
  sync_directory_of(slot.live);
}

void remove_new(const Slot& slot) {
  for (const std::string& path : {slot.staging(), slot.kept()}) {
    if (inode_at(path) == slot.new_inode) remove_tree(path);
  }
}

void remove_old(const Slot& slot) {
  if (slot.old_inode == 0) return;
  for (const std::string& path : {slot.staging(), slot.kept()}) {
    if (inode_at(path) == slot.old_inode) remove_tree(path);
  }
}

void sync_tree(const std::string& path) {
  const FileKind kind = look_at(path).kind;
  if (kind == FileKind::directory) {
    for (const Found& found : walk(path)) {
      if (found.info.kind == FileKind::file) sync_path(join_path(path, found.path), O_NONBLOCK);
      if (found.info.kind == FileKind::directory) sync_path(join_path(path, found.path), O_DIRECTORY);
    }
  }
  sync_path(path, kind == FileKind::directory ? O_DIRECTORY : O_NONBLOCK);
}

}  // namespace jujubackup::client
