#include <utility>

#include <jujubackup/error.hpp>
#include <jujubackup/restore.hpp>

#include "restore/checks.hpp"
#include "restore/planning.hpp"
#include "restore/services.hpp"
#include "restore/steps.hpp"

namespace jujubackup {
namespace {

constexpr std::int64_t usual_ha_nodes = 3;

RestoreKind kind_of(const BackupFacts& backup, const TargetFacts& target, const RestoreOptions& options) {
  if (options.kind) {
    if (options.copy_controller && *options.kind != RestoreKind::copy_controller) {
      throw Error(ErrorCode::invalid_argument, "--copy-controller does not go with --kind=" + std::string(name_of(*options.kind)));
    }
    return *options.kind;
  }
  if (options.copy_controller) return RestoreKind::copy_controller;
  if (target.has_agent_conf && target.database && target.database->has_juju) return RestoreKind::database_only;
  return backup.ha_nodes > 1 ? RestoreKind::single_then_enable_ha : RestoreKind::full_machine;
}

void add_commands(RestorePlan& plan, const restore::Planning& planning) {
  if (planning.keeps_ha() && planning.options.manual_agent_control) {
    for (const ControllerHost& host : planning.other_hosts()) {
      const std::string service = restore::agent_service(host.machine_id);
      plan.commands_before.push_back("ssh ubuntu@" + host.address + " sudo systemctl stop " + service);
      plan.commands_after.push_back("ssh ubuntu@" + host.address + " sudo systemctl start " + service);
    }
  }
  const std::vector<ControllerHost> lost = planning.lost_controllers();
  const bool enables_ha = plan.kind == RestoreKind::single_then_enable_ha || plan.kind == RestoreKind::recover_survivor ||
                          (plan.kind == RestoreKind::full_machine && plan.backup.ha_nodes > 1);
  if (!enables_ha) return;
  if (plan.kind == RestoreKind::full_machine && !lost.empty()) {
    std::string command = "juju remove-machine -m controller";
    for (const ControllerHost& host : lost) command += " " + host.machine_id;
    plan.commands_after.push_back(command + " --force");
  }
  const std::int64_t nodes = plan.backup.ha_nodes > 1 ? plan.backup.ha_nodes : usual_ha_nodes;
  plan.commands_after.push_back("juju enable-ha -n " + std::to_string(nodes));
}

}  // namespace

RestorePlan plan_restore(BackupFacts backup, TargetFacts target, const RestoreOptions& options, HostsView* hosts, Job* job) {
  RestorePlan plan;
  plan.kind = kind_of(backup, target, options);
  plan.backup = std::move(backup);
  plan.target = std::move(target);
  const restore::Planning planning{plan.kind, plan.backup, plan.target, options};
  plan.work_dir = planning.work_dir();
  plan.staging_dir = plan.target.staging_dir;

  restore::Checks checks(options);
  restore::check_archive(checks, planning);
  restore::check_controller(checks, planning);
  restore::check_machine(checks, planning, hosts, job);
  plan.checks = checks.finish();
  plan.steps = restore::make_steps(planning);
  add_commands(plan, planning);
  return plan;
}

RestorePlan plan_restore(Archive& archive, const RestoreOptions& options, const RestoreViews& views, Job* job) {
  BackupFacts backup = read_backup_facts(archive, options.verify, job);
  TargetFacts target = read_target_facts(options, views.database, job);
  return plan_restore(std::move(backup), std::move(target), options, views.hosts, job);
}

}  // namespace jujubackup
