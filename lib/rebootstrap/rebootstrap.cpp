#include <algorithm>
#include <utility>

#include <jujubackup/error.hpp>
#include <jujubackup/rebootstrap.hpp>

#include "base/text.hpp"
#include "base/yaml.hpp"
#include "client/backup_lock.hpp"
#include "client/merge.hpp"
#include "io/process.hpp"
#include "io/walk.hpp"
#include "rebootstrap/bootstrap_call.hpp"
#include "rebootstrap/client_copy.hpp"
#include "rebootstrap/line_splitter.hpp"

namespace jujubackup {
namespace {

// A bootstrap takes minutes; a machine that never comes up is given up by juju itself before.
constexpr std::chrono::seconds longest_bootstrap{2 * 3600};
constexpr std::chrono::seconds patience_with_old{30};
constexpr const char* config_name = "bootstrap-config.yaml";

void tell(const RebootstrapEvents& on_event, RebootstrapEvent::Kind kind, std::string_view text) {
  if (on_event) on_event({kind, text});
}

// No command of juju asks a cloud for the machines of a controller, so this is the controller's word through whatever way juju has to it.
bool juju_reaches(const RebootstrapPlan& plan, const std::string& client_dir, const RebootstrapEvents& on_event, Job* job) {
  Command command;
  command.program = plan.juju;
  command.arguments = {"status", "--model", plan.controller + ":controller", "--format", "json"};
  command.environment = {{"JUJU_DATA", client_dir}};
  command.timeout = patience_with_old;
  try {
    return run_command(command, job).exit_code == 0;
  } catch (const Error& error) {
    // It waits for the controller to come up: then it is not up.
    if (error.code() != ErrorCode::program) throw;
    tell(on_event, RebootstrapEvent::Kind::warning, "juju had no answer from the old controller: " + error.message());
    return false;
  }
}

void run_bootstrap(const RebootstrapPlan& plan, const std::string& work_dir, const std::string& client_dir,
                   const RebootstrapEvents& on_event, Job* job) {
  rebootstrapping::LineSplitter lines([&](std::string_view line) { tell(on_event, RebootstrapEvent::Kind::output, line); });
  Command command;
  command.program = plan.juju;
  command.arguments = plan.arguments;
  std::replace(command.arguments.begin(), command.arguments.end(), std::string(config_place), join_path(work_dir, config_name));
  // What else would choose a controller or model for it.
  command.environment = {{"JUJU_DATA", client_dir}, {"JUJU_MODEL", ""}, {"JUJU_CONTROLLER", ""}};
  command.timeout = longest_bootstrap;
  command.on_output = [&](std::string_view text) { lines.add(text); };
  const CommandResult result = run_command(command, job);
  lines.finish();
  if (result.exit_code != 0) {
    throw Error(ErrorCode::program,
                "cannot bootstrap new instance: juju bootstrap failed with exit code " + std::to_string(result.exit_code));
  }
}

ClientController made_controller(const std::string& client_dir, const std::string& name, Job* job) {
  const ClientDirectory directory = ClientDirectory::read(client_dir, job);
  const auto& all = directory.controllers();
  const auto found = std::find_if(all.begin(), all.end(), [&](const ClientController& known) { return known.name == name; });
  if (found == all.end() || found->endpoints.empty()) {
    throw Error(ErrorCode::program, "juju bootstrap ended well, but left no address of the new controller");
  }
  return *found;
}

}  // namespace

Rebootstrapped rebootstrap(const RebootstrapPlan& plan, Archive& archive, const RebootstrapEvents& on_event, Job* job) {
  const rebootstrapping::CaKeys keys = rebootstrapping::read_ca_keys(archive, job);
  const rebootstrapping::BootstrapRecord record =
      rebootstrapping::parse_bootstrap_record(rebootstrapping::read_client_file(plan.client_dir, "bootstrap-config.yaml"), plan.controller);
  const ClientAccount account = rebootstrapping::account_of(plan.client_dir, plan.controller);

  Rebootstrapped made;
  made.work_dir = rebootstrapping::make_work_dir(plan.client_dir);
  bool bootstraps = false;
  try {
    made.client_dir = rebootstrapping::copy_client_dir(plan.client_dir, made.work_dir, job);
    tell(on_event, RebootstrapEvent::Kind::stage, "asking juju for the old controller");
    if (juju_reaches(plan, made.client_dir, on_event, job)) {
      throw Error(ErrorCode::exists, "juju still reaches the old controller " + printable(plan.controller) + "; will not replace");
    }
    rebootstrapping::forget_controller(made.client_dir, plan.controller);
    rebootstrapping::write_private(made.work_dir, config_name, write_yaml(rebootstrapping::bootstrap_config(record, keys, account)));
    tell(on_event, RebootstrapEvent::Kind::stage, "bootstrapping " + printable(plan.controller));
    bootstraps = true;
    run_bootstrap(plan, made.work_dir, made.client_dir, on_event, job);
    made.controller = made_controller(made.client_dir, plan.controller, job);
    rebootstrapping::remove_private(made.work_dir, config_name);
  } catch (Error& error) {
    if (!bootstraps) {
      rebootstrapping::remove_work_dir(made.work_dir);
      throw;
    }
    rebootstrapping::remove_private(made.work_dir, config_name);
    // Who cancels is rarely shown an Error.
    const std::string place = "what juju knows of the new controller is in " + made.client_dir;
    if (error.code() == ErrorCode::cancelled) tell(on_event, RebootstrapEvent::Kind::warning, place);
    error.add_context("the client's directory is as it was; " + place);
    throw;
  }
  return made;
}

void adopt_rebootstrap(const RebootstrapPlan& plan, const Rebootstrapped& made, Job* job) {
  {
    const ClientLock lock = client::wait_for_lock(plan.client_dir, job);
    const std::vector<std::string> names = {plan.controller};
    const std::string accounts = rebootstrapping::read_client_file(plan.client_dir, "accounts.yaml");
    const std::vector<std::string> known = client::controller_names(accounts);
    if (std::find(known.begin(), known.end(), plan.controller) == known.end()) {
      const std::string theirs = rebootstrapping::read_client_file(made.client_dir, "accounts.yaml");
      const client::MergedFile merged = client::merge_controllers(accounts, theirs, names);
      if (merged.changed) rebootstrapping::write_private(plan.client_dir, "accounts.yaml", merged.text);
    }
    const std::string theirs = rebootstrapping::with_uuid(rebootstrapping::read_client_file(made.client_dir, "controllers.yaml"),
                                                          plan.controller, plan.controller_uuid);
    const client::MergedFile merged =
        client::merge_controllers(rebootstrapping::read_client_file(plan.client_dir, "controllers.yaml"), theirs, names);
    if (merged.changed) rebootstrapping::write_private(plan.client_dir, "controllers.yaml", merged.text);
  }
  rebootstrapping::remove_work_dir(made.work_dir);
}

}  // namespace jujubackup
