#include "machine_options.hpp"

#include <charconv>
#include <utility>

#include <jujubackup/error.hpp>

#include "document.hpp"
#include "password_file.hpp"

namespace cli {
namespace {

jujubackup::Level level_of(const std::string& text) {
  if (text == "fast") return jujubackup::Level::fast;
  if (text == "compact") return jujubackup::Level::compact;
  if (text == "default") return jujubackup::Level::standard;
  return static_cast<jujubackup::Level>(text.front() - '0');
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

}  // namespace

std::vector<Option> machine_options() {
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
  return {
      root,
      data_dir,
      value("machine", "N", "Which of the machines in the data directory, if it holds several"),
      value("dump", "DIR", "Take the database from this folder, which mongodump made", Hint::directory),
      mongodump,
      host,
      value("mongo-user", "NAME", "The user of the database; by default the machine's own"),
      value("mongo-password-file", "FILE", "A file whose first line is the password; by default that of agent.conf", Hint::file),
      repeatable(value("mongodump-arg", "ARG", "One more argument for mongodump")),
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
  };
}

bool wants_machine(const Arguments& arguments) { return arguments.has("dump") || arguments.has("mongodump"); }

std::string machine_option_given(const Arguments& arguments) {
  for (const Option& option : machine_options()) {
    if (option.name != "dump" && option.name != "mongodump" && arguments.has(option.name)) return option.name;
  }
  return "";
}

jujubackup::CreateOptions machine_options_from(const Arguments& arguments) {
  jujubackup::CreateOptions options;
  options.place.root = arguments.get("root", options.place.root);
  options.place.data_dir = arguments.get("data-dir", options.place.data_dir);
  options.place.machine_id = arguments.get("machine");
  set_database(arguments, options);
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

}  // namespace cli
