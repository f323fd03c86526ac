// restore-client: the Juju client's own directory comes back.
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <jujubackup/client_backup.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/io.hpp>

#include "client.hpp"
#include "document.hpp"
#include "encryption_options.hpp"

namespace cli {
namespace {

constexpr std::array<std::string_view, 3> endings = {"finish", "undo", "commit"};

// --finish, --undo or --commit; "" if none was given.
std::string ending_given(const Arguments& arguments) {
  std::string given;
  for (const std::string_view name : endings) {
    if (!arguments.has(name)) continue;
    if (!given.empty()) throw UsageError("cannot mix --" + given + " and --" + std::string(name));
    given = name;
  }
  return given;
}

jujubackup::ClientRestoreOptions options_from(const Arguments& arguments) {
  jujubackup::ClientRestoreOptions options;
  options.directory = client_dir(arguments);
  options.cookie_jar = !arguments.has("no-cookie-jar");
  options.force = arguments.has("force");
  options.controllers = arguments.all("controller");
  return options;
}

int end_restore(const std::string& ending, Context& context) {
  const Arguments& arguments = context.arguments;
  if (!arguments.positionals().empty()) throw UsageError("--" + ending + " takes no file: it ends a restore that was made");
  for (const char* name : {"controller", "dry-run", "force", "no-cookie-jar"}) {
    if (arguments.has(name)) throw UsageError("cannot mix --" + ending + " and --" + name);
  }
  const std::string directory = client_dir(arguments);
  if (!jujubackup::find_unfinished_restore(directory)) {
    throw jujubackup::Error(jujubackup::ErrorCode::not_found, "there is no restore to " + ending);
  }
  if (ending == "finish") {
    jujubackup::finish_client_restore(directory, &context.job);
    // What is in place now, and that it can still be undone.
    if (const auto after = jujubackup::find_unfinished_restore(directory)) context.console.info(after->text);
  } else if (ending == "undo") {
    jujubackup::undo_client_restore(directory, &context.job);
    context.console.info("what was replaced is back");
  } else {
    jujubackup::commit_client_restore(directory, &context.job);
    context.console.info("what was replaced is removed");
  }
  return exit_ok;
}

void print_plan(const jujubackup::ClientRestorePlan& plan, Context& context) {
  const std::string format = context.arguments.get("format", "text");
  if (format == "json")
    context.console.print(to_json(plan));
  else if (format == "yaml")
    context.console.print(to_yaml(plan));
  else
    context.console.print(printable_lines(to_text(plan)));
  // An error must not stand before the plan that it is about.
  context.console.flush();
}

void tell_result(const jujubackup::ClientRestoreResult& result, Context& context) {
  Console& console = context.console;
  console.warnings(result.warnings);
  if (!result.changed) {
    console.info("nothing had to be changed");
    return;
  }
  console.info("restored " + std::to_string(result.files) + (result.files == 1 ? " file" : " files"));
  if (result.kept.empty()) return;
  const std::string again = context.arguments.has("client-dir") ? " with the same --client-dir" : "";
  console.info("what was replaced is kept in " + printable(result.kept) + ": restore-client --undo" + again +
               " puts it back, restore-client --commit removes it");
}

int restore_client(Context& context) {
  const Arguments& arguments = context.arguments;
  for (const char* name : {"model", "store"}) {
    if (arguments.has(name)) throw UsageError(std::string("cannot mix restore-client and --") + name);
  }
  const std::string ending = ending_given(arguments);
  if (!ending.empty()) return end_restore(ending, context);
  const jujubackup::ClientRestoreOptions options = options_from(arguments);
  const auto unfinished = tell_unfinished(options.directory, context.console);
  if (arguments.positionals().empty()) throw UsageError("backup filename not specified");

  const auto source = opened(jujubackup::open_file(arguments.positionals().front()), arguments);
  const jujubackup::ClientRestorePlan plan = jujubackup::plan_client_restore(*source, options, &context.job);
  print_plan(plan, context);
  if (arguments.has("dry-run")) return exit_ok;
  if (unfinished) {
    throw jujubackup::Error(jujubackup::ErrorCode::exists, "nothing was changed: end the restore before with --undo or --commit" +
                                                               std::string(unfinished->can_finish ? ", or with --finish" : ""));
  }
  if (plan.needs_force() && !options.force) {
    throw jujubackup::Error(jujubackup::ErrorCode::exists, "nothing was changed: what is there would be overwritten; --force does that");
  }
  source->rewind();
  tell_result(jujubackup::restore_client(*source, options, &context.job), context);
  return exit_ok;
}

}  // namespace

std::vector<Command> client_restore_commands() {
  Command command;
  command.name = "restore-client";
  command.usage = "<FILE>|--undo|--commit|--finish";
  command.summary = "Bring the Juju client's own directory back.";
  command.details =
      "Prints a plan (what would be created, overwritten and left alone, and which controllers and accounts differ), then does it. With "
      "--dry-run the plan is all. Where something that is there would be overwritten, nothing is done without --force, and the exit code "
      "is 1. "
      "What the backup does not have stays. Archives that tar made of the directory are taken as well.\n"
      "\n"
      "With --controller NAME, which may be given several times, the entries of those controllers alone go into the files that are there.\n"
      "\n"
      "The new directory is built beside the old one, and they change places in one step, under the lock of Juju's own commands. What was "
      "replaced is kept beside it, until\n"
      "\n"
      "    restore-client --undo      puts it back\n"
      "    restore-client --commit    removes it\n"
      "\n"
      "If a restore is interrupted, the directory is the old one or the new one. The next backup-client or restore-client says which; "
      "--undo "
      "goes back, --finish makes the rest.";
  command.examples = {{"--dry-run ./juju-client-20161013-091500.tar.gz", "What would be done."},
                      {"--identity key.txt ./juju-client-20161013-091500.tar.gz.age", "From an encrypted backup."},
                      {"--controller prod ./juju-client-20161013-091500.tar.gz", "One controller alone."}};
  command.see_also = {"backup-client", "show-client-backup"};
  command.options =
      with({client_dir_option(), flag("dry-run", "Print the plan and change nothing"), flag("force", "Overwrite what is there"),
            flag("undo", "Put back what the last restore replaced"), flag("commit", "Remove what the last restore replaced"),
            flag("finish", "Make the rest of a restore that was interrupted"),
            no_cookie_jar_option("Leave alone the login cookies that Juju 2.0 and 2.1 keep in the home folder"), format_option()},
           identity_options());
  command.max_positionals = 1;
  command.operands = Operands::files;
  command.run = restore_client;
  return {command};
}

}  // namespace cli
