// serve: the embedded controller.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <jujubackup/client.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/server.hpp>

#include "command.hpp"
#include "document.hpp"
#include "machine_options.hpp"
#include "password_file.hpp"

namespace cli {
namespace {

jujubackup::JujuVersion version_to_be(const std::string& text) {
  if (text == "2.0") return jujubackup::JujuVersion{2, 0, "", 0, 0};
  if (text == "2.9") return jujubackup::JujuVersion{2, 9, "", 21, 0};
  if (text == "3.6") return jujubackup::JujuVersion{3, 6, "", 4, 0};
  try {
    return jujubackup::JujuVersion::parse(text);
  } catch (const jujubackup::Error&) {
    throw UsageError("invalid value " + cli::quoted(text) + " for option --emulate: expected 2.0, 2.9, 3.6 or a version of Juju");
  }
}

std::string default_state_dir() {
  // Beside the user's store.
  constexpr std::string_view scheme = "file:";
  const std::string url = jujubackup::default_store_url();
  return (url.starts_with(scheme) ? url.substr(scheme.size()) : url) + "-controller";
}

void make_private_directory(const std::string& path) {
  const std::filesystem::path whole(path);
  std::error_code error;
  if (whole.has_parent_path()) std::filesystem::create_directories(whole.parent_path(), error);
  if (!error && ::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) error = {errno, std::generic_category()};
  if (error) throw jujubackup::Error::from_errno(error.value(), "making the directory " + printable(path));
}

// Lines of the server's log, to a file that only its owner reads, or to standard error.
class Log {
 public:
  explicit Log(const std::string& path) {
    if (path == "-") return;
    fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd_ < 0) throw jujubackup::Error::from_errno(errno, "opening the log " + printable(path));
  }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log() {
    if (fd_ != STDERR_FILENO) ::close(fd_);
  }
  // A full disk is no reason to stop serving.
  void write(std::string_view line) const {
    std::string whole(line);
    if (!whole.ends_with('\n')) whole += '\n';
    std::string_view rest = whole;
    while (!rest.empty()) {
      const ssize_t written = ::write(fd_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }

 private:
  int fd_ = STDERR_FILENO;
};

// What a restore replaces. Of "/" nothing is, unless somebody wrote that: a client should not replace the machine that it happens to reach.
std::optional<jujubackup::ServerRestore> restore_from(const Arguments& arguments, const jujubackup::CreateOptions& create) {
  const bool from_folder = arguments.has("dump");
  if (arguments.has("mongorestore") && (from_folder || !arguments.has("root"))) {
    throw UsageError(from_folder ? "cannot mix --dump and --mongorestore" : "--mongorestore needs --root: what does a restore replace?");
  }
  if (!arguments.has("root") || (!from_folder && !arguments.has("mongorestore"))) return std::nullopt;
  jujubackup::ServerRestore restore;
  restore.options.place = create.place;
  restore.options.mongorestore = arguments.get("mongorestore");
  if (from_folder) {
    restore.database = [folder = create.dump_dir] { return jujubackup::folder_database(folder); };
    return restore;
  }
  jujubackup::MongoDatabaseOptions mongo;
  mongo.place = create.place;
  mongo.host = create.mongodump->host;
  restore.options.mongo_host = mongo.host;
  restore.database = [mongo] { return jujubackup::mongo_database(mongo); };
  return restore;
}

jujubackup::ServerOptions options_from(const Arguments& arguments) {
  for (const char* name : {"model", "controller"}) {
    if (arguments.has(name)) throw UsageError(std::string("cannot mix serve and --") + name);
  }
  jujubackup::ServerOptions options;
  options.address = arguments.get("address", options.address);
  options.advertise = arguments.all("advertise");
  options.version = version_to_be(arguments.get("emulate", "2.9"));
  options.state_dir = arguments.has("state-dir") ? arguments.get("state-dir") : default_state_dir();
  if (options.state_dir.empty()) throw UsageError("missing folder for --state-dir");
  options.store_url = arguments.get("store");
  options.backup_dir = arguments.get("backup-dir");
  if (wants_machine(arguments)) {
    options.create = machine_options_from(arguments);
    options.restore = restore_from(arguments, *options.create);
  } else if (arguments.has("mongorestore")) {
    throw UsageError("--mongorestore is about what a restore replaces: missing --mongodump");
  } else if (const std::string name = machine_option_given(arguments); !name.empty()) {
    throw UsageError("--" + name + " is about what Create backs up: missing --dump or --mongodump");
  }
  return options;
}

// When the server is started again, its client directory may be there already.
bool knows(const std::string& client_dir, const std::string& name, const jujubackup::Server& server) {
  const jujubackup::ClientDirectory directory = jujubackup::ClientDirectory::read(client_dir);
  const auto& all = directory.controllers();
  return std::any_of(all.begin(), all.end(), [&](const jujubackup::ClientController& known) {
    return known.name == name && known.uuid == server.controller_uuid() &&
           std::find(known.endpoints.begin(), known.endpoints.end(), server.address()) != known.endpoints.end();
  });
}

void write_client_dir(const std::string& path, const std::string& name, const jujubackup::Server& server,
                      const jujubackup::ServerUser& user) {
  try {
    server.write_client_dir(path, name, user);
  } catch (const jujubackup::Error& error) {
    if (error.code() != jujubackup::ErrorCode::exists || !knows(path, name, server)) throw;
  }
}

int serve(Context& context) {
  const Arguments& arguments = context.arguments;
  Console& console = context.console;
  jujubackup::ServerOptions options = options_from(arguments);
  const std::string client_dir = arguments.get("client-dir");
  const std::string name = arguments.get("name", "embedded");
  make_private_directory(options.state_dir);
  const std::string password_file = arguments.get("password-file", options.state_dir + "/password");
  bool made = false;
  jujubackup::ServerUser user;
  user.name = arguments.get("user", "admin");
  user.password = read_or_make_password(password_file, made);
  options.users = {user};
  std::optional<Log> log;
  if (arguments.has("log")) {
    log.emplace(arguments.get("log"));
    options.log = [&log](std::string_view line) { log->write(line); };
  }

  jujubackup::Server server = jujubackup::Server::start(options);
  if (!client_dir.empty()) write_client_dir(client_dir, name, server, user);
  std::string text = "listening on " + server.address() + " as Juju " + options.version.to_string() + "\n";
  text += "controller UUID: " + server.controller_uuid() + "\n";
  text += "model UUID:      " + server.model_uuid() + "\n";
  text += "user:            " + printable(user.name) + "\n";
  text += "password file:   " + printable(password_file) + (made ? " (new)" : "") + "\n";
  if (!client_dir.empty()) {
    const std::string directory = printable(std::filesystem::absolute(client_dir).lexically_normal().string());
    text += "use it with:     JUJU_DATA=" + directory + " juju create-backup -m " + printable(name) + ":controller\n";
    text += "or:              JUJU_DATA=" + directory + " jujubackup --store juju:" + printable(name) + " backups\n";
  } else {
    text += "--client-dir DIR makes a client directory that knows this controller\n";
  }
  console.print(text);
  console.flush();

  wait_for_signal();
  console.info("stopping; once more stops at once");
  server.stop();
  return exit_ok;
}

}  // namespace

std::vector<Command> serve_commands() {
  Command command;
  command.name = "serve";
  command.summary = "Run an embedded controller that speaks Juju's backup API.";
  command.details =
      "Serves backups to Juju clients, as a controller of the release given with --emulate does: 2.0 keeps every backup, 2.9 (2.9.21) "
      "keeps "
      "them on request, 3.6 and what is later than 2.9.21 lets each be downloaded once. It is no Juju controller otherwise.\n"
      "\n"
      "What it keeps is in --store, or below the state directory; $JUJUBACKUP_STORE does not count here. What it backs up when a client "
      "asks "
      "for that is said with --dump or --mongodump and the options that go with them, as for create-backup; without them it says that it "
      "has "
      "nothing to back up.\n"
      "\n"
      "With --root as well, a 2.0 or 2.9 controller also restores: with --dump what a client restores replaces the files below the root "
      "and "
      "the "
      "collections in the folder; with --mongodump and --mongorestore the files and the database that mongod serves. Everything is checked "
      "first, and undone if a part of it fails. When the server is started again after it was killed in a restore, it undoes what was done "
      "of it.\n"
      "\n"
      "The state directory holds the private CA, made on the first start: who can read it can pose as this controller. The password is in "
      "the password file; if that is missing it is made, with a random one. --client-dir makes a directory that knows the controller, for "
      "the variable JUJU_DATA of clients; it holds the password as well.\n"
      "\n"
      "When it is ready it prints where it listens, and runs until SIGINT or SIGTERM: then running transfers may end, and the exit code is "
      "0. "
      "A second signal ends it at once.";
  command.examples = {
      {"--client-dir ./client --emulate 2.9", "As a 2.9.21 controller, for clients on this machine."},
      {"--root ./machine --dump ./machine-dump --client-dir ./client",
       "Of a folder that looks like a machine, to back it up and restore it."},
      {"--address 0.0.0.0:17070 --advertise backups.example.com:17070 --store /mnt/backups", "For others."},
  };
  command.see_also = {"create-backup", "upload-backup"};
  Option address = value("address", "HOST:PORT", "Where to listen; port 0 stands for any that is free");
  address.fallback = "127.0.0.1:17070";
  Option state = value("state-dir", "DIR", "Where its keys are, and what it keeps", Hint::directory);
  state.fallback = "~/.local/share/jujubackup-controller";
  Option emulate = value("emulate", "VERSION", "Which release of Juju to be: 2.0, 2.9, 3.6 or a full version");
  emulate.fallback = "2.9";
  Option user = value("user", "NAME", "Who may log in");
  user.fallback = "admin";
  Option password = value("password-file", "FILE", "The file whose first line is the user's password; made if missing", Hint::file);
  password.fallback = "password in the state directory";
  Option name = value("name", "CONTROLLER", "What the client directory calls it");
  name.fallback = "embedded";
  const std::vector<Option> own = {
      address,
      repeatable(value("advertise", "HOST:PORT", "What clients are told to dial")),
      state,
      value("backup-dir", "DIR", "Where archives wait for their one download; by default below the state directory", Hint::directory),
      emulate,
      user,
      password,
      value("client-dir", "DIR", "Make this client directory, which knows the controller", Hint::directory),
      name,
      value("log", "FILE", "Write a log there, one JSON object a line; - stands for standard error", Hint::file),
  };
  command.options = own;
  const std::vector<Option> machine = machine_options();
  command.options.insert(command.options.end(), machine.begin(), machine.end());
  Option mongorestore;
  mongorestore.name = "mongorestore";
  mongorestore.takes = Takes::optional_value;
  mongorestore.value_name = "PROGRAM";
  mongorestore.fallback = "where Juju looks for it";
  mongorestore.help = "Let clients restore the database, with this program; needs --root and --mongodump";
  mongorestore.hint = Hint::file;
  command.options.push_back(mongorestore);
  command.run = serve;
  return {command};
}

}  // namespace cli
