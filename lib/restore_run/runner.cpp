#include "restore_run/runner.hpp"

#include <variant>

#include <jujubackup/error.hpp>

#include "restore_run/dispatch.hpp"
#include "restore_run/state.hpp"

namespace jujubackup::restore_run {
namespace {

void call(const RunOptions& options, const RestoreEvent& event) {
  if (!options.on_event) return;
  try {
    options.on_event(event);
  } catch (...) {
    throw Error(ErrorCode::cancelled, "stopped by the one who is told of the steps");
  }
}

// The message of what `f` throws; "" if it throws nothing.
template <typename F>
std::string failure_of(F&& f) noexcept {
  try {
    f();
    return "";
  } catch (const std::exception& error) {
    if (*error.what() != '\0') return error.what();
  } catch (...) {
    // Of a caller's own steps; it says nothing.
  }
  return "failed for a reason that is not known";
}

}  // namespace

void tell_note(const RunOptions& options, std::string_view text) noexcept {
  RestoreEvent event;
  event.text = text;
  failure_of([&] { call(options, event); });
}

Runner::Runner(const RunPlace& place, JournalFile& journal)
    : place_(place), journal_(journal), report_(report_of(journal.content(), place.dir.path())) {}

StepContext Runner::context_of(std::size_t step, Archive* archive, Job* job) {
  StepContext context;
  context.root = place_.root;
  context.work_dir = place_.dir.path();
  context.staging_dir = journal_.content().header.staging_dir;
  context.index = step;
  context.archive = archive;
  context.tools = place_.tools;
  context.job = job;
  context.report = &report_.steps[step];
  return context;
}

void Runner::tell(RestoreEvent::Kind kind, std::size_t step) const {
  RestoreEvent event;
  event.kind = kind;
  event.index = step;
  event.count = report_.steps.size();
  event.step = &report_.steps[step];
  call(place_.options, event);
}

void Runner::tell_quietly(RestoreEvent::Kind kind, std::size_t step) const noexcept {
  failure_of([&] { tell(kind, step); });
}

void Runner::forward(Archive& archive, Job* job) {
  report_.error.clear();
  for (std::size_t i = 0; i < report_.steps.size(); ++i) {
    if (journal_.content().steps[i].state == StepState::done) continue;
    const std::string failure = failure_of([&] { do_step(i, archive, job); });
    if (!failure.empty()) return fail_step(i, failure);
  }
  const std::string failure = failure_of([&] { journal_.restored(); });
  report_.ended = Timestamp::now();
  if (failure.empty()) {
    report_.state = RestoreState::restored;
    report_.commands_after = journal_.content().header.commands_after;
  } else {
    report_.state = RestoreState::failed;
    report_.error = failure;
  }
}

void Runner::do_step(std::size_t step, Archive& archive, Job* job) {
  job_check(job);
  StepReport& report = report_.steps[step];
  report.state = StepState::begun;
  report.message.clear();
  report.warnings.clear();
  report.machines.clear();
  tell(RestoreEvent::Kind::step_begins, step);
  const RestoreAction& action = journal_.content().header.steps[step].action;
  StepContext context = context_of(step, &archive, job);
  // A step that was begun before knows what was there then; by now its own work may be.
  const JournalStep& known = journal_.content().steps[step];
  journal_.begins(step, known.begun ? Value(known.prepared) : prepare_step(action, context));
  act_step(action, known.prepared, context);
  journal_.done(step, report);
  report.state = StepState::done;
  tell(RestoreEvent::Kind::step_ends, step);
}

void Runner::fail_step(std::size_t step, const std::string& message) {
  StepReport& report = report_.steps[step];
  report.state = StepState::failed;
  report.message = message;
  report_.state = RestoreState::failed;
  report_.error = report.step.name + ": " + message;
  report_.ended = Timestamp::now();
  const std::string failure = failure_of([&] { journal_.failed(step, message); });
  tell_quietly(RestoreEvent::Kind::step_ends, step);
  if (!failure.empty()) tell_note(place_.options, "the journal could not be written: " + failure);
}

bool Runner::back(Job* job) {
  report_.state = RestoreState::undo_failed;
  report_.commands_after.clear();
  if (!journal_.content().undoing) {
    const std::string failure = failure_of([&] { journal_.undo_begins(); });
    if (!failure.empty()) tell_note(place_.options, "the journal could not be written: " + failure);
  }
  const Journal& journal = journal_.content();
  for (std::size_t i = report_.steps.size(); i-- > 0;) {
    if (job != nullptr && job->cancelled()) {
      if (report_.error.empty()) report_.error = "cancelled";
      break;
    }
    if (needs_undo(journal, i)) undo(i, job);
    const bool stays = journal.steps[i].begun && !report_.steps[i].step.undoable;
    if (stays) report_.steps[i].warnings.emplace_back("it cannot be undone, and was left as it is");
  }
  mark_moot();
  report_.ended = Timestamp::now();
  for (std::size_t i = 0; i < report_.steps.size(); ++i) {
    if (needs_undo(journal, i)) return false;
  }
  return true;
}

void Runner::undo(std::size_t step, Job* job) {
  StepReport& report = report_.steps[step];
  tell_quietly(RestoreEvent::Kind::undo_begins, step);
  const std::size_t known = report.warnings.size();
  const Journal& journal = journal_.content();
  const std::string failure = failure_of([&] {
    if (!is_moot(journal, step)) {
      StepContext context = context_of(step, nullptr, job);
      undo_step(journal.header.steps[step].action, journal.steps[step].prepared, context);
    }
    journal_.undone(step, {report.warnings.begin() + static_cast<std::ptrdiff_t>(known), report.warnings.end()});
  });
  report.state = failure.empty() ? StepState::undone : StepState::undo_failed;
  if (!failure.empty()) {
    report.message = failure;
    if (report_.error.empty()) report_.error = report.step.name + ": " + failure;
    // If this cannot be written either, the journal says that the step was begun, which is as good.
    failure_of([&] { journal_.undo_failed(step, failure); });
  }
  tell_quietly(RestoreEvent::Kind::undo_ends, step);
}

void Runner::mark_moot() {
  for (std::size_t i = 0; i < report_.steps.size(); ++i) {
    if (!needs_undo(journal_.content(), i) || !is_moot(journal_.content(), i)) continue;
    const std::string failure = failure_of([&] { journal_.undone(i, {}); });
    if (!failure.empty()) continue;
    report_.steps[i].state = StepState::undone;
    report_.steps[i].message.clear();
  }
}

void Runner::update_agents(Job* job) {
  const Journal& journal = journal_.content();
  for (std::size_t i = 0; i < report_.steps.size(); ++i) {
    const RestoreAction& action = journal.header.steps[i].action;
    if (!std::holds_alternative<UpdateAgents>(action)) continue;
    StepReport& report = report_.steps[i];
    report.warnings.clear();
    tell(RestoreEvent::Kind::step_begins, i);
    // What the report says of machines that were updated, the step leaves as it is.
    StepContext context = context_of(i, nullptr, job);
    act_step(action, journal.steps[i].prepared, context);
    journal_.done(i, report);
    report_.ended = journal.last;
    tell(RestoreEvent::Kind::step_ends, i);
    return;
  }
  throw Error(ErrorCode::not_found, "that restore has no agents of other machines to tell");
}

}  // namespace jujubackup::restore_run
