#include <algorithm>

#include "base/text.hpp"
#include "machine/host_facts.hpp"
#include "restore/checks.hpp"
#include "restore/services.hpp"

namespace jujubackup::restore {
namespace {

std::string backup_and_target(const std::string& backup, const std::string& target) {
  return "backup: " + quoted_name(backup) + ", controller: " + quoted_name(target);
}

void check_database(Checks& checks, const Planning& planning) {
  const TargetFacts& target = planning.target;
  if (target.database) {
    const std::size_t members = target.database->members.size();
    const std::string says = target.database->has_juju
                                 ? "it answers and holds a controller; " + counted(members, "member", "members") + " in the replica set"
                                 : "it answers and holds no controller yet";
    // Saving needs a login, which agent.conf has.
    if (!planning.puts_database() || target.has_agent_conf || target.database->namespaces.empty()) return checks.ok("database", says);
    return checks.warning("database", says + "; what is in it cannot be saved without agent.conf, and undo could not bring it back");
  }
  if (planning.needs_database()) {
    return checks.blocker("database", "what is in the database is not known (" + printable(target.database_problem) +
                                          "), and this kind of restore works on a running one; start mongod, or use --kind=full-machine");
  }
  if (planning.kind == RestoreKind::files_only) {
    return checks.ok("database", "not known (" + printable(target.database_problem) + "); this kind of restore leaves it as it is");
  }
  checks.warning("database", "what is in the database is not known (" + printable(target.database_problem) +
                                 "): it is taken for a new one, and what may be in it is not saved");
}

// Of a machine that was bootstrapped only to be restored on.
bool is_fresh(const Planning& planning) {
  const auto& database = planning.target.database;
  if (!database) return !planning.target.has_agent_conf;
  // "default" comes with the bootstrap, and may be in use all the same.
  return planning.workload_models().empty() && database->other_machines == 0;
}

void check_uuid(Checks& checks, const Planning& planning, const std::string& name, const std::string& what, const std::string& of_backup,
                const std::string& of_target) {
  const bool both = !of_backup.empty() && !of_target.empty();
  if (both && of_backup == of_target) return checks.ok(name, what + "s are the same: " + printable(of_backup));
  const std::string compared = backup_and_target(of_backup, of_target);
  if (!both) {
    if (planning.replaces_machine() && of_target.empty() && is_fresh(planning)) {
      return checks.ok(name, "there is no controller here yet whose " + what + " could be compared");
    }
    return checks.warning(name, "the " + what + "s cannot be compared, since one is not known - " + compared +
                                    "; see to it that the backup is of this controller");
  }
  const std::string differ = what + "s don't match - " + compared;
  if (planning.replaces_machine() && is_fresh(planning)) {
    return checks.warning(name, differ + "; the controller that is here hosts no models yet, and is replaced");
  }
  checks.blocker_unless_overridden(name, differ +
                                             "; the backup is of another controller: use --kind=copy-controller to take over its "
                                             "users and settings, or look for the right backup");
}

void check_identity(Checks& checks, const Planning& planning) {
  const BackupFacts& backup = planning.backup;
  if (planning.kind == RestoreKind::copy_controller) {
    const bool itself = !backup.model_uuid.empty() && backup.model_uuid == planning.target_model_uuid();
    if (itself) {
      return checks.blocker("controller-model",
                            "the backup is of this very controller, so there is nothing to copy; use "
                            "--kind=database-only");
    }
    return checks.ok("controller-model",
                     "copied from one controller into another - " + backup_and_target(backup.model_uuid, planning.target_model_uuid()));
  }
  check_uuid(checks, planning, "controller-model", "controller model uuid", backup.model_uuid, planning.target_model_uuid());
  check_uuid(checks, planning, "controller-uuid", "controller uuid", backup.controller_uuid, planning.target_controller_uuid());
}

void check_copy_version(Checks& checks, const JujuVersion& backup, const JujuVersion& target) {
  const std::string compared = backup_and_target(backup.to_string(), target.to_string());
  if (is_older_release(target, backup)) {
    return checks.blocker("juju-version",
                          "when copying a controller, the backup's version must be less than or equal to that of the target - " + compared +
                              "; upgrade the target first");
  }
  if (is_older_release(backup, JujuVersion{2, 9, "", 37, 0})) {
    return checks.blocker("juju-version", "when copying a controller, the backup's version must be at least 2.9.37 - " + compared +
                                              "; upgrade the old controller and take another backup");
  }
  if (target.major > backup.major + 1) {
    return checks.blocker("juju-version", "when copying a controller, the backup must not be older than one major version less - " +
                                              compared + "; copy into a controller of version " + std::to_string(backup.major + 1));
  }
  checks.ok("juju-version", "the copy rules hold - " + compared);
}

void check_version(Checks& checks, const Planning& planning) {
  const JujuVersion& backup = planning.backup.version;
  const JujuVersion target = planning.target_version();
  const std::string name = "juju-version";
  if (backup.is_zero() || target.is_zero()) {
    if (planning.kind == RestoreKind::copy_controller) {
      return checks.blocker(name, "a version is not known - " + backup_and_target(backup.to_string(), target.to_string()) +
                                      "; without it the copy rules cannot be checked");
    }
    if (planning.replaces_machine() && target.is_zero()) return checks.ok(name, "Juju " + backup.to_string() + " comes with the backup");
    return checks.warning(
        name, "the versions cannot be compared, since one is not known - " + backup_and_target(backup.to_string(), target.to_string()));
  }
  if (planning.kind == RestoreKind::copy_controller) return check_copy_version(checks, backup, target);
  if (planning.kind == RestoreKind::recover_survivor) return checks.ok(name, "it stays " + target.to_string());
  if (same_release(backup, target)) {
    if (backup == target) return checks.ok(name, "both are " + backup.to_string());
    return checks.ok(name, "the same but for the build - " + backup_and_target(backup.to_string(), target.to_string()));
  }
  if (is_older_release(target, backup)) {
    return checks.blocker(name, "the backup's juju version is greater than the controller's - " +
                                    backup_and_target(backup.to_string(), target.to_string()) +
                                    "; upgrade the controller to the backup's version first");
  }
  const std::string downgrade =
      "restoring the backup would downgrade from juju " + quoted_name(target.to_string()) + " to " + quoted_name(backup.to_string());
  if (planning.options.allow_downgrade) {
    return checks.warning(name, downgrade + ", as allowed; the agents of all machines must be able to run that version");
  }
  checks.blocker_with_option(name, downgrade + "; pass --allow-downgrade if this is intended", "--allow-downgrade");
}

struct Release {
  std::string series, base;
};

Release release_of_target(const Planning& planning) {
  const TargetFacts& target = planning.target;
  // Below a prefix, or on a machine whose files are gone, the database may know better.
  if (target.database && planning.keeps_ha()) {
    for (const MachineFact& machine : target.database->controller_machines) {
      if (machine.id != target.machine_id) continue;
      return {machine.series.empty() ? machine::series_of_base(machine.base) : machine.series,
              machine.base.empty() ? machine::base_of_series(machine.series) : machine.base};
    }
  }
  return {target.series, target.base};
}

void check_series(Checks& checks, const Planning& planning) {
  if (!planning.puts_database() && !planning.puts_files()) return;
  if (planning.kind == RestoreKind::copy_controller) return;
  const BackupFacts& backup = planning.backup;
  const Release target = release_of_target(planning);
  const bool by_base = !backup.base.empty() && !target.base.empty();
  const std::string& ours = by_base ? backup.base : backup.series;
  const std::string& theirs = by_base ? target.base : target.series;
  const std::string what = by_base ? "controller bases" : "controller series";
  if (ours.empty() || theirs.empty()) {
    return checks.warning("series-or-base",
                          "series and base cannot be compared, since one side does not say - " + backup_and_target(ours, theirs));
  }
  if (ours == theirs) return checks.ok("series-or-base", "both are " + printable(ours));
  checks.blocker_unless_overridden(
      "series-or-base", what + " don't match - " + backup_and_target(ours, theirs) + "; restore onto a machine of the backup's release");
}

bool is_older_mongo(const std::string& a, const std::string& b) {
  // "4.10" has no meaning for mongod's releases so far, but a number is compared as one.
  const auto number = [](const std::string& text) {
    const std::size_t dot = text.find('.');
    return std::pair(text.substr(0, dot).size(), text.substr(0, dot));
  };
  if (number(a) != number(b)) return number(a) < number(b);
  const std::string minor_a = a.substr(a.find('.') + 1), minor_b = b.substr(b.find('.') + 1);
  return std::pair(minor_a.size(), minor_a) < std::pair(minor_b.size(), minor_b);
}

void check_mongo(Checks& checks, const Planning& planning) {
  if (!planning.puts_database()) return;
  const std::string backup = mongo_series(planning.backup.mongo_version);
  const std::string target = mongo_series(planning.target_mongo());
  const std::string compared = backup_and_target(planning.backup.mongo_version, planning.target_mongo());
  if (backup.empty() || target.empty()) {
    return checks.warning("mongo-version", "the versions of mongod cannot be compared, since one is not known - " + compared);
  }
  if (backup == target) return checks.ok("mongo-version", "both are " + printable(target));
  const bool offline = backup.starts_with("2.") || target.starts_with("2.");
  const std::string differ = "the versions of mongod don't match - " + compared + "; install mongod " + printable(backup);
  if (offline || is_older_mongo(target, backup)) return checks.blocker("mongo-version", differ);
  checks.blocker_unless_overridden("mongo-version", differ + ", or accept that a newer one takes the dump of an older one");
}

void check_ha_nodes(Checks& checks, const Planning& planning) {
  const std::int64_t backup = planning.backup.ha_nodes;
  const std::string name = "ha-nodes";
  if (planning.kind == RestoreKind::files_only || planning.kind == RestoreKind::copy_controller ||
      planning.kind == RestoreKind::recover_survivor) {
    return;
  }
  if (planning.kind == RestoreKind::single_then_enable_ha) {
    return checks.ok(name, "the backup has " + counted(static_cast<std::uint64_t>(std::max<std::int64_t>(backup, 0)), "node", "nodes") +
                               "; one is restored, the others are removed from what it says, and juju enable-ha makes new ones");
  }
  if (planning.kind == RestoreKind::full_machine) {
    if (backup <= 1) return checks.ok(name, "the backup is of a single controller");
    return checks.warning(name, "the backup is of " + std::to_string(backup) +
                                    " controller machines and one is restored: the others will show as down; "
                                    "--kind=single-then-enable-ha removes them");
  }
  if (!planning.target.database) return;
  const auto target = static_cast<std::int64_t>(planning.target.database->controller_machines.size());
  const std::string compared = "backup: " + std::to_string(backup) + ", controller: " + std::to_string(target);
  if (backup == target) return checks.ok(name, "both have " + std::to_string(target));
  if (backup <= 0) return checks.warning(name, "the backup does not say how many controller machines there were - " + compared);
  const std::string advice = target < backup ? "; run juju enable-ha -n " + std::to_string(backup) +
                                                   " first, or use --kind=single-then-enable-ha on a single controller"
                                             : "; remove controller machines first, so that there are as many";
  checks.blocker(name, "controller HA node counts don't match - " + compared + advice);
}

std::string described(const ReplicaMember& member) {
  std::string text = quoted_name(member.address) + " (";
  text += member.machine_id.empty() ? "no juju machine" : "juju machine " + printable(member.machine_id);
  return text + ", " + printable(member.state) + ")";
}

bool is_working(const ReplicaMember& member) {
  return member.healthy && (member.state == "PRIMARY" || member.state == "SECONDARY") && !member.machine_id.empty();
}

void check_members(Checks& checks, const Planning& planning) {
  if (!planning.target.database || planning.kind == RestoreKind::files_only) return;
  const std::vector<ReplicaMember>& members = planning.target.database->members;
  std::string unhealthy, others_alive;
  for (const ReplicaMember& member : members) {
    if (!is_working(member)) unhealthy += (unhealthy.empty() ? "" : ", ") + described(member);
    if (!member.self && member.healthy) others_alive += (others_alive.empty() ? "" : ", ") + described(member);
  }
  if (planning.keeps_ha()) {
    if (members.empty()) return checks.blocker("replica-set-health", "the database is no replica set; juju cannot have left it so");
    if (unhealthy.empty()) {
      return checks.ok("replica-set-health", "all of " + counted(members.size(), "member", "members") + " are healthy");
    }
    return checks.blocker("replica-set-health", "unhealthy replica set members: " + unhealthy +
                                                    "; bring them back or remove them; if only this one is left, use "
                                                    "--kind=recover-survivor");
  }
  if (others_alive.empty()) return checks.ok("replica-set-health", "no other member is alive");
  if (planning.kind == RestoreKind::recover_survivor) {
    return checks.blocker("replica-set-health",
                          "this is not the only one left: " + others_alive + "; with a majority juju enable-ha alone is right");
  }
  checks.blocker("replica-set-health", "other controllers are alive and would go on with the old state: " + others_alive +
                                           "; use --kind=database-only, or remove them first");
}

void check_primary(Checks& checks, const Planning& planning) {
  if (!planning.target.database || !planning.keeps_ha()) return;
  const std::vector<ReplicaMember>& members = planning.target.database->members;
  const auto primary = std::find_if(members.begin(), members.end(), [](const ReplicaMember& member) { return member.state == "PRIMARY"; });
  if (primary == members.end()) {
    return checks.blocker("primary-here", "no primary found in replica set; wait until one is elected");
  }
  if (primary->self) return checks.ok("primary-here", "this machine has the primary");
  checks.blocker("primary-here", "not running on primary replica set member, primary is " + described(*primary) + "; run this there");
}

void check_models(Checks& checks, const Planning& planning) {
  if (planning.kind == RestoreKind::copy_controller && planning.target.database) {
    std::vector<std::string> others;
    for (const ModelFact& model : planning.target.database->models) {
      if (model.uuid != planning.target.database->controller_model_uuid) others.push_back(model.name);
    }
    if (others.empty()) return checks.ok("workload-models", "the target has no models of its own");
    return checks.blocker("workload-models", "cannot copy controller when target controller hosts " +
                                                 counted(others.size(), "workload model", "workload models") + ": " + listed(others) +
                                                 "; copy into a new controller");
  }
  if (!planning.puts_database() || !planning.target.database) return;
  if (is_fresh(planning) && planning.replaces_machine()) {
    return checks.ok("workload-models", "there are none here but those of a bootstrap");
  }
  std::vector<std::string> younger;
  for (const ModelFact& model : planning.target.database->models) {
    const auto same = [&](const ModelFact& each) { return each.uuid == model.uuid; };
    const bool in_backup = std::any_of(planning.backup.dump.models.begin(), planning.backup.dump.models.end(), same);
    if (!in_backup) younger.push_back(model.name);
  }
  if (younger.empty()) return checks.ok("workload-models", "every model that is here is in the backup");
  checks.warning("workload-models", "the backup does not know these models, and the controller will not either: " + listed(younger));
}

}  // namespace

void check_controller(Checks& checks, const Planning& planning) {
  check_database(checks, planning);
  check_identity(checks, planning);
  check_version(checks, planning);
  check_series(checks, planning);
  check_mongo(checks, planning);
  check_ha_nodes(checks, planning);
  check_members(checks, planning);
  check_primary(checks, planning);
  check_models(checks, planning);
}

}  // namespace jujubackup::restore
