#include "client/restore_plan.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <set>
#include <utility>

#include <jujubackup/client.hpp>
#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "client/backup_layout.hpp"
#include "client/environment.hpp"
#include "client/files.hpp"
#include "client/merge.hpp"
#include "crypto/digest.hpp"
#include "io/fd.hpp"
#include "io/tree_writer.hpp"
#include "io/walk.hpp"

namespace jujubackup::client {
namespace {

constexpr int max_links = 40;

std::string link_target(const std::string& path) {
  std::array<char, 4096> target{};
  const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
  return length <= 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(length));
}

// Where the links at the end of a path lead, also if nothing is there.
std::string followed(const std::string& path) {
  std::filesystem::path here = std::filesystem::absolute(path).lexically_normal();
  if (!here.has_filename()) here = here.parent_path();
  for (int i = 0; i < max_links; ++i) {
    here = std::filesystem::weakly_canonical(here.parent_path()) / here.filename();
    if (look_at(here.string()).kind != FileKind::symlink) return here.string();
    here = (here.parent_path() / link_target(here.string())).lexically_normal();
    if (!here.has_filename()) here = here.parent_path();
  }
  throw Error(ErrorCode::invalid_argument, path + ": too many links");
}

// SHA-256 of a file; "" if it cannot be read, which then differs from everything.
std::string digest_of(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!fd) return {};
  Digest digest(Digest::Kind::sha256);
  std::vector<std::byte> buffer(std::size_t{64} << 10);
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {};
    if (got == 0) break;
    digest.update(std::span(buffer).first(static_cast<std::size_t>(got)));
  }
  const std::vector<std::byte> bytes = digest.finish();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string text_at(const std::string& path) {
  return look_at(path).kind == FileKind::missing ? std::string() : read_small_file(path, max_file_bytes);
}

// What the directory has of the files that say something of controllers. One that cannot be read is told by `warn`.
Texts texts_here(const std::string& live, const std::function<void(const std::string&)>& warn) {
  Texts texts;
  for (const std::string_view name : merged_files) {
    try {
      std::string text = text_at(join_path(live, std::string(name)));
      controller_names(text);
      texts.emplace(name, std::move(text));
    } catch (const Error& error) {
      warn(std::string(name) + " in " + live + ": " + error.what());
    }
  }
  return texts;
}

EntryType type_of(FileKind kind) {
  if (kind == FileKind::directory) return EntryType::directory;
  return kind == FileKind::symlink ? EntryType::symlink : EntryType::file;
}

class Planner {
 public:
  Planner(ArchiveContent& content, const RestoreTarget& target, const ClientRestoreOptions& options)
      : content_(content), target_(target), options_(options) {}

  RestorePlan make() {
    plan_.shown.directory = target_.given;
    plan_.shown.merge = !options_.controllers.empty();
    plan_.shown.warnings = content_.record.warnings;
    compare_controllers();
    if (plan_.shown.merge) {
      merge();
    } else {
      replace();
    }
    leave_the_rest();
    std::sort(plan_.shown.paths.begin(), plan_.shown.paths.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    if (!plan_.shown.merge) replace_jar();
    return std::move(plan_);
  }

 private:
  std::string here(const std::string& path) const { return join_path(target_.live, path); }
  void show(const std::string& path, ClientAction action, EntryType type, std::string note = {}) {
    plan_.shown.paths.push_back({path, action, type, std::move(note)});
  }
  void warn(const std::string& text) { plan_.shown.warnings.push_back(text); }

  void compare_controllers();
  void merge();
  void merge_cookies(const std::string& name);
  void add_missing_directories();
  void replace();
  void replace_entry(const std::string& path, const ArchivedEntry& archived);
  std::string why_refused(const std::string& path, const Entry& entry) const;
  void leave_the_rest();
  void replace_jar();

  ArchiveContent& content_;
  const RestoreTarget& target_;
  const ClientRestoreOptions& options_;
  RestorePlan plan_;
};

void Planner::compare_controllers() {
  const Texts ours = texts_here(target_.live, [this](const std::string& text) { warn(text); });
  Texts theirs;
  std::set<std::string> names;
  for (const std::string_view file : merged_files) {
    try {
      for (std::string& name : controller_names(text_of(content_.texts, file))) names.insert(std::move(name));
      theirs.emplace(file, text_of(content_.texts, file));
    } catch (Error& error) {
      if (!options_.controllers.empty()) {
        error.add_context(std::string(file) + " in the backup");
        throw;
      }
      warn(std::string(file) + " in the backup: " + error.what());
    }
  }
  for (const std::string& name : options_.controllers) {
    if (names.count(name) == 0) throw Error(ErrorCode::not_found, "the backup has no controller " + printable(name));
  }
  for (const auto& [file, text] : ours) {
    for (std::string& name : controller_names(text)) names.insert(std::move(name));
  }
  const auto user_in = [](const Texts& texts, const std::string& name) -> std::string {
    try {
      const auto accounts = parse_accounts(text_of(texts, "accounts.yaml"));
      const auto account = accounts.find(name);
      return account == accounts.end() ? "" : account->second.user;
    } catch (const Error&) {
      return "";
    }
  };
  for (const std::string& name : names) {
    ClientRestoreController shown;
    shown.name = name;
    shown.wanted = options_.controllers.empty() ||
                   std::find(options_.controllers.begin(), options_.controllers.end(), name) != options_.controllers.end();
    shown.user_in_backup = user_in(theirs, name);
    shown.user_here = user_in(ours, name);
    // Of all files together: a difference weighs most, what would come from the backup more than what is here alone.
    constexpr std::array by_weight = {ClientDifference::same, ClientDifference::only_here, ClientDifference::only_in_backup,
                                      ClientDifference::differs};
    std::size_t weight = 0;
    for (const std::string_view file : merged_files) {
      if (file == "models.yaml") continue;
      const auto difference = compare_controller(text_of(ours, file), text_of(theirs, file), name);
      if (file == "accounts.yaml") shown.account = difference.value_or(ClientDifference::same);
      if (!difference) continue;
      weight = std::max(weight, static_cast<std::size_t>(std::find(by_weight.begin(), by_weight.end(), *difference) - by_weight.begin()));
    }
    shown.difference = by_weight.at(weight);
    plan_.shown.controllers.push_back(std::move(shown));
  }
}

void Planner::merge() {
  for (const std::string_view file : merged_files) {
    const std::string path(file);
    const auto theirs = content_.texts.find(path);
    if (theirs == content_.texts.end()) continue;
    const FileKind kind = look_at(here(path)).kind;
    if (kind != FileKind::missing && kind != FileKind::file) throw Error(ErrorCode::unsupported, here(path) + ": is no regular file");
    MergedFile merged;
    try {
      merged = merge_controllers(text_at(here(path)), theirs->second, options_.controllers);
    } catch (Error& error) {
      error.add_context("merging " + path);
      throw;
    }
    if (!merged.changed) continue;
    const ClientAction action = kind == FileKind::missing ? ClientAction::create : ClientAction::merge;
    show(path, action, EntryType::file, action == ClientAction::merge ? "comments in it are lost" : "");
    plan_.taken.emplace(path, action);
    plan_.texts.emplace(path, std::move(merged.text));
  }
  for (const std::string& name : options_.controllers) merge_cookies(name);
}

void Planner::merge_cookies(const std::string& name) {
  if (name.empty() || name.find_first_of(std::string_view("/\0", 2)) != std::string::npos) return;
  const std::string path = "cookies/" + name + ".json";
  const auto theirs = content_.texts.find(path);
  if (theirs == content_.texts.end()) return;
  const FileInfo info = look_at(here(path));
  ClientAction action = ClientAction::create;
  if (info.kind != FileKind::missing) {
    const bool same = info.kind == FileKind::file && digest_of(here(path)) == content_.entries.at(path).digest;
    action = same ? ClientAction::same : ClientAction::overwrite;
  }
  show(path, action, EntryType::file);
  plan_.taken.emplace(path, action);
  plan_.texts.emplace(path, theirs->second);
}

// Archives need not name the directories that their files are in.
void Planner::add_missing_directories() {
  std::map<std::string, ArchivedEntry> missing;
  for (const auto& [path, archived] : content_.entries) {
    for (std::size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0; slash = path.rfind('/', slash - 1)) {
      const std::string parent = path.substr(0, slash);
      if (content_.entries.count(parent) != 0 || look_at(here(parent)).kind == FileKind::directory) continue;
      ArchivedEntry directory;
      directory.entry = archived.entry;
      directory.entry.type = EntryType::directory;
      directory.entry.mode = 0700;
      missing.emplace(parent, std::move(directory));
    }
  }
  content_.entries.merge(missing);
}

void Planner::replace() {
  add_missing_directories();
  for (const auto& [path, archived] : content_.entries) {
    if (!path.empty()) replace_entry(path, archived);
  }
}

std::string Planner::why_refused(const std::string& path, const Entry& entry) const {
  if (entry.type == EntryType::symlink && (entry.link_target.starts_with('/') || climbs_out(path, entry.link_target))) {
    return "a link that leads out of the directory";
  }
  if (entry.type != EntryType::hardlink) return "";
  const std::string prefix = entry_below(content_.record.entry, "") + (content_.record.entry.empty() ? "" : "/");
  const bool inside = entry.link_target.starts_with(prefix);
  const auto target = inside ? content_.entries.find(entry.link_target.substr(prefix.size())) : content_.entries.end();
  const bool file = target != content_.entries.end() && target->second.entry.type == EntryType::file;
  return file ? "" : "a hard link to what is no file of the directory";
}

void Planner::replace_entry(const std::string& path, const ArchivedEntry& archived) {
  const Entry& entry = archived.entry;
  const FileInfo info = look_at(here(path));
  const bool same_link = entry.type == EntryType::symlink && info.kind == FileKind::symlink && link_target(here(path)) == entry.link_target;
  if (std::string why = why_refused(path, entry); !why.empty()) {
    // One that is there already was made by somebody who may.
    if (same_link) return;
    show(path, ClientAction::refuse, entry.type, why);
    warn("not restored: " + printable(path) + ": " + why);
    return;
  }
  ClientAction action = ClientAction::overwrite;
  if (info.kind == FileKind::missing) {
    action = ClientAction::create;
  } else if (entry.type == EntryType::directory) {
    if (info.kind == FileKind::directory) action = ClientAction::same;
  } else if (entry.type == EntryType::symlink) {
    if (same_link) action = ClientAction::same;
  } else if (info.kind == FileKind::file && digest_of(here(path)) == archived.digest) {
    action = ClientAction::same;
  }
  plan_.taken.emplace(path, action);
  // Directories that are there are no news.
  if (action != ClientAction::same || entry.type != EntryType::directory) show(path, action, entry.type);
}

void Planner::leave_the_rest() {
  if (look_at(target_.live).kind != FileKind::directory) return;
  std::set<std::string> shown;
  for (const ClientRestorePath& path : plan_.shown.paths) shown.insert(path.path);
  for (const Found& found : walk(target_.live)) {
    if (plan_.taken.count(found.path) != 0 || shown.count(found.path) != 0) continue;
    const EntryType type = type_of(found.info.kind);
    if (!plan_.carries(found.path)) {
      show(found.path, ClientAction::overwrite, type, "the directory that it is in is replaced by something else");
    } else if (found.info.kind == FileKind::other) {
      show(found.path, ClientAction::leave, type, "a socket, FIFO or device: it stays with the directory that is replaced");
      warn("not carried over: " + printable(found.path) + " (a socket, FIFO or device)");
    } else if (found.info.kind != FileKind::directory) {
      show(found.path, ClientAction::leave, type);
    }
  }
}

void Planner::replace_jar() {
  if (!content_.cookie_jar || !options_.cookie_jar) return;
  if (target_.jar.empty()) {
    warn("the cookie jar is not restored: nothing says where it belongs");
    return;
  }
  const FileInfo info = look_at(target_.jar);
  ClientAction action = ClientAction::overwrite;
  if (info.kind == FileKind::missing) {
    action = ClientAction::create;
  } else if (info.kind == FileKind::file && digest_of(target_.jar) == content_.cookie_jar->digest) {
    action = ClientAction::same;
  }
  plan_.takes_jar = action != ClientAction::same;
  show(target_.jar, action, EntryType::file);
}

}  // namespace

RestoreTarget restore_target(const std::string& directory) {
  RestoreTarget target;
  target.given = directory.empty() ? default_client_dir() : directory;
  target.live = followed(target.given);
  const std::string jar = old_cookie_file(process_environment());
  if (!jar.empty()) target.jar = followed(jar);
  // One that somebody keeps inside comes and goes with the directory.
  if (target.jar.starts_with(target.live + "/")) target.jar.clear();
  return target;
}

bool RestorePlan::carries(const std::string& path) const {
  if (taken.count(path) != 0) return false;
  for (std::size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0; slash = path.rfind('/', slash - 1)) {
    const auto above = taken.find(path.substr(0, slash));
    // The directory above becomes a file or a link.
    if (above != taken.end() && above->second == ClientAction::overwrite) return false;
  }
  return true;
}

RestorePlan plan_restore(ArchiveContent& content, const RestoreTarget& target, const ClientRestoreOptions& options) {
  const FileKind kind = look_at(target.live).kind;
  if (kind != FileKind::missing && kind != FileKind::directory) throw Error(ErrorCode::exists, target.live + ": is no directory");
  return Planner(content, target, options).make();
}

}  // namespace jujubackup::client
