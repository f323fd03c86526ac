// create-backup: by a controller, or, from a dump, of the controller machine this runs on or of a tree that looks like one.
#include <string>

#include <jujubackup/error.hpp>
#include <jujubackup/machine.hpp>
#include <jujubackup/store.hpp>

#include "command.hpp"
#include "create_remote.hpp"
#include "document.hpp"
#include "encryption_options.hpp"
#include "machine_options.hpp"
#include "output.hpp"
#include "show.hpp"
#include "target.hpp"

namespace cli {
namespace {

int create_here(Context& context) {
  const Arguments& arguments = context.arguments;
  const std::string from = arguments.has("dump") ? "dump" : "mongodump";
  for (const char* name : {"no-download", "keep-copy"}) {
    if (arguments.has(name)) throw UsageError("cannot mix --" + from + " and --" + name);
  }
  const std::string copy = file_to_create(arguments);
  jujubackup::CreateOptions options = machine_options_from(arguments);
  if (!arguments.positionals().empty()) options.notes = arguments.positionals().front();
  const Place place = find_local_place(arguments);
  if (!copy.empty()) check_can_save(copy, arguments);
  options.encryption = store_encryption_from(arguments);
  jujubackup::BackupStore store = open_store(place, context);
  const jujubackup::BackupRecord record = jujubackup::create_backup(store, options, &context.job);
  context.console.warnings(record.warnings);
  context.console.detail((record.verified.is_zero() ? "stored " : "stored and verified ") + record.file_name + " (" +
                         size_text(record.size_bytes) + ") in " + store.url());

  const bool as_text = arguments.get("format", "text") == "text";
  if (as_text && arguments.get("style", "2.0") == "2.0") {
    context.console.print(record.id + "\n");
    if (!copy.empty()) context.console.print("downloading to " + printable(copy) + "\n");
  } else {
    context.console.print(record_text(record, arguments));
    if (!copy.empty()) context.console.info("downloading to " + printable(copy));
  }
  // Juju prints this much before it downloads, so that the ID is known if the copy fails.
  context.console.flush();
  if (!copy.empty()) save(*store.open_archive(record.id), copy, context);
  return exit_ok;
}

int create_backup(Context& context) {
  const Arguments& arguments = context.arguments;
  if (wants_machine(arguments)) return create_here(context);
  // Juju looks at these before anything else.
  file_to_create(arguments);
  const bool for_machine = !machine_option_given(arguments).empty();
  const Place place = for_machine ? Place() : find_place(context);
  if (!place.is_controller()) throw UsageError("missing --dump or --mongodump: where does the database come from?");
  if (const std::string name = encryption_option_given(arguments); !name.empty()) {
    throw UsageError("--" + name + " is for backups of this machine (--dump, --mongodump); encrypt-backup encrypts what was downloaded");
  }
  return create_on_controller(place, context);
}

}  // namespace

std::vector<Command> create_commands() {
  Command command;
  command.name = "create-backup";
  command.usage = "[--dump DIR|--mongodump[=PROGRAM]] [<notes>]";
  command.summary = "Create a backup.";
  command.details =
      "With a controller in use (--model, --controller, --store juju:NAME, or the current one of the Juju client): asks the controller for "
      "a "
      "backup of itself, downloads it and prints what Juju of the controller's release prints. Size and checksum are compared with what "
      "the "
      "controller promised. The file is juju-backup-<date>-<time>.tar.gz in the current directory, or --filename. Copies that stay on the "
      "controller (--no-download, --keep-copy, and every backup in 2.0 to 2.3) are lost with it.\n"
      "\n"
      "With --dump or --mongodump: makes a backup of the Juju controller on this machine, in the format of the Juju that runs there, puts "
      "it "
      "into the store and prints its ID. The files are taken from below --root. The database comes from the folder of a dump (--dump) or "
      "is "
      "dumped now (--mongodump). --filename makes a second copy there.\n"
      "\n"
      "Notes are kept with the backup; put them in quotes if they are more than one word. A file that exists is replaced only with "
      "--force.\n"
      "\n"
      "A backup of this machine is verified while it is written, before it appears in the store. What had to be left out (sockets, files "
      "that "
      "vanished) is shown as warnings and kept with the backup; with --strict it is an error.\n"
      "\n"
      "What it says about the controller comes from its agent.conf, the dump and the machine; the options from --hostname to --ha-nodes "
      "replace that. The password of the database comes from agent.conf or from a file; it is never put on a command line.\n"
      "\n"
      "A backup of this machine can be encrypted as it goes into the store, to public keys or to a passphrase: see encrypt-backup. The "
      "copy of "
      "--filename is then encrypted as well.";
  command.examples = {
      {"-m prod:controller \"before upgrade\"", "Let a controller make a backup, and download it."},
      {"--mongodump \"before upgrade\"", "On the controller machine, as root: dump the database and back up everything."},
      {"--dump /backup/dump --filename juju.tar.gz", "Use a dump that is there already, and put a copy into this directory."},
      {"--mongodump --recipients-file recipients.txt", "Encrypt it to all who are named in a file."},
      {"--root /mnt/controller --dump dump --juju-version 2.9.42", "The files of a controller whose disk is mounted elsewhere."},
  };
  command.see_also = {"backups", "verify-backup", "download-backup", "serve"};
  Option file = value("filename", "FILE", "Download to this file", Hint::file);
  file.fallback = "\"juju-backup-<date>-<time>.tar.gz\"";
  const std::vector<Option> own = {
      file,
      flag("no-download", "Do not download the archive: it stays on the controller"),
      flag("keep-copy", "Keep a copy of the archive on the controller (2.4 to 2.9.21)"),
      flag("force", "Replace a file that exists"),
      format_option(),
      style_option(),
  };
  command.options = with(with(machine_options(), own), with(recipient_options(), {bare_record_option()}));
  command.max_positionals = 1;
  command.run = create_backup;
  return {command};
}

}  // namespace cli
