// restore-backup on a controller machine, or below a root that looks like one.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <jujubackup/error.hpp>
#include <jujubackup/restore.hpp>
#include <jujubackup/restore_run.hpp>

#include "document.hpp"
#include "encryption_options.hpp"
#include "remote.hpp"
#include "restore_backup.hpp"
#include "restore_options.hpp"

namespace cli {
namespace {

bool as_json(const Context& context) { return context.arguments.get("format", "text") == "json"; }

// A command to go on with, that finds the same restore.
std::string command_for(const std::string& what, const Arguments& arguments) {
  std::string line = "jujubackup restore-backup " + what;
  for (const char* name : {"root", "data-dir", "work-dir", "database-folder", "machine", "systemctl", "ssh-identity"}) {
    if (arguments.has(name)) line += std::string(" --") + name + " " + shell_word(arguments.get(name));
  }
  return line;
}

std::string resume_command(const RestoreSource& source, const Arguments& arguments) {
  const std::string what = source.name().empty() ? "--file ARCHIVE"
                           : source.id.empty()   ? "--file " + shell_word(source.file)
                                                 : "--id " + shell_word(source.id);
  return command_for("--resume " + what, arguments);
}

jujubackup::Archive open_backup(const RestoreSource& source, Context& context) {
  if (!source.file.empty()) {
    return jujubackup::Archive::open(opened(jujubackup::open_file(source.file), context.arguments));
  }
  return jujubackup::Archive::open(open_content(context, find_store_place(context.arguments), source.id));
}

void refuse_unfinished(const jujubackup::RestorePlace& place, const RestoreSource& source, Context& context) {
  const std::optional<jujubackup::RestoreReport> before = jujubackup::find_restore(place);
  if (!before) return;
  Console& console = context.console;
  if (before->state == jujubackup::RestoreState::restored) {
    console.info("the restore before waits for its end:");
    console.info("  " + command_for("--commit", context.arguments) + "   removes what was replaced");
  } else {
    console.info("the restore before was not ended (" + std::string(name_of(before->state)) + "):");
    console.info("  " + resume_command(source, context.arguments) + "   goes on with it");
  }
  console.info("  " + command_for("--undo", context.arguments) + "   puts everything back");
  throw jujubackup::Error(jujubackup::ErrorCode::exists, "nothing was changed: a restore of " + printable(before->source) +
                                                             " is not ended in " + printable(before->work_dir));
}

// As juju-restore puts it, so that a person sees at a glance what the question is about.
void tell_summary(const jujubackup::RestorePlan& plan, Console& console) {
  const jujubackup::BackupFacts& backup = plan.backup;
  const bool is_copy = plan.kind == jujubackup::RestoreKind::copy_controller;
  const auto known = [](const std::string& text) { return text.empty() ? std::string("not known") : printable(text); };
  console.info(is_copy ? "You are about to copy this controller:" : "You are about to restore this backup:");
  console.info("    Created at:   " + (backup.started.is_zero() ? "not known" : backup.started.rfc3339()));
  console.info("    Controller:   " + known(is_copy ? backup.controller_uuid : backup.model_uuid));
  console.info("    Juju version: " + (backup.version.is_zero() ? "not known" : backup.version.to_string()));
  if (is_copy) {
    console.info("    Clouds:       " + std::to_string(backup.dump.clouds.size()));
  } else {
    console.info("    Models:       " + std::to_string(backup.dump.models.size()));
  }
  console.info("    Kind:         " + std::string(name_of(plan.kind)) + ", " + std::to_string(plan.steps.size()) + " steps");
}

// Notes of the job that runs go to --verbose; what happens to a step is shown.
jujubackup::RunOptions run_options(Context& context) {
  using Event = jujubackup::RestoreEvent;
  jujubackup::RunOptions options;
  options.on_event = [&console = context.console](const Event& event) {
    const std::string number = "step " + std::to_string(event.index + 1) + " of " + std::to_string(event.count);
    const jujubackup::StepReport* step = event.step;
    switch (event.kind) {
      case Event::Kind::step_begins:
        if (step != nullptr) console.info(number + ": " + step->step.what + " (" + printable(step->step.target) + ")");
        break;
      case Event::Kind::step_ends:
        if (step == nullptr) break;
        if (step->state == jujubackup::StepState::failed) console.warning(number + " failed: " + printable(step->message));
        console.warnings(step->warnings);
        break;
      case Event::Kind::undo_begins:
        if (step != nullptr) console.info("undoing " + number + ": " + (step->step.undo.empty() ? step->step.name : step->step.undo));
        break;
      case Event::Kind::undo_ends:
        if (step != nullptr && step->state == jujubackup::StepState::undo_failed)
          console.warning("undoing " + number + " failed: " + printable(step->message));
        break;
      case Event::Kind::note: console.detail(printable(event.text)); break;
    }
  };
  return options;
}

// Machines whose agents still look for the controller where it was.
void tell_machines(const jujubackup::RestoreReport& report, Context& context) {
  std::size_t left = 0;
  for (const jujubackup::StepReport& step : report.steps) {
    for (const jujubackup::MachineReport& machine : step.machines) {
      const std::string name =
          "machine " + printable(machine.machine_id) + (machine.address.empty() ? "" : " at " + printable(machine.address));
      if (machine.updated) {
        context.console.detail(name + ": " + printable(machine.text));
      } else {
        ++left;
        context.console.warning(name + " was not told of the controller: " + printable(machine.text));
      }
    }
  }
  if (left > 0) context.console.info("try these again: " + command_for("--update-agents", context.arguments));
}

void tell_restored(const jujubackup::RestoreReport& report, Context& context) {
  Console& console = context.console;
  tell_machines(report, context);
  for (const std::string& command : report.commands_after) console.info("run now: " + printable(command));
  console.info("what was replaced is kept in " + printable(report.work_dir) + ":");
  console.info("  " + command_for("--undo", context.arguments) + "     puts it back");
  console.info("  " + command_for("--commit", context.arguments) + "   removes it, once the controller is as it should be");
}

[[noreturn]] void tell_failed(const jujubackup::RestoreReport& report, const RestoreSource& source, Context& context) {
  Console& console = context.console;
  std::size_t undone = 0;
  for (const jujubackup::StepReport& step : report.steps) {
    if (step.state == jujubackup::StepState::undone) ++undone;
    if (step.state == jujubackup::StepState::undo_failed)
      console.warning("not undone: " + step.step.name + " (" + printable(step.step.target) + "): " + printable(step.message));
  }
  std::string state;
  switch (report.state) {
    case jujubackup::RestoreState::undone:
      state = undone == 0 ? "nothing was changed" : "everything is as before: " + std::to_string(undone) + " steps were undone";
      break;
    case jujubackup::RestoreState::undo_failed:
      state = std::to_string(undone) + " steps were undone, and the ones above were not";
      console.info("try again: " + command_for("--undo", context.arguments));
      break;
    default:
      state = "the restore stopped in the midst";
      console.info("go on:     " + resume_command(source, context.arguments));
      console.info("or undo:   " + command_for("--undo", context.arguments));
      break;
  }
  // Of an interrupted program nothing else is shown.
  if (was_interrupted()) console.info(state);
  throw jujubackup::Error(jujubackup::ErrorCode::program,
                          (report.error.empty() ? "the restore failed" : printable(report.error)) + "; " + state);
}

int tell_result(const jujubackup::RestoreReport& report, const RestoreSource& source, Context& context) {
  if (as_json(context)) context.console.print(to_json(report));
  context.console.flush();
  if (!report.ok()) tell_failed(report, source, context);
  tell_restored(report, context);
  if (!as_json(context)) tell_completed(source, context);
  return exit_ok;
}

int undo(const jujubackup::RestorePlace& place, Context& context) {
  const Workbench workbench(context);
  confirm_restore(context, NoTerminal::go_on);
  const jujubackup::RestoreReport report = jujubackup::undo_restore(place, workbench.tools(), run_options(context), &context.job);
  if (as_json(context)) context.console.print(to_json(report));
  context.console.flush();
  if (report.state != jujubackup::RestoreState::undone) tell_failed(report, {}, context);
  context.console.info("what was replaced is back");
  return exit_ok;
}

int update_agents(const jujubackup::RestorePlace& place, Context& context) {
  const Workbench workbench(context);
  const jujubackup::RestoreReport report = jujubackup::update_agents_again(place, workbench.tools(), run_options(context), &context.job);
  if (as_json(context)) context.console.print(to_json(report));
  tell_machines(report, context);
  for (const jujubackup::StepReport& step : report.steps) {
    for (const jujubackup::MachineReport& machine : step.machines) {
      if (!machine.updated) return exit_failed;
    }
  }
  return exit_ok;
}

int show_status(const jujubackup::RestorePlace& place, Context& context) {
  const std::optional<jujubackup::RestoreReport> report = jujubackup::find_restore(place);
  if (!report) {
    context.console.info("no restore waits for its end");
    return exit_ok;
  }
  context.console.print(as_json(context) ? to_json(*report) : printable_lines(to_text(*report)));
  return exit_warnings;
}

int resume(const jujubackup::RestorePlace& place, const RestoreSource& source, Context& context) {
  jujubackup::Archive archive = open_backup(source, context);
  const Workbench workbench(context);
  return tell_result(jujubackup::resume_restore(place, archive, workbench.tools(), run_options(context), &context.job), source, context);
}

}  // namespace

int restore_here(const RestoreSource& source, Context& context) {
  const Arguments& arguments = context.arguments;
  Console& console = context.console;
  const bool dry = arguments.has("dry-run");
  if (!dry) refuse_unfinished(restore_place_from(arguments), source, context);
  const Workbench workbench(context);
  jujubackup::Archive archive = open_backup(source, context);
  const jujubackup::RestorePlan plan = plan_restore(archive, restore_options_from(arguments), workbench.views(), &context.job);
  // Standard output has one JSON document: that of the plan if it ends here, else that of what was done.
  if (!as_json(context)) {
    console.print(printable_lines(to_text(plan)));
  } else if (dry || plan.blocked()) {
    console.print(to_json(plan));
  }
  console.flush();
  if (dry) return exit_code_of(plan);
  if (plan.blocked()) {
    throw jujubackup::Error(jujubackup::ErrorCode::invalid_argument, "nothing was changed: the restore is blocked, see the checks");
  }
  tell_summary(plan, console);
  confirm_restore(context, NoTerminal::refuse);
  return tell_result(jujubackup::run_restore(plan, archive, workbench.tools(), run_options(context), &context.job), source, context);
}

int end_restore_here(std::string_view what, const RestoreSource& source, Context& context) {
  const jujubackup::RestorePlace place = restore_place_from(context.arguments);
  if (what == "status") return show_status(place, context);
  if (what == "resume") return resume(place, source, context);
  if (what == "undo") return undo(place, context);
  if (what == "update-agents") return update_agents(place, context);
  jujubackup::commit_restore(place, &context.job);
  context.console.info("what was replaced is removed");
  return exit_ok;
}

}  // namespace cli
