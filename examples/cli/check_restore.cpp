// check-restore: whether a backup can be restored on a controller machine, and what that would take.
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <jujubackup/archive.hpp>
#include <jujubackup/restore.hpp>

#include "command.hpp"
#include "document.hpp"
#include "encryption_options.hpp"
#include "target.hpp"

namespace cli {
namespace {

constexpr std::array kinds = {jujubackup::RestoreKind::database_only,    jujubackup::RestoreKind::full_machine,
                              jujubackup::RestoreKind::copy_controller,  jujubackup::RestoreKind::files_only,
                              jujubackup::RestoreKind::recover_survivor, jujubackup::RestoreKind::single_then_enable_ha};

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  names.reserve(kinds.size());
  for (const jujubackup::RestoreKind kind : kinds) names.emplace_back(name_of(kind));
  return names;
}

jujubackup::RestoreOptions options_from(const Arguments& arguments) {
  jujubackup::RestoreOptions options;
  if (arguments.has("kind")) options.kind = jujubackup::restore_kind_named(arguments.get("kind"));
  options.place.root = arguments.get("root", options.place.root);
  options.place.data_dir = arguments.get("data-dir", options.place.data_dir);
  options.place.machine_id = arguments.get("machine");
  options.allow_downgrade = arguments.has("allow-downgrade");
  options.copy_controller = arguments.has("copy-controller");
  options.include_status_history = arguments.has("include-status-history");
  options.manual_agent_control = arguments.has("manual-agent-control");
  options.overrides = arguments.all("override");
  options.private_address = arguments.get("private-address");
  options.public_address = arguments.get("public-address");
  options.instance_id = arguments.get("instance-id");
  options.staging_dir = arguments.get("staging-dir");
  options.mongorestore = arguments.get("mongorestore");
  return options;
}

// As verify-backup: 0 nothing speaks against it, 3 warnings, 1 blocked.
int exit_code_of(const jujubackup::RestorePlan& plan) {
  int code = exit_ok;
  for (const jujubackup::RestoreCheck& check : plan.checks) {
    if (check.state == jujubackup::CheckState::blocker) return exit_failed;
    if (check.state == jujubackup::CheckState::warning) code = exit_warnings;
  }
  return code;
}

int check_restore(Context& context) {
  const Arguments& arguments = context.arguments;
  const jujubackup::RestoreOptions options = options_from(arguments);
  jujubackup::Archive archive = open_archive(context, arguments.positionals().front());
  const jujubackup::RestorePlan plan = plan_restore(archive, options, {}, &context.job);
  if (arguments.get("format", "text") == "json") {
    context.console.print(to_json(plan));
  } else {
    context.console.print(printable_lines(arguments.has("plan") ? to_text(plan) : checks_to_text(plan)));
  }
  return exit_code_of(plan);
}

}  // namespace

std::vector<Command> restore_commands() {
  Command command;
  command.name = "check-restore";
  command.usage = "<ID|FILE>";
  command.summary = "Check whether a backup can be restored on this controller machine.";
  command.details =
      "Reads the backup in full and looks at the machine below --root: the same controller and model, versions, series or base, MongoDB, "
      "HA "
      "nodes, space, tools, and whether anything in the archive does not belong there. Each check is ok, a warning, or a blocker, and says "
      "what was compared and what to do. Nothing is changed, and nothing is restored: with --plan it shows the steps that a restore would "
      "take, in order, and how each would be undone. What only the database could tell is said to be unknown.\n"
      "\n"
      "The exit code is 0 if nothing speaks against it, 3 with warnings, 1 if it is blocked or could not be checked.";
  command.examples = {
      {"juju-backup.tar.gz", "On the controller machine: would it go?"},
      {"--plan --kind files-only --root /mnt/controller juju-backup.tar.gz",
       "The steps for the files of a disk that is mounted elsewhere."},
  };
  command.see_also = {"verify-backup", "extract-backup"};
  Option root = value("root", "DIR", "The prefix of all paths on the controller machine", Hint::directory);
  root.fallback = "/";
  Option data_dir = value("data-dir", "DIR", "Juju's data directory, below the root");
  data_dir.fallback = "/var/lib/juju";
  Option kind = choice("kind", kind_names(), "by what is found", "What to restore");
  command.options = with(
      {
          flag("plan", "Show the steps, too"),
          kind,
          root,
          data_dir,
          value("machine", "N", "Which of the machines in the data directory, if it holds several"),
          flag("allow-downgrade", "Accept a backup of an older Juju than the controller's"),
          flag("copy-controller", "The same as --kind copy-controller"),
          flag("include-status-history", "Restore the history of statuses, too"),
          flag("manual-agent-control", "Leave stopping and starting agents to the operator"),
          value("override", "CHECK", "Accept the blocker of that check, where that is safe; may be repeated"),
          value("private-address", "ADDRESS", "Of this machine, for the other machines"),
          value("public-address", "ADDRESS", "Of this machine, for clients"),
          value("instance-id", "ID", "What the cloud calls this machine"),
          value("staging-dir", "DIR", "Where the dump would be unpacked; by default the system's temporary directory", Hint::directory),
          value("mongorestore", "PROGRAM", "By default where Juju looks for it", Hint::file),
          choice("format", {"text", "json"}, "text", "How the result is printed"),
      },
      identity_options());
  command.min_positionals = 1;
  command.max_positionals = 1;
  command.missing = "missing ID or file";
  command.operands = Operands::ids_and_files;
  command.run = check_restore;
  return {command};
}

}  // namespace cli
