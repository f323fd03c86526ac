// backup-client and show-client-backup: the Juju client's own directory.
#include "client.hpp"

#include <unistd.h>

#include <optional>
#include <string>

#include <jujubackup/client_backup.hpp>
#include <jujubackup/encryption.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/time.hpp>

#include "document.hpp"
#include "encryption_options.hpp"
#include "keep.hpp"
#include "output.hpp"

namespace cli {

Option client_dir_option() {
  Option option = value("client-dir", "DIR", "The directory of the Juju client", Hint::directory);
  option.fallback = "$JUJU_DATA, else ~/.local/share/juju";
  return option;
}

Option no_cookie_jar_option(std::string help) { return flag("no-cookie-jar", std::move(help)); }

std::string client_dir(const Arguments& arguments) {
  std::string path = arguments.get("client-dir");
  if (arguments.has("client-dir") && path.empty()) throw UsageError("missing folder for --client-dir");
  return path;
}

std::optional<jujubackup::UnfinishedClientRestore> tell_unfinished(const std::string& directory, Console& console) {
  auto unfinished = jujubackup::find_unfinished_restore(directory);
  if (unfinished) console.warning(printable(unfinished->text));
  return unfinished;
}

namespace {

jujubackup::ClientBackupRecord write_backup(const jujubackup::ClientBackupOptions& options, const jujubackup::Recipients* recipients,
                                            jujubackup::Sink& sink, Context& context) {
  if (recipients == nullptr) return jujubackup::backup_client(options, sink, &context.job);
  jujubackup::EncryptionOptions encryption;
  encryption.armor = context.arguments.has("armor");
  const auto encrypting = encrypting_sink(sink, *recipients, encryption);
  jujubackup::ClientBackupRecord record = jujubackup::backup_client(options, *encrypting, &context.job);
  encrypting->finish();
  return record;
}

int backup_client(Context& context) {
  const Arguments& arguments = context.arguments;
  for (const char* name : {"model", "controller", "store"}) {
    if (arguments.has(name)) throw UsageError(std::string("cannot mix backup-client and --") + name + ": it backs up the whole directory");
  }
  if (arguments.has("armor") && !wants_encryption(arguments)) {
    throw UsageError("--armor is for encrypted backups: missing --encrypt-to, --recipients-file or --passphrase");
  }
  jujubackup::ClientBackupOptions options;
  options.directory = client_dir(arguments);
  options.cookie_jar = !arguments.has("no-cookie-jar");
  options.go_on_without_lock = arguments.has("without-lock");
  options.write.strict = arguments.has("strict");
  std::string path = arguments.get("filename");
  if (arguments.has("filename") && path.empty()) throw UsageError("missing filename");
  if (path.empty()) {
    path = jujubackup::client_backup_name(jujubackup::Timestamp::now(), arguments.has("utc")) + (wants_encryption(arguments) ? ".age" : "");
  }
  check_can_save(path, arguments);
  const auto recipients = recipients_from(arguments);
  tell_unfinished(options.directory, context.console);

  jujubackup::ClientBackupRecord record;
  if (path == "-") {
    jujubackup::DescriptorSink output(STDOUT_FILENO, "standard output");
    record = write_backup(options, recipients.get(), output, context);
  } else {
    OutputFile file(path);
    record = write_backup(options, recipients.get(), file, context);
    file.commit(arguments.has("force"));
  }
  for (const std::string& line : record.left_out) context.console.detail("left out: " + printable(line));
  context.console.warnings(record.warnings);
  context.console.detail("backed up " + std::to_string(record.files) + " files, " + std::to_string(record.controllers.size()) +
                         " controllers (" + size_text(record.content_bytes) + ") of " + printable(record.directory));
  if (path != "-") context.console.print(printable(path) + "\n");
  return exit_ok;
}

int show_client_backup(Context& context) {
  const Arguments& arguments = context.arguments;
  const auto source = opened(open_input(arguments.positionals().front()), arguments);
  const jujubackup::ClientBackupRecord record = jujubackup::show_client_backup(*source, &context.job);
  const std::string format = arguments.get("format", "text");
  if (format == "json")
    context.console.print(to_json(record));
  else if (format == "yaml")
    context.console.print(to_yaml(record));
  else
    context.console.print(printable_lines(to_text(record)));
  return exit_ok;
}

Command backup_command() {
  Command command;
  command.name = "backup-client";
  command.summary = "Back up the Juju client's own directory.";
  command.details =
      "Writes all that the Juju client on this machine knows (controllers, accounts, models, credentials, SSH keys) into "
      "juju-client-<date>-<time>.tar.gz in the current directory, or into --filename, and prints the name. Nobody else may read the file "
      "(mode 0600): it holds passwords and private keys that nobody can make anew. Better still, encrypt it: see encrypt-backup.\n"
      "\n"
      "The directory is read under the lock that Juju's own commands take, so Juju may be in use. If one of them holds it for more than "
      "five "
      "seconds, it is named, and nothing is backed up. Sockets, caches and lock files are left out; --verbose lists them.\n"
      "\n"
      "restore-client brings it back; so does tar xzf in the home folder.";
  command.examples = {{"", "Into the current directory."},
                      {"--recipients-file recipients.txt --filename /mnt/backups/client.tar.gz.age", "Encrypted, to another place."},
                      {"--filename - | ssh backups 'umask 077; cat > client.tar.gz'", "To another machine."}};
  command.see_also = {"restore-client", "show-client-backup", "encrypt-backup"};
  Option file = value("filename", "FILE", "Where to write it to; a - stands for standard output", Hint::file);
  file.fallback = "\"juju-client-<date>-<time>.tar.gz\"";
  command.options = with(
      {client_dir_option(), file, flag("force", "Replace a file that exists"), flag("utc", "Use UTC in the name, in place of local time"),
       no_cookie_jar_option("Leave out the login cookies that Juju 2.0 and 2.1 keep in the home folder"),
       flag("strict", "Fail where something would be left out with a warning"),
       flag("without-lock", "Go on, with a warning, if the lock cannot be had in five seconds"), armor_option()},
      recipient_options());
  command.run = backup_client;
  return command;
}

Command show_command() {
  Command command;
  command.name = "show-client-backup";
  command.usage = "<FILE>";
  command.summary = "Show what is in a backup of a client's directory.";
  command.details =
      "Tells when and where the backup was taken, and which controllers, users and models it knows. Passwords and keys are never shown. "
      "Archives that tar made of the directory are read as well. A - stands for standard input.";
  command.examples = {{"./juju-client-20161013-091500.tar.gz", "A backup of backup-client, or of tar."},
                      {"--identity key.txt ./juju-client-20161013-091500.tar.gz.age", "An encrypted one."}};
  command.see_also = {"backup-client", "restore-client", "verify-backup"};
  command.options = with({format_option()}, identity_options());
  command.min_positionals = 1;
  command.max_positionals = 1;
  command.missing = "backup filename not specified";
  command.operands = Operands::files;
  command.run = show_client_backup;
  return command;
}

}  // namespace

std::vector<Command> client_commands() { return {backup_command(), show_command()}; }

}  // namespace cli
