// check-restore: whether a backup can be restored on a controller machine, and what that would take.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <jujubackup/archive.hpp>
#include <jujubackup/restore.hpp>

#include "command.hpp"
#include "document.hpp"
#include "encryption_options.hpp"
#include "restore_options.hpp"
#include "target.hpp"

namespace cli {
namespace {

int check_restore(Context& context) {
  const Arguments& arguments = context.arguments;
  const jujubackup::RestoreOptions options = restore_options_from(arguments);
  // A machine that is no controller's has no database to ask.
  std::optional<Workbench> workbench;
  if (is_controller_machine(arguments) || arguments.has("database-folder")) workbench.emplace(context);
  jujubackup::Archive archive = open_archive(context, arguments.positionals().front());
  const jujubackup::RestorePlan plan =
      plan_restore(archive, options, workbench ? workbench->views() : jujubackup::RestoreViews(), &context.job);
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
      "take, in order, and how each would be undone. On a controller machine the database and the other controller machines are asked, "
      "too; "
      "below another root what only they could tell is said to be unknown, unless --database-folder stands for the database.\n"
      "\n"
      "The exit code is 0 if nothing speaks against it, 3 with warnings, 1 if it is blocked or could not be checked.";
  command.examples = {
      {"juju-backup.tar.gz", "On the controller machine: would it go?"},
      {"--plan --kind files-only --root /mnt/controller juju-backup.tar.gz",
       "The steps for the files of a disk that is mounted elsewhere."},
  };
  command.see_also = {"restore-backup", "verify-backup", "extract-backup"};
  std::vector<Option> own = {flag("plan", "Show the steps, too"), choice("format", {"text", "json"}, "text", "How the result is printed")};
  command.options = with(with(std::move(own), restore_machine_options()), identity_options());
  command.min_positionals = 1;
  command.max_positionals = 1;
  command.missing = "missing ID or file";
  command.operands = Operands::ids_and_files;
  command.run = check_restore;
  return {command};
}

}  // namespace cli
