// add-backup, get-backup, remove-backup: into the store and out of it.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>
#include <tuple>

#include <jujubackup/backup_id.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/io.hpp>
#include <jujubackup/store.hpp>

#include "document.hpp"
#include "encryption_options.hpp"
#include "keep.hpp"
#include "output.hpp"
#include "remote.hpp"
#include "show.hpp"
#include "target.hpp"

namespace cli {
namespace {

std::unique_ptr<jujubackup::Source> standard_input() {
  // A pipe holds 64 KiB, so that both sides sleep and wake up all the time; more is a matter of speed alone, so failing is fine.
  ::fcntl(STDIN_FILENO, F_SETPIPE_SZ, 1 << 20);
  return jujubackup::source_of_descriptor(STDIN_FILENO, "standard input");
}

// Another passphrase is the one that opens it.
void refuse_recipients(const Arguments& arguments, const std::string& name) {
  for (const char* option : {"encrypt-to", "recipients-file", "passphrase"}) {
    if (!arguments.has(option)) continue;
    throw jujubackup::Error(jujubackup::ErrorCode::invalid_argument,
                            printable(name) + " is encrypted already and would be stored as it is: --" + option + " comes too late");
  }
}

}  // namespace

std::unique_ptr<jujubackup::Source> open_input(const std::string& path) {
  return path == "-" ? standard_input() : jujubackup::open_file(path);
}

int add_backup(Context& context) {
  const Arguments& arguments = context.arguments;
  const LookedAt looked = look_at(open_input(arguments.positionals().front()));
  jujubackup::BackupStore store = open_store(context);
  jujubackup::AddOptions options;
  options.accept_bad = arguments.has("accept-bad");
  if (looked.outside == Outside::plain) {
    options.encryption = store_encryption_from(arguments);
  } else {
    refuse_recipients(arguments, looked.source->name());
    options.encryption.bare_record = arguments.has("bare-record");
    // Without any, it is looked at from the outside alone.
    store.set_identities(find_identities(arguments, looked.outside, looked.source->name()));
  }
  const jujubackup::BackupRecord record = store.add(*looked.source, options, &context.job);
  context.console.warnings(record.warnings);
  context.console.detail("stored " + record.file_name + " (" + size_text(record.size_bytes) + ") in " + store.url());
  context.console.print(arguments.get("format", "text") == "text" ? record.id + "\n" : record_text(record, arguments));
  return exit_ok;
}

int get_backup(Context& context) {
  const Arguments& arguments = context.arguments;
  const std::string& target = arguments.positionals().front();
  std::string path = arguments.get("filename");
  if (arguments.has("filename") && path.empty()) throw UsageError("missing filename");
  if (path.empty() && is_path(target)) throw UsageError("missing --filename: where to copy the file to?");
  for (const char* name : {"identity", "passphrase-file"}) {
    if (arguments.has(name) && !arguments.has("decrypt")) throw UsageError(std::string("--") + name + " is for --decrypt");
  }
  std::unique_ptr<jujubackup::Source> source = arguments.has("decrypt") ? open_content(context, target) : open_stored(context, target);
  if (path.empty()) {
    LookedAt looked = look_at(std::move(source));
    path = jujubackup::archive_file_name(target) + (looked.outside == Outside::plain ? "" : ".age");
    source = std::move(looked.source);
  }
  save(*source, path, context);
  if (path != "-") context.console.print(printable(path) + "\n");
  return exit_ok;
}

namespace {

int remove_all_but_latest(Context& context, jujubackup::BackupStore& store) {
  std::vector<jujubackup::BackupRecord> records = store.list(&context.job).backups;
  if (records.empty()) {
    context.console.warning("no backups to remove");
    return exit_ok;
  }
  const auto older = [](const jujubackup::BackupRecord& a, const jujubackup::BackupRecord& b) {
    return std::tie(a.metadata.started, a.id) < std::tie(b.metadata.started, b.id);
  };
  std::sort(records.begin(), records.end(), older);
  const std::string latest = records.back().id;
  records.pop_back();
  if (records.empty()) {
    context.console.warning("no backups to remove, " + latest + " most current");
    return exit_ok;
  }
  std::string failures;
  for (const jujubackup::BackupRecord& record : records) {
    context.job.check();
    try {
      store.remove(record.id);
      context.console.print("successfully removed: " + record.id + "\n");
    } catch (const jujubackup::Error& error) {
      failures += (failures.empty() ? "" : "\n") + ("failed to remove " + record.id + ": " + error.what());
    }
  }
  context.console.print("kept: " + latest + "\n");
  if (failures.empty()) return exit_ok;
  context.console.error(failures);
  return exit_failed;
}

// Version 1 of the API knows one backup at a time, and its client prints the result; later ones count it as information.
int remove_on_controller(const Place& place, Context& context) {
  const Arguments& arguments = context.arguments;
  jujubackup::Controller controller = connect(place, context);
  const bool alone = form_of(controller) == Form::juju_2_0;
  std::vector<std::string> ids;
  std::string latest;
  if (arguments.has("keep-latest")) {
    if (alone) throw jujubackup::Error(jujubackup::ErrorCode::unsupported, "--keep-latest is not supported by this controller");
    std::vector<jujubackup::Metadata> backups = controller.list(&context.job);
    std::sort(backups.begin(), backups.end(),
              [](const auto& a, const auto& b) { return std::tie(a.started, a.id) < std::tie(b.started, b.id); });
    for (const jujubackup::Metadata& backup : backups) ids.push_back(backup.id);
    if (!ids.empty()) {
      latest = ids.back();
      ids.pop_back();
    }
    if (ids.empty()) {
      context.console.warning("no backups to remove" + (latest.empty() ? "" : ", " + printable(latest) + " most current"));
      return exit_ok;
    }
    std::sort(ids.begin(), ids.end());
  } else {
    ids = arguments.positionals();
  }
  std::string failures;
  for (const jujubackup::RemoveResult& result : controller.remove(ids, &context.job)) {
    if (!result.error.empty()) {
      const std::string before = alone ? "" : "failed to remove " + printable(result.id) + ": ";
      failures += (failures.empty() ? "" : "\n") + before + printable(result.error);
    } else if (alone) {
      context.console.print("successfully removed: " + printable(result.id) + "\n");
    } else {
      context.console.info("successfully removed: " + printable(result.id));
    }
  }
  if (!latest.empty()) context.console.info("kept: " + printable(latest));
  if (failures.empty()) return exit_ok;
  context.console.error(failures);
  return exit_failed;
}

int remove_backup(Context& context) {
  const Arguments& arguments = context.arguments;
  if (!arguments.has("keep-latest") && arguments.positionals().empty()) throw UsageError("missing ID or --keep-latest option");
  const Place place = find_place(context);
  if (place.is_controller()) return remove_on_controller(place, context);
  jujubackup::BackupStore store = open_store(place, context);
  if (arguments.has("keep-latest")) return remove_all_but_latest(context, store);
  const std::string& id = arguments.positionals().front();
  try {
    store.remove(id);
  } catch (const jujubackup::Error& error) {
    if (error.code() != jujubackup::ErrorCode::not_found) throw;
    throw jujubackup::Error(error.code(),
                            "backup metadata " + quoted(id) + " not found (no ID in the store " + printable(store.url()) + ")");
  }
  context.console.print("successfully removed: " + id + "\n");
  return exit_ok;
}

Command add_command() {
  Command command;
  command.name = "add-backup";
  command.usage = "<FILE>";
  command.summary = "Put an archive file into the store.";
  command.details =
      "Copies an archive, whoever made it, into the store, verifies the copy in full and prints the ID it has there. The ID follows from "
      "the start "
      "time and the controller model in the archive; the name of the file does not matter, and the file stays where it is. A - stands for "
      "standard input.\n"
      "\n"
      "An archive that is damaged is refused, unless --accept-bad is given: sometimes it is all there is. An archive that is in the store "
      "already is refused as well. Into a controller that keeps backups (2.0 to 2.9.21), the archive is uploaded when it was verified.\n"
      "\n"
      "On its way into the store it can be encrypted, to public keys or to a passphrase: see encrypt-backup. One that is encrypted already "
      "is "
      "stored as it is, and needs an identity to be verified.";
  command.examples = {{"./juju-backup-20161013-091500.tar.gz", "Keep an archive that Juju downloaded."},
                      {"--store /mnt/backups -", "Keep what another program writes."}};
  command.see_also = {"get-backup", "verify-backup"};
  command.options = with({flag("accept-bad", "Take a damaged archive as well"), format_option(), style_option()},
                         with(recipient_and_identity_options(), {bare_record_option()}));
  command.min_positionals = 1;
  command.max_positionals = 1;
  command.missing = "backup filename not specified";
  command.operands = Operands::files;
  command.run = add_backup;
  return command;
}

Command get_command() {
  Command command;
  command.name = "get-backup";
  command.usage = "<ID|FILE>";
  command.summary = "Get an archive file.";
  command.details =
      "Copies a backup out of the store and prints the name of the file. Without --filename that is juju-backup-<ID>.tar.gz in the current "
      "directory; a - stands for standard output. The file appears when it is complete. One that exists is replaced only with --force. An "
      "encrypted backup is copied as it is, into a name with .age, or, with --decrypt, as what is in it.\n"
      "\n"
      "The file holds secrets of the controller, so nobody else may read it (mode 0600).";
  command.examples = {{"20161013-091500.6d0c1a52-1111-4222-8333-94c7d2f0aa01", "Into the current directory."},
                      {"--filename - 20161013-091500.6d0c1a52-1111-4222-8333-94c7d2f0aa01", "To another program."}};
  command.see_also = {"add-backup", "extract-backup"};
  command.options = with({value("filename", "FILE", "Where to copy it to", Hint::file), flag("force", "Replace a file that exists"),
                          flag("decrypt", "Copy what is in an encrypted backup")},
                         identity_options());
  command.min_positionals = 1;
  command.max_positionals = 1;
  command.missing = "missing ID";
  command.operands = Operands::ids_and_files;
  command.run = get_backup;
  return command;
}

Command remove_command() {
  Command command;
  command.name = "remove-backup";
  command.usage = "[--keep-latest|<ID>]";
  command.summary = "Remove the specified backup from the store.";
  command.details =
      "Removes a backup from the store, or from the controller in use, which can do that up to 2.9.21; or, with --keep-latest, all but the "
      "one "
      "that was started last. There is no question asked, and no way back. Files outside of the store are never touched.";
  command.examples = {{"20161013-091500.6d0c1a52-1111-4222-8333-94c7d2f0aa01", "Remove one backup."},
                      {"--keep-latest", "Remove all but the latest."}};
  command.see_also = {"backups"};
  command.options = {flag("keep-latest", "Remove all backups except for the latest; an ID is ignored")};
  command.max_positionals = 1;
  command.operands = Operands::ids;
  command.run = remove_backup;
  return command;
}

}  // namespace

std::vector<Command> keep_commands() { return {add_command(), get_command(), remove_command()}; }

}  // namespace cli
