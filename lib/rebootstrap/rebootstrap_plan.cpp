#include <algorithm>
#include <optional>
#include <utility>

#include <jujubackup/error.hpp>
#include <jujubackup/rebootstrap.hpp>

#include "base/text.hpp"
#include "io/process.hpp"
#include "net/tls_stream.hpp"
#include "rebootstrap/bootstrap_call.hpp"
#include "rebootstrap/client_copy.hpp"

namespace jujubackup {
namespace {

constexpr std::chrono::seconds patience_with_juju{60};

ClientController known_controller(const ClientDirectory& directory, const std::string& name) {
  const auto& all = directory.controllers();
  const auto found = std::find_if(all.begin(), all.end(), [&](const ClientController& known) { return known.name == name; });
  if (found == all.end()) throw Error(ErrorCode::not_found, "controller " + printable(name) + " not found");
  return *found;
}

// Where the old controller answers; nothing if it does not. `other`: somebody answers, who is not it.
std::optional<std::string> answering(const ClientController& controller, std::chrono::milliseconds timeout, bool& other, Job* job) {
  DialOptions to;
  for (const std::string& endpoint : controller.endpoints) to.endpoints.push_back(parse_endpoint(endpoint));
  if (to.endpoints.empty()) return std::nullopt;
  to.ca_cert = controller.ca_cert;
  to.public_hostname = controller.public_hostname;
  to.timeout = timeout;
  try {
    const Dialled dialled = dial(to, job);
    dialled.stream->close();
    return dialled.endpoint.to_string();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    other = error.code() == ErrorCode::permission;
    return std::nullopt;
  }
}

std::string output_of(const std::string& program, std::vector<std::string> arguments, Job* job) {
  Command command;
  command.program = program;
  command.arguments = std::move(arguments);
  command.timeout = patience_with_juju;
  command.max_output_bytes = std::size_t{1} << 20;
  // Whatever the user's shell says: the texts are read.
  command.environment = {{"LC_ALL", "C"}};
  const CommandResult result = run_command(command, job);
  if (result.exit_code != 0) {
    throw Error(ErrorCode::program,
                printable(program) + " " + command.arguments.front() + " failed with exit code " + std::to_string(result.exit_code));
  }
  return result.output;
}

BackupFacts facts_of_good_backup(Archive& archive, Job* job) {
  BackupFacts facts = read_backup_facts(archive, {}, job);
  if (facts.verification.verdict() == Verdict::bad) {
    throw Error(ErrorCode::corrupt, "the backup is damaged and cannot be restored: verify-backup says where");
  }
  return facts;
}

void warn_of_account(const ClientAccount& account, std::vector<std::string>& warnings) {
  if (account.user == "admin" && !account.password.empty()) return;
  warnings.push_back(
      "the client has no password of the user admin: juju makes one for the new controller, and after the restore that of the backup "
      "holds");
}

}  // namespace

RebootstrapPlan plan_rebootstrap(Archive& archive, const RebootstrapOptions& options, Job* job) {
  RebootstrapPlan plan;
  plan.client_dir = options.client_dir.empty() ? default_client_dir() : options.client_dir;
  plan.juju = options.juju;
  const ClientDirectory directory = ClientDirectory::read(plan.client_dir, job);
  plan.controller = options.controller.empty() ? directory.current_controller() : options.controller;
  if (plan.controller.empty()) throw Error(ErrorCode::invalid_argument, "no current controller, and none specified");
  const ClientController old = known_controller(directory, plan.controller);
  plan.old_endpoints = old.endpoints;
  const rebootstrapping::BootstrapRecord record =
      rebootstrapping::parse_bootstrap_record(rebootstrapping::read_client_file(plan.client_dir, "bootstrap-config.yaml"), plan.controller);
  plan.cloud = record.cloud.empty() ? old.cloud : record.cloud;
  plan.region = record.region.empty() ? old.region : record.region;
  plan.credential = record.credential;
  if (plan.cloud.empty()) throw Error(ErrorCode::not_found, "the client does not know the cloud of " + printable(plan.controller));

  if (find_in_path(plan.juju).empty()) {
    throw Error(ErrorCode::not_found, "program " + go_quote(plan.juju) + " not found: bootstrapping is done by the juju of the user");
  }
  rebootstrapping::JujuProgram juju;
  juju.version = rebootstrapping::parse_juju_version(output_of(plan.juju, {"version"}, job));
  juju.options = rebootstrapping::parse_options(output_of(plan.juju, {"help", "bootstrap"}, job));
  plan.juju_version = juju.version;

  bool other = false;
  if (const auto endpoint = answering(old, options.dial_timeout, other, job)) {
    throw Error(ErrorCode::exists,
                "the old controller " + printable(plan.controller) + " still answers at " + *endpoint + "; will not replace");
  }
  if (other) plan.warnings.emplace_back("at an address of the old controller somebody answers with another certificate");
  if (old.endpoints.empty()) plan.warnings.emplace_back("the client knows no address of the old controller, so none was tried");

  const BackupFacts backup = facts_of_good_backup(archive, job);
  const rebootstrapping::CaKeys keys = rebootstrapping::read_ca_keys(archive, job);
  if (!old.uuid.empty() && !backup.controller_uuid.empty() && old.uuid != backup.controller_uuid) {
    throw Error(ErrorCode::invalid_argument, "the backup is of controller " + printable(backup.controller_uuid) + ", and " +
                                                 printable(plan.controller) + " is " + printable(old.uuid));
  }
  plan.backup_version = backup.version;
  plan.controller_uuid = backup.controller_uuid.empty() ? old.uuid : backup.controller_uuid;
  plan.machine_id = backup.machine_id;
  plan.ha_nodes = backup.ha_nodes;
  plan.arguments = rebootstrapping::bootstrap_arguments(plan, backup, options, juju, plan.warnings);
  // Its agents are of that version, whatever juju makes them.
  const auto asked = std::find(plan.arguments.begin(), plan.arguments.end(), "--agent-version");
  const JujuVersion made = asked == plan.arguments.end() ? juju.version : backup.version;
  plan.restores_over_api = made < JujuVersion{2, 9, "", 22, 0};
  const ClientAccount account = rebootstrapping::account_of(plan.client_dir, plan.controller);
  warn_of_account(account, plan.warnings);
  for (const auto& [key, value] : rebootstrapping::bootstrap_config(record, keys, account)) plan.config_keys.push_back(key);
  return plan;
}

std::string to_text(const RebootstrapPlan& plan) {
  std::string text = "Bootstrap " + printable(plan.controller) + " again:\n  " + printable(plan.juju);
  for (const std::string& word : plan.arguments) {
    const bool is_plain = !word.empty() && word.find_first_of(" '\"\\$") == std::string::npos;
    text += " " + (is_plain ? printable(word) : quoted_name(word));
  }
  text += "\n  with a private configuration file that says:";
  for (const std::string& key : plan.config_keys) text += " " + printable(key);
  text += "\nThen restore Juju " + plan.backup_version.to_string() + " onto it " +
          (plan.restores_over_api ? "over its API.\n" : "over ssh, with jujubackup on the machine.\n");
  text += "The client directory " + printable(plan.client_dir) + " changes after that.\n";
  for (const std::string& warning : plan.warnings) text += "warning: " + printable(warning) + "\n";
  return text;
}

}  // namespace jujubackup
