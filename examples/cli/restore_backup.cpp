// restore-backup: where it works is decided here.
#include "restore_backup.hpp"

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <jujubackup/error.hpp>

#include "document.hpp"
#include "encryption_options.hpp"
#include "restore_options.hpp"

namespace cli {
namespace {

constexpr std::array<std::string_view, 5> endings = {"resume", "undo", "commit", "status", "update-agents"};

std::string ending_given(const Arguments& arguments) {
  std::string given;
  for (const std::string_view name : endings) {
    if (!arguments.has(name)) continue;
    if (!given.empty()) throw UsageError("cannot mix --" + given + " and --" + std::string(name));
    given = name;
  }
  return given;
}

// In Juju's own order and words.
RestoreSource source_from(const Arguments& arguments) {
  RestoreSource source{arguments.get("id"), arguments.get("file")};
  if (source.id.empty() && source.file.empty()) throw UsageError("you must specify either a file or a backup id.");
  if (!source.id.empty() && !source.file.empty()) throw UsageError("you must specify either a file or a backup id but not both.");
  if (arguments.has("rebootstrap") && !source.id.empty()) throw UsageError("it is not possible to rebootstrap and restore from an id.");
  if (!source.file.empty()) source.file = std::filesystem::absolute(source.file).lexically_normal().string();
  return source;
}

int end_restore(const std::string& ending, Context& context) {
  const Arguments& arguments = context.arguments;
  for (const char* name : {"rebootstrap", "dry-run", "model", "controller"}) {
    if (arguments.has(name)) throw UsageError("cannot mix --" + ending + " and --" + name);
  }
  if (ending == "resume") return end_restore_here(ending, source_from(arguments), context);
  for (const char* name : {"id", "file"}) {
    if (arguments.has(name)) throw UsageError("--" + ending + " takes no backup: it is about a restore that was begun");
  }
  return end_restore_here(ending, {}, context);
}

int release(Context& context) {
  const Arguments& arguments = context.arguments;
  for (const char* name : {"id", "file", "rebootstrap", "dry-run"}) {
    if (arguments.has(name)) throw UsageError(std::string("cannot mix --release and --") + name);
  }
  const Place place = find_place(context);
  if (!place.is_controller()) throw UsageError("missing controller: -m names the one that waits for the end of a restore");
  return release_over_api(place, context);
}

int restore_backup(Context& context) {
  const Arguments& arguments = context.arguments;
  if (const std::string ending = ending_given(arguments); !ending.empty()) {
    if (arguments.has("release")) throw UsageError("cannot mix --release and --" + ending);
    return end_restore(ending, context);
  }
  if (arguments.has("release")) return release(context);
  const RestoreSource source = source_from(arguments);
  if (arguments.has("rebootstrap")) return restore_after_bootstrap(source, context);
  for (const char* name : {"constraints", "build-agent", "upload-tools"}) {
    if (arguments.has(name)) context.console.info(std::string("--") + name + " has no effect without -b");
  }

  const bool asked = arguments.has("model") || arguments.has("controller");
  if (const std::string option = restore_machine_option_given(arguments); !option.empty()) {
    if (asked) throw UsageError("cannot mix --" + option + " and --" + (arguments.has("model") ? "model" : "controller"));
    return restore_here(source, context);
  }
  if (!asked && is_controller_machine(arguments)) return restore_here(source, context);
  const Place place = find_place(context);
  if (place.is_controller()) return restore_over_api(source, place, context);
  throw jujubackup::Error(
      jujubackup::ErrorCode::not_found,
      "nothing to restore onto: this is no controller machine, and no controller is in use: -m names one, --root a machine's disk");
}

}  // namespace

std::vector<Command> restore_backup_commands() {
  Command command;
  command.name = "restore-backup";
  command.summary = "Restore a controller from a backup.";
  command.details =
      "Where it works, by the first of these that holds:\n"
      "\n"
      "    -b                          onto a controller that juju bootstraps anew\n"
      "    --root, --kind and others   on this machine (all options about a machine)\n"
      "    -m, -c                      over that controller's API\n"
      "    /var/lib/juju/agents        on this machine, as it is a controller's\n"
      "    a controller in use         over that controller's API\n"
      "\n"
      "Over the API the controller restores itself; Juju 2.0 to 2.9.21 can do that. Later releases are restored on the controller machine: "
      "the primary, if there are several. --id then is an ID of the store there.\n"
      "\n"
      "On a machine, the backup is verified in full first, and checks, steps and how each is undone are printed, as by check-restore "
      "--plan. A "
      "blocker ends it. Then it asks; where there is no terminal nothing is done without --yes. Every step is written into a journal, and "
      "what "
      "it replaces is kept. A step that fails has the others undone. A restore that is done waits for its end:\n"
      "\n"
      "    restore-backup --undo            puts back what was replaced\n"
      "    restore-backup --commit          removes it\n"
      "\n"
      "and one that was interrupted, too:\n"
      "\n"
      "    restore-backup --resume --file F goes on with it\n"
      "    restore-backup --status          says how far it came\n"
      "\n"
      "A controller whose restore over the API was broken off, say because the client was killed, refuses nearly everything until\n"
      "\n"
      "    restore-backup --release -m C    tells it that the restore is over\n"
      "\n"
      "With -b the backup's CA certificate and key and the stored configuration go to juju bootstrap through a private file. It ends if an "
      "address of the old controller answers; no command of juju asks the cloud, so look there for machines that live. juju works with a "
      "private copy of the client directory: the user's own changes after the restore. Over the API and with -b it asks on a terminal "
      "only, as "
      "scripts that were written for juju's own command give no --yes.\n"
      "\n"
      "--database-folder and --root are for rehearsals: nothing outside of the two is changed, and no other machine is reached.\n"
      "\n"
      "The exit code is 0 after a restore, 1 if there was none, and with --dry-run as that of check-restore; --status exits with 3 if a "
      "restore waits for its end.";
  command.examples = {
      {"--dry-run --file juju-backup.tar.gz", "On the controller machine: what would be done?"},
      {"-m prod:controller --id 20161013-091500.6d0c1a52-1111-4222-8333-94c7d2f0aa01", "Over the API."},
      {"-b --constraints mem=8G -m prod:controller --file juju-backup.tar.gz", "The controller is gone: make a new one."},
  };
  command.see_also = {"check-restore", "verify-backup", "create-backup"};
  Option juju = value("juju", "PROGRAM", "The juju that bootstraps; else $JUJUBACKUP_JUJU", Hint::file);
  juju.fallback = "juju";
  Option scp = value("scp", "PROGRAM", "The program that copies to a new controller's machine", Hint::file);
  scp.fallback = "scp";
  std::vector<Option> own = {
      value("id", "ID", "Provide the name of the backup to be restored"),
      value("file", "FILE", "Provide a file to be used as the backup", Hint::file),
      flag("rebootstrap", "Bootstrap a new controller first", 'b'),
      value("constraints", "CONSTRAINTS", "Of the new controller's machine; for -b"),
      flag("build-agent", "Build the agent binary for the new controller; for -b"),
      flag("upload-tools", "The old name of --build-agent"),
      flag("dry-run", "Print what would be done, and change nothing"),
      flag("yes", "Do not ask"),
      flag("resume", "Go on with a restore that was interrupted"),
      flag("undo", "Put back what the last restore replaced"),
      flag("commit", "Remove what the last restore replaced"),
      flag("status", "Say how far the last restore came"),
      flag("release", "Tell a controller that a restore over its API is over"),
      flag("update-agents", "Tell other machines again where the controller is"),
      choice("format", {"text", "json"}, "text", "How plan and result are printed"),
      juju,
      scp,
  };
  command.options = with(with(std::move(own), restore_machine_options()), identity_options());
  // As in every release of Juju, what stands behind the options is not looked at.
  command.max_positionals = any_number;
  command.operands = Operands::none;
  command.run = restore_backup;
  return {command};
}

}  // namespace cli
