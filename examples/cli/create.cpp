// create-backup: a backup of the controller machine this runs on, or of a tree that looks like one.
#include <array>
#include <charconv>
#include <fstream>
#include <string>

#include <jujubackup/error.hpp>
#include <jujubackup/machine.hpp>
#include <jujubackup/store.hpp>

#include "command.hpp"
#include "document.hpp"
#include "show.hpp"
#include "target.hpp"

namespace cli {
namespace {

jujubackup::Level level_of(const std::string& text) {
  if (text == "fast") return jujubackup::Level::fast;
  if (text == "compact") return jujubackup::Level::compact;
  if (text == "default") return jujubackup::Level::standard;
  return static_cast<jujubackup::Level>(text.front() - '0');
}

// From a file, since everybody on the machine can read the arguments of a process.
std::string read_password(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 4096> buffer{};
  if (file) file.read(buffer.data(), buffer.size());
  if (!file.eof()) throw jujubackup::Error(jujubackup::ErrorCode::io, "cannot read the password file " + printable(path));
  std::string text(buffer.data(), static_cast<std::size_t>(file.gcount()));
  if (text.ends_with('\n')) text.pop_back();
  if (text.empty()) throw jujubackup::Error(jujubackup::ErrorCode::invalid_argument, "the password file " + printable(path) + " is empty");
  return text;
}

void set_database(const Arguments& arguments, jujubackup::CreateOptions& options) {
  if (arguments.has("dump") && arguments.has("mongodump")) throw UsageError("cannot mix --dump and --mongodump");
  if (arguments.has("dump")) {
    for (const char* name : {"mongo-host", "mongo-user", "mongo-password-file", "mongodump-arg", "work-dir"}) {
      if (arguments.has(name)) throw UsageError(std::string("cannot mix --dump and --") + name);
    }
    options.dump_dir = arguments.get("dump");
    if (options.dump_dir.empty()) throw UsageError("missing folder for --dump");
    return;
  }
  if (!arguments.has("mongodump")) throw UsageError("missing --dump or --mongodump: where does the database come from?");
  jujubackup::MongodumpOptions mongodump;
  mongodump.program = arguments.get("mongodump");
  mongodump.host = arguments.get("mongo-host", mongodump.host);
  mongodump.username = arguments.get("mongo-user");
  if (arguments.has("mongo-password-file")) mongodump.password = read_password(arguments.get("mongo-password-file"));
  mongodump.extra_arguments = arguments.all("mongodump-arg");
  mongodump.work_dir = arguments.get("work-dir");
  options.mongodump = std::move(mongodump);
}

jujubackup::CreateOptions options_from(const Arguments& arguments) {
  jujubackup::CreateOptions options;
  options.place.root = arguments.get("root", options.place.root);
  options.place.data_dir = arguments.get("data-dir", options.place.data_dir);
  options.place.machine_id = arguments.get("machine");
  set_database(arguments, options);
  if (!arguments.positionals().empty()) options.notes = arguments.positionals().front();
  options.hostname = arguments.get("hostname");
  options.series = arguments.get("series");
  options.base = arguments.get("base");
  options.model_uuid = arguments.get("model-uuid");
  options.controller_uuid = arguments.get("controller-uuid");
  options.instance_id = arguments.get("instance-id");
  if (arguments.has("juju-version")) {
    try {
      options.version = jujubackup::JujuVersion::parse(arguments.get("juju-version"));
    } catch (const jujubackup::Error&) {
      throw UsageError("invalid value " + quoted(arguments.get("juju-version")) + " for option --juju-version: not a Juju version");
    }
  }
  if (arguments.has("ha-nodes")) {
    const std::string text = arguments.get("ha-nodes");
    std::int64_t nodes = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), nodes);
    if (error != std::errc() || end != text.data() + text.size() || nodes < 0) {
      throw UsageError("invalid value " + quoted(text) + " for option --ha-nodes: not a number");
    }
    options.ha_nodes = nodes;
  }
  options.ca_keys = !arguments.has("no-ca-keys");
  options.check_space = !arguments.has("no-space-check");
  options.write.level = level_of(arguments.get("level", "default"));
  options.write.strict = arguments.has("strict");
  return options;
}

int create_backup(Context& context) {
  const Arguments& arguments = context.arguments;
  const std::string copy = arguments.get("filename");
  if (arguments.has("filename") && copy.empty()) throw UsageError("missing filename");
  const jujubackup::CreateOptions options = options_from(arguments);
  jujubackup::BackupStore store = open_store(arguments);
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
  if (!copy.empty()) jujubackup::save_file(*store.open_archive(record.id), copy, true, &context.job);
  return exit_ok;
}

}  // namespace

std::vector<Command> create_commands() {
  Command command;
  command.name = "create-backup";
  command.usage = "--dump DIR|--mongodump[=PROGRAM] [<notes>]";
  command.summary = "Create a backup.";
  command.details =
      "Makes a backup of the Juju controller on this machine, in the format of the Juju that runs there, puts it into the store and prints "
      "its "
      "ID. The files are taken from below --root. The database comes from the folder of a dump (--dump) or is dumped now (--mongodump). "
      "Notes are kept with the backup; put them in quotes if they are more than one word.\n"
      "\n"
      "The backup is verified while it is written, before it appears in the store. What had to be left out (sockets, files that vanished) "
      "is "
      "shown as "
      "warnings and kept with the backup; with --strict it is an error.\n"
      "\n"
      "What the backup says about the controller comes from its agent.conf, the dump and the machine; the options from --hostname to "
      "--ha-nodes "
      "replace that. The password of the database comes from agent.conf or from a file; it is never put on a command line.\n"
      "\n"
      "--filename makes a second copy there, as Juju's own command downloads one; a file of that name is replaced.";
  command.examples = {
      {"--mongodump \"before upgrade\"", "On the controller machine, as root: dump the database and back up everything."},
      {"--dump /backup/dump --filename juju.tar.gz", "Use a dump that is there already, and put a copy into this directory."},
      {"--root /mnt/controller --dump dump --juju-version 2.9.42", "The files of a controller whose disk is mounted elsewhere."},
  };
  command.see_also = {"backups", "verify-backup", "get-backup"};
  Option root = value("root", "DIR", "The prefix of all paths on the controller machine", Hint::directory);
  root.fallback = "/";
  Option data_dir = value("data-dir", "DIR", "Juju's data directory, below the root");
  data_dir.fallback = "/var/lib/juju";
  Option mongodump;
  mongodump.name = "mongodump";
  mongodump.takes = Takes::optional_value;
  mongodump.value_name = "PROGRAM";
  mongodump.fallback = "where Juju looks for it";
  mongodump.help = "Dump the database now, with this program";
  mongodump.hint = Hint::file;
  Option host = value("mongo-host", "HOST[:PORT]", "Where the database is; the port is that of agent.conf");
  host.fallback = "localhost";
  command.options = {
      root,
      data_dir,
      value("machine", "N", "Which of the machines in the data directory, if it holds several"),
      value("dump", "DIR", "Take the database from this folder, which mongodump made", Hint::directory),
      mongodump,
      host,
      value("mongo-user", "NAME", "The user of the database; by default the machine's own"),
      value("mongo-password-file", "FILE", "A file whose first line is the password; by default that of agent.conf", Hint::file),
      value("mongodump-arg", "ARG", "One more argument for mongodump; may be repeated"),
      value("work-dir", "DIR", "Where mongodump writes to; by default the system's temporary directory", Hint::directory),
      value("hostname", "NAME", "The name of the controller machine"),
      value("series", "SERIES", "The series of the controller machine (Juju 2)"),
      value("base", "BASE", "The base of the controller machine (Juju 3), e.g. ubuntu@22.04"),
      value("model-uuid", "UUID", "The controller model"),
      value("controller-uuid", "UUID", "The controller"),
      value("instance-id", "ID", "What the cloud calls the controller machine"),
      value("juju-version", "VERSION", "The version of Juju on the controller; decides on the format"),
      value("ha-nodes", "N", "How many controller machines there are"),
      choice("level", {"fast", "default", "compact", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, "default",
             "How hard to compress; fast leaves out the check of what was compressed"),
      flag("strict", "Fail where something would be left out with a warning"),
      flag("no-ca-keys", "Leave the CA certificate and key out of the metadata (Juju 2.0 to 2.9.31 puts them there)"),
      flag("no-space-check", "Do not look whether there is enough space first"),
      value("filename", "FILE", "Also download to this file", Hint::file),
      format_option(),
      style_option(),
  };
  command.max_positionals = 1;
  command.run = create_backup;
  return {command};
}

}  // namespace cli
