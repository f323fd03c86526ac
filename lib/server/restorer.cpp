#include "server/restorer.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <jujubackup/archive.hpp>
#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "controller/rpc.hpp"

namespace jujubackup {
namespace {

constexpr std::size_t max_shown_id = 300;

// What the steps of one restore act through.
struct OwnTools {
  explicit OwnTools(const ServerRestore& restore) {
    database = restore.database();
    if (restore.hosts) hosts = restore.hosts();
    if (restore.services && hosts) services = restore.services(*hosts);
  }
  RestoreTools lent() const { return {database.get(), services.get(), hosts.get()}; }

  std::unique_ptr<Database> database;
  std::unique_ptr<Hosts> hosts;
  std::unique_ptr<Services> services;  // lends hosts
};

template <typename... Actions>
bool is_one_of(const RestoreAction& action) {
  return (std::holds_alternative<Actions>(action) || ...);
}

// Nothing runs from the root folder of an embedded controller, unless its owner says what does.
void leave_out_what_nobody_does(std::vector<RestoreStep>& steps, const OwnTools& tools) {
  std::erase_if(steps, [&](const RestoreStep& step) {
    if (!tools.services && is_one_of<StopAgent, StartAgent, StopDatabase, StartDatabase, InstallServices, WaitAgents>(step.action))
      return true;
    return !tools.hosts && is_one_of<UpdateAgents>(step.action);
  });
}

std::string blockers_of(const RestorePlan& plan) {
  std::string text;
  for (const RestoreCheck& check : plan.checks) {
    if (check.state == CheckState::blocker) text += (text.empty() ? "" : "; ") + check.name + ": " + check.explanation;
  }
  return text;
}

std::string failure_of(const RestoreReport& report) {
  switch (report.state) {
    case RestoreState::undone: return report.error + "; everything is as it was before";
    case RestoreState::undo_failed:
      return report.error + "; not all of it could be undone: run \"jujubackup restore-backup --undo\" for " + report.work_dir;
    default: return report.error;
  }
}

}  // namespace

Restorer::Restorer(const Generation& generation, std::optional<ServerRestore> restore, const std::string& state_dir, EventLog& log)
    : generation_(generation), restore_(std::move(restore)), record_(state_dir), log_(log) {
  if (restore_ && !restore_->database)
    throw Error(ErrorCode::invalid_argument, "a server that restores has to be told where its database is");
  settle();
}

RestorePlace Restorer::place() const { return {restore_->options.place.root, restore_->options.work_dir}; }

void Restorer::settle() {
  const RestoreStatus found = record_.get();
  if (found != RestoreStatus::pending && found != RestoreStatus::restoring) return;
  if (found == RestoreStatus::restoring && restore_) {
    const std::optional<RestoreReport> left = find_restore(place());
    if (left && left->state == RestoreState::restored) return record_.set(RestoreStatus::restored);
    if (left) {
      const OwnTools tools(*restore_);
      const RestoreReport report = undo_restore(place(), tools.lent());
      log_.add({{}, {}, "undoing the restore that was interrupted", report.state == RestoreState::undone ? "ok" : failure_of(report)});
    }
  }
  record_.set(RestoreStatus::failed);
}

void Restorer::prepare() { record_.set(RestoreStatus::pending); }

void Restorer::restore(const std::string& id, Backups& backups, Job* job) {
  try {
    record_.set(RestoreStatus::restoring);
  } catch (const Error& error) {
    throw RpcError(std::string("cannot set the server to \"RESTORING\" mode: ") + error.what(), "");
  }
  try {
    replace(id, backups, job);
    record_.set(RestoreStatus::restored);
  } catch (const std::exception& error) {
    const std::string text = std::string("restore failed: ") + error.what();
    try {
      record_.set(RestoreStatus::failed);
    } catch (const Error& second) {
      // The next start finds RESTORING, and sets it.
      log_.add({{}, {}, "setting the status of the restore", second.what()});
    }
    throw RpcError(text, "");
  }
  if (start_again_) start_again_();
}

void Restorer::replace(const std::string& id, Backups& backups, Job* job) const {
  // The files of a backup that is made meanwhile would be of two times.
  const auto no_creation = backups.hold_creation();
  Backups::Kept kept = [&] {
    try {
      return backups.open_kept(id, job);
    } catch (const RpcError& error) {
      throw Error(ErrorCode::not_found,
                  "could not fetch backup \"" + printable(std::string_view(id).substr(0, max_shown_id)) + "\": " + error.wire_message());
    }
  }();
  const OwnTools tools(*restore_);
  Archive archive = Archive::open(std::move(kept.source));
  RestoreOptions options = restore_->options;
  if (!options.kind) options.kind = RestoreKind::full_machine;
  options.verify.recorded_size_bytes = kept.record.size_bytes;
  options.verify.recorded_sha1_base64 = kept.record.sha1_base64;
  options.verify.recorded_sha256_hex = kept.record.sha256_hex;
  // Of versions a controller compares the major alone.
  options.allow_downgrade = true;
  options.update_agents = options.update_agents && tools.hosts;
  BackupFacts backup = read_backup_facts(archive, options.verify, job);
  TargetFacts target = read_target_facts(options, tools.database.get(), job);
  // A backup is as new as what is emulated, also where the database was copied from an older controller.
  target.version = std::max(target.version, generation_.version);
  if (target.database) target.database->version = std::max(target.database->version, generation_.version);
  RestorePlan plan = plan_restore(std::move(backup), std::move(target), options, tools.hosts.get(), job);
  if (plan.blocked()) throw Error(ErrorCode::unsupported, "the restore is blocked: " + blockers_of(plan));
  leave_out_what_nobody_does(plan.steps, tools);

  RunOptions run;
  run.on_event = [this](const RestoreEvent& event) {
    if (event.step == nullptr || (event.kind != RestoreEvent::Kind::step_ends && event.kind != RestoreEvent::Kind::undo_ends)) return;
    const std::string what = (event.kind == RestoreEvent::Kind::step_ends ? "restore: " : "restore: undo ") + event.step->step.name;
    log_.add({{}, {}, what, event.step->message.empty() ? "ok" : event.step->message});
  };
  const RestoreReport report = run_restore(plan, archive, tools.lent(), run, job);
  if (!report.ok()) throw Error(ErrorCode::program, failure_of(report));
}

void Restorer::finish() {
  if (record_.get() == RestoreStatus::restored) {
    try {
      commit_restore(place());
    } catch (const Error& error) {
      // What was kept takes up room; the restore is none the worse for it. Without a journal it was committed before.
      if (error.code() != ErrorCode::not_found) log_.add({{}, {}, "removing what the restore replaced", error.what()});
    }
    return record_.set(RestoreStatus::checked);
  }
  record_.set(RestoreStatus::failed);
  throw RpcError(generation_.at_least(2, 4) ? "Restore did not finish successfully" : "Restore did not finish succesfuly", "");
}

}  // namespace jujubackup
