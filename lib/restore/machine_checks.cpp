#include <algorithm>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "restore/checks.hpp"
#include "restore/owned_paths.hpp"
#include "restore/services.hpp"
#include "restore/steps.hpp"

namespace jujubackup::restore {
namespace {

void check_agent_conf(Checks& checks, const Planning& planning) {
  const TargetFacts& target = planning.target;
  if (target.has_agent_conf) {
    return checks.ok("agent-conf", "this is machine " + printable(target.machine_id) + ", Juju " + target.version.to_string());
  }
  const std::string why = "no agent.conf could be read here (" + printable(target.agent_conf_problem) + ")";
  if (planning.puts_files()) return checks.ok("agent-conf", why + "; that of the backup will be put in place");
  checks.blocker("agent-conf", why + ": this is no controller machine, or its files are lost; use --kind=full-machine");
}

void check_privileges(Checks& checks, const Planning& planning) {
  if (planning.target.is_root) return checks.ok("privileges", "running as root");
  if (planning.target.root == "/") return checks.blocker("privileges", "only root may do this; run it with sudo");
  checks.warning("privileges", "not running as root: what is put below " + printable(planning.target.root) + " will belong to this user");
}

void check_space(Checks& checks, const Planning& planning) {
  const TargetFacts& target = planning.target;
  // mongorestore reads a folder, and mongod writes as much again on the volume of the data.
  const std::uint64_t staging = planning.puts_database() ? planning.staged_bytes() : 0;
  // Old files are only renamed, new ones come beside them; what is saved of the database is about what replaces it.
  const std::uint64_t files = planning.puts_files() ? planning.backup.root_bytes : 0;
  const std::uint64_t dump = planning.puts_database() && target.database ? planning.staged_bytes() : 0;
  const auto with_margin = [](std::uint64_t bytes) { return bytes + bytes / 20; };
  const auto check = [&](const char* name, const char* what, std::uint64_t need, std::uint64_t have, const char* advice) {
    const std::string compared = std::string(what) + " needs " + readable_bytes(need) + ", " + readable_bytes(have) + " are free";
    if (need <= have) return checks.ok(name, compared);
    checks.blocker(name, compared + advice);
  };
  const std::uint64_t need_staging = with_margin(staging);
  const std::uint64_t need_keeping = with_margin(files + dump + (planning.puts_database() ? staging : 0));
  if (planning.puts_database()) {
    check("staging-space", "the unpacked dump", need_staging, target.staging_free_bytes,
          "; make room there, or name another folder with --staging-dir");
  }
  const std::uint64_t taken = target.same_volume ? std::min(need_staging, target.data_free_bytes) : 0;
  check("keeping-space", "what is put in place beside what is kept", need_keeping, target.data_free_bytes - taken,
        "; make room in the data directory");
}

void check_tools(Checks& checks, const Planning& planning) {
  if (planning.kind == RestoreKind::copy_controller || planning.kind == RestoreKind::recover_survivor) return;
  const JujuVersion& version = planning.backup.version;
  const std::string name = "agent-tools";
  if (planning.puts_files()) {
    if (tools_of(planning.backup.tools, version) != nullptr) return checks.ok(name, "root.tar holds the tools of " + version.to_string());
    return checks.blocker(name, "root.tar lacks the tools of " + version.to_string() + ", so that the agent could not start" +
                                    "; use --kind=database-only on a machine that has them");
  }
  if (version == planning.target_version()) return checks.ok(name, "the agents stay at " + version.to_string());
  if (tools_of(planning.target.tools, version) != nullptr) {
    const std::string others = planning.other_hosts().empty() ? "" : "; the other controller machines need them too";
    return checks.ok(name, "the tools of " + version.to_string() + " are here" + others);
  }
  checks.blocker(name, "there are no tools of " + version.to_string() + " in /" + planning.data_path("tools") +
                           "; put the agent binaries of that version there, on each controller machine");
}

void check_services(Checks& checks, const Planning& planning) {
  const TargetFacts& target = planning.target;
  const std::string agent = agent_service(planning.machine_id());
  std::vector<std::string> lacking;
  const bool in_backup = planning.puts_files() && !unit_files_of(planning.backup, agent).empty();
  if (!has_service(target, agent) && !in_backup) lacking.push_back(agent);
  const bool restarts_database = planning.puts_files() || planning.generation() == MongoGeneration::offline;
  if (restarts_database && database_service(target).empty()) lacking.emplace_back("juju-db");
  if (lacking.empty()) return checks.ok("services", "the services are there: " + agent);
  checks.warning("services", "there is no unit file for " + listed(lacking) + " here: it cannot be stopped and started, do so by hand");
}

void check_mongo_tools(Checks& checks, const Planning& planning) {
  if (!planning.puts_database()) return;
  const TargetFacts& target = planning.target;
  if (!target.needs_mongo_tools) return checks.ok("mongo-tools", "this database needs none");
  const bool saves = !namespaces_to_save(planning).empty();
  std::vector<std::string> lacking;
  if (target.mongorestore.empty()) lacking.emplace_back("mongorestore");
  if (saves && target.mongodump.empty()) lacking.emplace_back("mongodump");
  if (lacking.empty()) return checks.ok("mongo-tools", printable(target.mongorestore));
  checks.blocker("mongo-tools", listed(lacking) +
                                    " is not there: neither in the juju-db snap, nor beside mongod, nor in $PATH; install the "
                                    "tools of MongoDB, or name it with --mongorestore");
}

void check_other_controllers(Checks& checks, const Planning& planning, HostsView* hosts, Job* job) {
  if (!planning.keeps_ha()) return;
  const std::vector<ControllerHost> others = planning.other_hosts();
  if (others.empty()) return;
  const std::vector<std::string> ids = ids_of(others);
  if (planning.options.manual_agent_control) {
    return checks.warning("other-controllers", "their agents are yours to stop before and to start after: machines " + listed(ids) +
                                                   "; whether they are stopped is not looked at");
  }
  if (hosts == nullptr) {
    return checks.warning("other-controllers", "whether machines " + listed(ids) + " can be reached over ssh was not tried");
  }
  std::string problems;
  for (const ControllerHost& host : others) {
    job_check(job);
    try {
      if (host.address.empty()) throw Error(ErrorCode::not_found, "the database knows no address of it");
      hosts->reach(host, job);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      problems += (problems.empty() ? "" : "; ") + ("machine " + printable(host.machine_id)) + " at " + printable(host.address) + ": " +
                  printable(error.what());
    }
  }
  if (problems.empty()) return checks.ok("other-controllers", "machines " + listed(ids) + " can be reached over ssh");
  checks.blocker_with_option("other-controllers",
                             "not every controller machine can be reached over ssh, so that its agents cannot be stopped: " + problems +
                                 "; see to the network, or stop and start them yourself",
                             "--manual-agent-control");
}

void check_address(Checks& checks, const Planning& planning) {
  if (!planning.puts_files()) return;
  const std::string address = planning.private_address();
  if (address.empty()) {
    return checks.warning("address",
                          "this machine's address is not known: the one in the backup stays, which is right on the same machine "
                          "only; else give --private-address and --public-address");
  }
  if (!planning.moved()) return checks.ok("address", "the same as in the backup: " + printable(address));
  checks.ok("address", "it becomes " + printable(address) + "; in the backup it was " + listed(planning.backup.api_addresses));
}

void check_instance(Checks& checks, const Planning& planning) {
  if (!planning.replaces_machine() || !planning.moved()) return;
  const std::string instance = instance_id_after(planning);
  if (!instance.empty()) return checks.ok("instance-id", "it becomes " + printable(instance));
  checks.warning("instance-id",
                 "the cloud's name for this machine is not known: the backup's stays, and juju may look for a machine that is "
                 "gone; give --instance-id");
}

void check_agents(Checks& checks, const Planning& planning) {
  if (!planning.replaces_machine()) return;
  const std::vector<AgentMachine>& agents = planning.backup.agents;
  if (!planning.moved() || agents.empty()) return checks.ok("other-agents", "no agent of another machine has to be told of a new address");
  if (!planning.options.update_agents) {
    return checks.warning("other-agents",
                          "the agents of " + counted(agents.size(), "machine", "machines") + " are not told of the new address, as asked");
  }
  std::vector<std::string> without;
  for (const AgentMachine& agent : agents) {
    if (agent.address.empty()) without.push_back(agent.machine_id);
  }
  const std::string all = "the agents of " + counted(agents.size(), "machine", "machines") + " are told of the new address";
  if (without.empty()) return checks.ok("other-agents", all);
  checks.warning("other-agents", all + ", but the backup knows no address of machines " + listed(without));
}

void check_overrides(Checks& checks, const Planning& planning) {
  if (planning.options.include_status_history && planning.kind == RestoreKind::copy_controller) {
    checks.blocker("options", "--include-status-history incompatible with --copy-controller");
  }
  if (planning.options.allow_downgrade && planning.kind == RestoreKind::copy_controller) {
    checks.blocker("options", "--allow-downgrade incompatible with --copy-controller");
  }
}

}  // namespace

void check_machine(Checks& checks, const Planning& planning, HostsView* hosts, Job* job) {
  check_agent_conf(checks, planning);
  check_privileges(checks, planning);
  check_space(checks, planning);
  check_tools(checks, planning);
  check_services(checks, planning);
  check_mongo_tools(checks, planning);
  check_other_controllers(checks, planning, hosts, job);
  check_address(checks, planning);
  check_instance(checks, planning);
  check_agents(checks, planning);
  check_overrides(checks, planning);
}

}  // namespace jujubackup::restore
