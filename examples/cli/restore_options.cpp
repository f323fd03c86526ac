#include "restore_options.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include <jujubackup/error.hpp>

#include "document.hpp"

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

std::string below(const std::string& root, const std::string& path) {
  const std::size_t at = path.find_first_not_of('/');
  return (root.ends_with('/') ? root : root + "/") + (at == std::string::npos ? "" : path.substr(at));
}

bool is_machine_itself(const Arguments& arguments) {
  return std::filesystem::path(arguments.get("root", "/")).lexically_normal() == std::filesystem::path("/");
}

std::string work_dir_of(const Arguments& arguments) {
  if (arguments.has("work-dir") || !arguments.has("data-dir")) return arguments.get("work-dir");
  return below("", arguments.get("data-dir")).substr(1) + "/restore";
}

// Of a rehearsal: what the backup says of other machines must not reach real ones.
class HereAlone final : public jujubackup::Hosts {
 public:
  explicit HereAlone(jujubackup::Hosts& hosts) : hosts_(hosts) {}
  void reach(const jujubackup::ControllerHost& host, jujubackup::Job* job) override {
    refuse(host);
    hosts_.reach(host, job);
  }
  jujubackup::HostAnswer run(const jujubackup::ControllerHost& host, const jujubackup::HostCommand& command,
                             jujubackup::Job* job) override {
    refuse(host);
    return hosts_.run(host, command, job);
  }

 private:
  static void refuse(const jujubackup::ControllerHost& host) {
    if (host.here) return;
    throw jujubackup::Error(jujubackup::ErrorCode::unsupported,
                            "from below another root no other machine is reached, unless --ssh-identity names a key");
  }
  jujubackup::Hosts& hosts_;
};

std::unique_ptr<jujubackup::Database> open_database(Context& context, const jujubackup::RestoreOptions& options) {
  const Arguments& arguments = context.arguments;
  if (arguments.has("database-folder")) {
    const std::string folder = arguments.get("database-folder");
    if (folder.empty()) throw UsageError("missing folder for --database-folder");
    // It would be made otherwise, also by what only looks.
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) {
      throw jujubackup::Error(jujubackup::ErrorCode::not_found, "the database folder " + printable(folder) + " is not there");
    }
    return jujubackup::folder_database(folder);
  }
  if (!is_machine_itself(arguments)) return nullptr;
  jujubackup::MongoDatabaseOptions mongo;
  mongo.place = options.place;
  mongo.host = options.mongo_host;
  try {
    return jujubackup::mongo_database(mongo);
  } catch (const jujubackup::Error& error) {
    if (error.code() != jujubackup::ErrorCode::unsupported) throw;
    context.console.warning(error.what());
    return nullptr;
  }
}

jujubackup::SshOptions ssh_options(const Arguments& arguments, const jujubackup::RestoreOptions& options) {
  jujubackup::SshOptions ssh;
  ssh.program = arguments.get("ssh", ssh.program);
  ssh.strict_host_keys = arguments.has("strict-host-keys");
  ssh.identity_path = arguments.get("ssh-identity", below(options.place.root, options.place.data_dir + "/system-identity"));
  std::error_code error;
  // Without one ssh tries what it finds.
  if (!arguments.has("ssh-identity") && !std::filesystem::exists(ssh.identity_path, error)) ssh.identity_path.clear();
  return ssh;
}

}  // namespace

std::vector<Option> restore_machine_options() {
  Option root = value("root", "DIR", "The prefix of all paths on the controller machine", Hint::directory);
  root.fallback = "/";
  Option data_dir = value("data-dir", "DIR", "Juju's data directory, below the root");
  data_dir.fallback = "/var/lib/juju";
  Option host = value("mongo-host", "HOST[:PORT]", "Where the database is; the port is that of agent.conf");
  host.fallback = "localhost";
  Option ssh = value("ssh", "PROGRAM", "The program that gets to the other controller machines", Hint::file);
  ssh.fallback = "ssh";
  Option systemctl = value("systemctl", "PROGRAM", "The program that starts and stops services", Hint::file);
  systemctl.fallback = "systemctl";
  Option work_dir = value("work-dir", "DIR", "Where the journal and what is replaced are kept, below the root");
  work_dir.fallback = "restore in the data directory";
  return {
      choice("kind", kind_names(), "by what is found", "What to restore"),
      root,
      data_dir,
      value("machine", "N", "Which of the machines in the data directory, if it holds several"),
      flag("allow-downgrade", "Accept a backup of an older Juju than the controller's"),
      flag("copy-controller", "The same as --kind copy-controller"),
      flag("include-status-history", "Restore the history of statuses, too"),
      flag("manual-agent-control", "Leave stopping and starting agents to the operator"),
      repeatable(value("override", "CHECK", "Accept the blocker of that check, where that is safe")),
      value("private-address", "ADDRESS", "Of this machine, for the other machines"),
      value("public-address", "ADDRESS", "Of this machine, for clients"),
      value("instance-id", "ID", "What the cloud calls this machine"),
      value("staging-dir", "DIR", "Where the dump is unpacked; by default the system's temporary directory", Hint::directory),
      value("mongorestore", "PROGRAM", "By default where Juju looks for it", Hint::file),
      host,
      value("database-folder", "DIR", "Take this folder, shaped like a dump, for the database: a rehearsal", Hint::directory),
      work_dir,
      ssh,
      value("ssh-identity", "FILE", "The key for other machines; by default system-identity in the data directory", Hint::file),
      flag("strict-host-keys", "Reach no machine whose host key is not known yet"),
      systemctl,
  };
}

std::string restore_machine_option_given(const Arguments& arguments) {
  for (const Option& option : restore_machine_options()) {
    if (arguments.has(option.name)) return option.name;
  }
  return "";
}

jujubackup::RestoreOptions restore_options_from(const Arguments& arguments) {
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
  options.mongo_host = arguments.get("mongo-host", options.mongo_host);
  options.work_dir = work_dir_of(arguments);
  options.update_agents = is_machine_itself(arguments) || arguments.has("ssh-identity");
  return options;
}

jujubackup::RestorePlace restore_place_from(const Arguments& arguments) { return {arguments.get("root", "/"), work_dir_of(arguments)}; }

bool is_controller_machine(const Arguments& arguments) {
  const std::string agents = below(arguments.get("root", "/"), arguments.get("data-dir", "/var/lib/juju")) + "/agents";
  std::error_code error;
  // What is in a machine's folder only root may see.
  for (std::filesystem::directory_iterator entry(agents, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().filename().string().starts_with("machine-")) return true;
  }
  return false;
}

int exit_code_of(const jujubackup::RestorePlan& plan) {
  int code = exit_ok;
  for (const jujubackup::RestoreCheck& check : plan.checks) {
    if (check.state == jujubackup::CheckState::blocker) return exit_failed;
    if (check.state == jujubackup::CheckState::warning) code = exit_warnings;
  }
  return code;
}

Workbench::Workbench(Context& context) {
  const Arguments& arguments = context.arguments;
  const jujubackup::RestoreOptions options = restore_options_from(arguments);
  database_ = open_database(context, options);
  reaches_others_ = is_machine_itself(arguments) || arguments.has("ssh-identity");
  ssh_ = jujubackup::ssh_hosts(ssh_options(arguments, options));
  hosts_ = std::make_unique<HereAlone>(*ssh_);
  jujubackup::SystemdOptions systemd;
  systemd.program = arguments.get("systemctl", systemd.program);
  systemd.root = options.place.root;
  services_ = jujubackup::systemd_services(reaches_others_ ? *ssh_ : *hosts_, systemd);
}

jujubackup::RestoreViews Workbench::views() const { return {database_.get(), reaches_others_ ? ssh_.get() : nullptr}; }

jujubackup::RestoreTools Workbench::tools() const {
  return {database_.get(), services_.get(), reaches_others_ ? ssh_.get() : hosts_.get()};
}

}  // namespace cli
