#include <utility>

#include <jujubackup/error.hpp>
#include <jujubackup/restore_run.hpp>

#include "restore_run/dispatch.hpp"
#include "restore_run/journal.hpp"
#include "restore_run/runner.hpp"
#include "restore_run/state.hpp"
#include "restore_run/work_dir.hpp"

namespace jujubackup {
namespace {

using restore_run::Journal;
using restore_run::JournalEnd;
using restore_run::JournalFile;
using restore_run::JournalHeader;
using restore_run::Runner;
using restore_run::RunPlace;
using restore_run::WorkDir;

void require_tools(const std::vector<RestoreStep>& steps, const RestoreTools& tools) {
  for (const RestoreStep& step : steps) {
    const std::string lacking = restore_run::lacking_tool(step.action, tools);
    if (!lacking.empty()) throw Error(ErrorCode::invalid_argument, "the step " + step.name + " needs " + lacking + ", and none was given");
  }
}

void require_plan(const RestorePlan& plan, const RestoreTools& tools) {
  if (plan.blocked()) {
    for (const RestoreCheck& check : plan.checks) {
      if (check.state != CheckState::blocker) continue;
      throw Error(ErrorCode::invalid_argument, "the restore is blocked: " + check.name + ": " + check.explanation);
    }
  }
  if (plan.backup.verification.sha256_hex.empty()) {
    throw Error(ErrorCode::invalid_argument, "the plan does not say which archive it was made for");
  }
  if (parse_restore_steps(restore_steps_to_json(plan.steps)) != plan.steps) {
    throw Error(ErrorCode::unsupported, "a step has a name in it that is not UTF-8, so that it cannot be written into the journal");
  }
  require_tools(plan.steps, tools);
}

void require_archive(Archive& archive, std::uint64_t size_bytes, const std::string& sha256_hex, Job* job) {
  const auto size = archive.size_bytes();
  const bool same_size = !size || *size == size_bytes;
  if (same_size && archive.sha256_hex(job) == sha256_hex) return;
  throw Error(ErrorCode::corrupt, archive.name() + ": is not the archive that the restore was planned for");
}

JournalHeader header_of(const RestorePlan& plan, const WorkDir& dir) {
  JournalHeader header;
  header.kind = plan.kind;
  header.source = plan.backup.source;
  header.size_bytes = plan.backup.verification.size_bytes;
  header.sha256_hex = plan.backup.verification.sha256_hex;
  header.root = plan.target.root;
  header.data_dir = plan.target.data_dir;
  header.staging_dir = plan.staging_dir;
  header.made = dir.made();
  header.steps = plan.steps;
  header.commands_after = plan.commands_after;
  header.started = Timestamp::now();
  return header;
}

// What is left to do once the journal says how it ended. Logs of a restore that failed stay, since they tell why.
void clean(const WorkDir& dir, const Journal& journal) {
  const bool undone = journal.end == JournalEnd::undone;
  dir.remove(undone && !journal.error.empty() ? WorkDir::Logs::keep : WorkDir::Logs::remove);
  if (undone) restore_run::remove_empty(journal.header.made);
}

// Ends what an earlier restore was ended in, if it was killed then.
void end_earlier(const std::string& path) {
  const WorkDir dir = WorkDir::make(path);
  if (const auto journal = restore_run::read_journal(path)) {
    if (journal->end == JournalEnd::none) throw Error(ErrorCode::exists, "an unfinished restore is in " + path);
    clean(dir, *journal);
  }
}

// The rest of an undo that got to its end.
RestoreReport finish_undo(Runner& runner, const RunPlace& place, JournalFile& journal) {
  RestoreReport report = runner.report();
  try {
    if (journal.content().end == JournalEnd::none) journal.ended(JournalEnd::undone);
  } catch (const Error& error) {
    if (report.error.empty()) report.error = error.what();
    return report;
  }
  report.state = RestoreState::undone;
  try {
    clean(place.dir, journal.content());
  } catch (const Error& error) {
    restore_run::tell_note(place.options, std::string("not everything that was kept could be removed: ") + error.what());
  }
  return report;
}

RestoreReport go_back(Runner& runner, const RunPlace& place, JournalFile& journal, Job* job) {
  if (!runner.back(job)) return runner.report();
  return finish_undo(runner, place, journal);
}

RestoreReport go_on(const RunPlace& place, JournalFile& journal, Archive& archive, Job* job) {
  Runner runner(place, journal);
  runner.forward(archive, job);
  if (runner.report().ok() || !place.options.undo_on_failure) return runner.report();
  // Whoever cancelled the job wants it undone.
  Job undoing;
  if (job != nullptr) undoing.set_threads(job->threads());
  undoing.on_note([&](std::string_view text) { restore_run::tell_note(place.options, text); });
  return go_back(runner, place, journal, &undoing);
}

std::string path_of(const RestorePlace& place) { return restore_run::work_dir_at(place.root, place.work_dir); }

}  // namespace

RestoreReport run_restore(const RestorePlan& plan, Archive& archive, const RestoreTools& tools, const RunOptions& options, Job* job) {
  require_plan(plan, tools);
  const std::string path = restore_run::work_dir_at(plan.target.root, plan.work_dir);
  if (const auto found = find_restore({plan.target.root, plan.work_dir})) {
    throw Error(ErrorCode::exists,
                "an unfinished restore is in " + path + " (" + std::string(name_of(found->state)) + "): resume, commit or undo it first");
  }
  require_archive(archive, plan.backup.verification.size_bytes, plan.backup.verification.sha256_hex, job);
  if (restore_run::read_journal(path)) end_earlier(path);
  const WorkDir dir = WorkDir::make(path);
  if (restore_run::read_journal(path)) throw Error(ErrorCode::busy, path + ": another restore just began there", true);
  dir.clear();
  std::optional<JournalFile> journal;
  try {
    journal.emplace(path, header_of(plan, dir));
  } catch (const Error&) {
    try {
      dir.remove(WorkDir::Logs::remove);
      restore_run::remove_empty(dir.made());
    } catch (const Error&) {
      // The next restore takes it away.
    }
    throw;
  }
  return go_on({plan.target.root, dir, tools, options}, *journal, archive, job);
}

std::optional<RestoreReport> find_restore(const RestorePlace& place) {
  const std::string path = path_of(place);
  const auto journal = restore_run::read_journal(path);
  if (!journal || journal->end != JournalEnd::none) return std::nullopt;
  return restore_run::report_of(*journal, path);
}

RestoreReport resume_restore(const RestorePlace& place, Archive& archive, const RestoreTools& tools, const RunOptions& options, Job* job) {
  const WorkDir dir = WorkDir::open(path_of(place));
  JournalFile journal(dir.path());
  const Journal& known = journal.content();
  if (known.end != JournalEnd::none) throw Error(ErrorCode::not_found, "there is no unfinished restore in " + dir.path());
  if (known.undoing) throw Error(ErrorCode::unsupported, "the restore in " + dir.path() + " was being undone: undo it again");
  if (known.restored) return restore_run::report_of(known, dir.path());
  require_tools(known.header.steps, tools);
  require_archive(archive, known.header.size_bytes, known.header.sha256_hex, job);
  return go_on({place.root, dir, tools, options}, journal, archive, job);
}

RestoreReport undo_restore(const RestorePlace& place, const RestoreTools& tools, const RunOptions& options, Job* job) {
  const WorkDir dir = WorkDir::open(path_of(place));
  JournalFile journal(dir.path());
  const RunPlace run{place.root, dir, tools, options};
  if (journal.content().end == JournalEnd::committed) {
    throw Error(ErrorCode::unsupported, "the restore in " + dir.path() + " was committed: what it replaced is not there any more");
  }
  Runner runner(run, journal);
  if (journal.content().end == JournalEnd::undone) return finish_undo(runner, run, journal);
  std::vector<RestoreStep> begun;
  for (std::size_t i = 0; i < journal.content().steps.size(); ++i) {
    if (restore_run::needs_undo(journal.content(), i)) begun.push_back(journal.content().header.steps[i]);
  }
  require_tools(begun, tools);
  return go_back(runner, run, journal, job);
}

void commit_restore(const RestorePlace& place, Job* job) {
  job_check(job);
  const WorkDir dir = WorkDir::open(path_of(place));
  JournalFile journal(dir.path());
  const Journal& known = journal.content();
  if (known.end == JournalEnd::undone) throw Error(ErrorCode::not_found, "there is no restore in " + dir.path() + " to commit");
  if (known.end == JournalEnd::none) {
    if (known.state() != RestoreState::restored) {
      throw Error(ErrorCode::unsupported,
                  "the restore in " + dir.path() + " is not complete (" + std::string(name_of(known.state())) + "): resume or undo it");
    }
    journal.ended(JournalEnd::committed);
  }
  clean(dir, known);
}

RestoreReport update_agents_again(const RestorePlace& place, const RestoreTools& tools, const RunOptions& options, Job* job) {
  const WorkDir dir = WorkDir::open(path_of(place));
  JournalFile journal(dir.path());
  if (journal.content().state() != RestoreState::restored) {
    throw Error(ErrorCode::unsupported, "the restore in " + dir.path() + " is not complete, or it is over");
  }
  if (tools.hosts == nullptr) throw Error(ErrorCode::invalid_argument, "telling agents needs a way to other machines, and none was given");
  const RunPlace run{place.root, dir, tools, options};
  Runner runner(run, journal);
  runner.update_agents(job);
  return runner.report();
}

}  // namespace jujubackup
