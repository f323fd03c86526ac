#include <algorithm>
#include <utility>

#include <jujubackup/client_backup.hpp>
#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "client/backup_archive.hpp"
#include "client/backup_lock.hpp"
#include "client/restore_plan.hpp"
#include "client/restore_stage.hpp"
#include "client/restore_swap.hpp"
#include "io/temp_file.hpp"
#include "io/tree_files.hpp"
#include "io/walk.hpp"

namespace jujubackup {
namespace {

using client::Intent;
using client::Journal;
using client::RestoreTarget;
using client::Slot;
using client::Where;

constexpr std::size_t max_named = 5;

// Names the first of what would be lost.
[[noreturn]] void refuse_without_force(const ClientRestorePlan& plan) {
  std::vector<std::string> names;
  for (const ClientRestorePath& path : plan.paths) {
    if (path.action == ClientAction::overwrite) names.push_back(printable(path.path));
  }
  for (const ClientRestoreController& controller : plan.controllers) {
    const bool lost = plan.merge && controller.wanted && controller.difference == ClientDifference::differs;
    if (lost) names.push_back("controller " + printable(controller.name));
  }
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), max_named); ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > max_named) text += " and " + std::to_string(names.size() - max_named) + " more";
  throw Error(ErrorCode::exists, "other content than the backup's is in " + plan.directory + ": " + text);
}

// Of a process that was killed while it wrote a journal.
void remove_old_temps(const RestoreTarget& target) {
  const std::string parent = target.live.substr(0, target.live.rfind('/'));
  remove_stale_temps(parent.empty() ? "/" : parent);
}

std::vector<std::string> staged_without_journal(const RestoreTarget& target) {
  std::vector<std::string> found;
  for (const std::string& live : {target.live, target.jar}) {
    const std::string path = Slot{live, 0, 0}.staging();
    if (!live.empty() && client::inode_at(path) != 0) found.push_back(path);
  }
  return found;
}

void require_nothing_unfinished(const RestoreTarget& target) {
  if (const auto unfinished = find_unfinished_restore(target.given)) throw Error(ErrorCode::exists, unfinished->text);
  for (const std::string& live : {target.live, target.jar}) {
    const std::string kept = Slot{live, 0, 0}.kept();
    if (!live.empty() && client::inode_at(kept) != 0) throw Error(ErrorCode::exists, kept + ": already exists; move it away first");
  }
}

void go_back(const std::string& live, Journal& journal) {
  if (journal.intent != Intent::undo) {
    journal.intent = Intent::undo;
    client::write_journal(live, journal, true);
  }
  for (auto slot = journal.slots.rbegin(); slot != journal.slots.rend(); ++slot) client::swap_back(*slot);
  for (const Slot& slot : journal.slots) client::remove_new(slot);
  client::remove_journal(live);
}

void go_in(const Journal& journal) {
  for (const Slot& slot : journal.slots) client::swap_in(slot);
}

ClientRestoreState state_of(const Journal& journal) {
  bool all_after = true;
  for (const Slot& slot : journal.slots) {
    const std::uint64_t live = client::inode_at(slot.live);
    switch (journal.intent) {
      case Intent::commit:
        if (live != slot.new_inode) return ClientRestoreState::changed;
        break;
      case Intent::undo: {
        // The new may be gone already where the old is back.
        const bool back = live == slot.old_inode;
        if (!back && client::look_at_slot(slot) == Where::elsewhere) return ClientRestoreState::changed;
        break;
      }
      case Intent::replace: {
        const Where where = client::look_at_slot(slot);
        if (where == Where::elsewhere) return ClientRestoreState::changed;
        all_after = all_after && where == Where::after;
        break;
      }
    }
  }
  if (journal.intent == Intent::commit) return ClientRestoreState::committing;
  if (journal.intent == Intent::undo) return ClientRestoreState::undoing;
  return all_after ? ClientRestoreState::restored : ClientRestoreState::stopped;
}

std::string describe(const UnfinishedClientRestore& found) {
  std::string text = "a restore to " + found.directory;
  switch (found.state) {
    case ClientRestoreState::staged:
      return text + " was interrupted before anything was changed: the old directory is in place; undo it to remove what was left";
    case ClientRestoreState::stopped:
      if (found.new_in_place) return text + " was interrupted: the restored directory is in place; finish or undo it";
      if (found.kept.empty()) return text + " was interrupted: the old directory is in place; finish or undo it";
      return text + " was interrupted between two steps: no directory is in place, the old one is " + found.kept + "; finish or undo it";
    case ClientRestoreState::restored:
      return text + " is complete" +
             (found.kept.empty() ? ", and there was nothing before it" : ", and what it replaced is kept as " + found.kept) +
             ": commit or undo it";
    case ClientRestoreState::committing:
      return text + " was being committed: the restored directory is in place; commit again to remove the rest of the old one";
    case ClientRestoreState::undoing: return text + " was being undone; undo it again to end that";
    case ClientRestoreState::changed:
      return text + " left a journal, but the directories were moved since: put them in order, then remove " +
             client::journal_path(found.directory);
  }
  return text;
}

// The journal of what is unfinished, to be worked on under the lock.
Journal journal_of(const RestoreTarget& target) {
  remove_old_temps(target);
  auto journal = client::read_journal(target.live);
  if (!journal) throw Error(ErrorCode::not_found, "there is no unfinished restore to " + target.given);
  if (state_of(*journal) == ClientRestoreState::changed) throw Error(ErrorCode::unsupported, find_unfinished_restore(target.given)->text);
  return *std::move(journal);
}

Journal finished_journal(const RestoreTarget& target) {
  if (!client::read_journal(target.live) && !staged_without_journal(target).empty()) {
    throw Error(ErrorCode::unsupported, find_unfinished_restore(target.given)->text);
  }
  Journal journal = journal_of(target);
  if (journal.intent == Intent::undo) throw Error(ErrorCode::unsupported, find_unfinished_restore(target.given)->text);
  if (journal.intent == Intent::replace) go_in(journal);
  return journal;
}

}  // namespace

ClientRestorePlan plan_client_restore(Source& source, const ClientRestoreOptions& options, Job* job) {
  const RestoreTarget target = client::restore_target(options.directory);
  client::ArchiveContent content = client::read_client_archive(source, job);
  return client::plan_restore(content, target, options).shown;
}

ClientRestoreResult restore_client(Source& source, const ClientRestoreOptions& options, Job* job) {
  const RestoreTarget target = client::restore_target(options.directory);
  client::ArchiveContent content = client::read_client_archive(source, job);
  const ClientLock lock = client::wait_for_lock(target.given, job);
  require_nothing_unfinished(target);
  // Made under the lock, so that what it says is what is there.
  const client::RestorePlan plan = client::plan_restore(content, target, options);
  if (plan.shown.needs_force() && !options.force) refuse_without_force(plan.shown);
  ClientRestoreResult result;
  result.warnings = plan.shown.warnings;
  if (!plan.shown.changes()) return result;

  job_begin(job, Phase::extracting, source.size().value_or(0));
  client::Staged staged;
  client::stage_restore(plan, content, target, source, staged, job);
  result.files = staged.files;
  result.warnings.insert(result.warnings.end(), staged.warnings.begin(), staged.warnings.end());

  job_begin(job, Phase::publishing, 0);
  Journal journal{Intent::replace, Timestamp::now(), staged.slots};
  try {
    client::write_journal(target.live, journal, false);
  } catch (const Error&) {
    // Where it could not be taken back, it must not speak of what is removed.
    if (client::inode_at(client::journal_path(target.live)) != 0) staged.keep();
    throw;
  }
  staged.keep();
  try {
    go_in(journal);
  } catch (Error& error) {
    try {
      go_back(target.live, journal);
    } catch (const Error& second) {
      error.add_context("the restore is unfinished, since undoing it failed as well (" + second.message() + ")");
    }
    throw;
  }
  result.changed = true;
  if (journal.slots.front().old_inode != 0) result.kept = journal.slots.front().kept();
  const bool nothing_kept = std::all_of(journal.slots.begin(), journal.slots.end(), [](const Slot& slot) { return slot.old_inode == 0; });
  if (!nothing_kept) return result;
  try {
    client::remove_journal(target.live);
  } catch (const Error& error) {
    result.warnings.push_back(error.what());
  }
  return result;
}

std::optional<UnfinishedClientRestore> find_unfinished_restore(const std::string& directory) {
  const RestoreTarget target = client::restore_target(directory);
  UnfinishedClientRestore found;
  found.directory = target.live;
  const auto journal = client::read_journal(target.live);
  if (!journal) {
    found.leftovers = staged_without_journal(target);
    if (found.leftovers.empty()) return std::nullopt;
    found.can_undo = true;
    found.text = describe(found);
    return found;
  }
  found.started = journal->started;
  found.state = state_of(*journal);
  const Slot& slot = journal->slots.front();
  found.new_in_place = client::inode_at(slot.live) == slot.new_inode;
  for (const Slot& each : journal->slots) {
    for (const std::string& path : {each.staging(), each.kept()}) {
      const std::uint64_t inode = client::inode_at(path);
      if (inode == 0) continue;
      found.leftovers.push_back(path);
      if (&each == &slot && inode == each.old_inode && found.state != ClientRestoreState::committing) found.kept = path;
    }
  }
  found.leftovers.push_back(client::journal_path(target.live));
  const bool is_changed = found.state == ClientRestoreState::changed;
  found.can_finish = !is_changed && found.state != ClientRestoreState::undoing;
  found.can_undo = !is_changed && found.state != ClientRestoreState::committing;
  found.text = describe(found);
  return found;
}

void finish_client_restore(const std::string& directory, Job* job) {
  const RestoreTarget target = client::restore_target(directory);
  const ClientLock lock = client::wait_for_lock(target.given, job);
  finished_journal(target);
}

void commit_client_restore(const std::string& directory, Job* job) {
  const RestoreTarget target = client::restore_target(directory);
  const ClientLock lock = client::wait_for_lock(target.given, job);
  Journal journal = finished_journal(target);
  if (journal.intent != Intent::commit) {
    journal.intent = Intent::commit;
    client::write_journal(target.live, journal, true);
  }
  for (const Slot& slot : journal.slots) client::remove_old(slot);
  client::remove_journal(target.live);
}

void undo_client_restore(const std::string& directory, Job* job) {
  const RestoreTarget target = client::restore_target(directory);
  const ClientLock lock = client::wait_for_lock(target.given, job);
  if (!client::read_journal(target.live)) {
    const std::vector<std::string> left = staged_without_journal(target);
    if (left.empty()) throw Error(ErrorCode::not_found, "there is no unfinished restore to " + target.given);
    for (const std::string& path : left) remove_tree(path);
    return remove_old_temps(target);
  }
  Journal journal = journal_of(target);
  if (journal.intent == Intent::commit) throw Error(ErrorCode::unsupported, find_unfinished_restore(target.given)->text);
  go_back(target.live, journal);
}

}  // namespace jujubackup
