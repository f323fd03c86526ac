#include "restore/steps.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "machine/place.hpp"
#include "restore/agent_conf_addresses.hpp"
#include "restore/mongorestore_arguments.hpp"
#include "restore/owned_paths.hpp"
#include "restore/services.hpp"
#include "restore/step_text.hpp"

namespace jujubackup::restore {
namespace {

constexpr int usual_api_port = 17070;

class StepMaker {
 public:
  explicit StepMaker(const Planning& planning)
      : p_(planning), work_dir_(planning.work_dir()), new_conf_(planning.conf_path(planning.machine_id())) {
    const bool has_old = planning.target.has_agent_conf;
    old_user_ = machine::agent_name(has_old ? planning.target.machine_id : planning.machine_id());
    new_user_ = machine::agent_name(planning.machine_id());
    old_conf_ = has_old ? planning.conf_path(planning.target.machine_id) : "";
    kept_conf_ = has_old ? kept_dir() + "/" + old_conf_ : "";
  }

  std::vector<RestoreStep> make() {
    switch (p_.kind) {
      case RestoreKind::database_only: database_only(); break;
      case RestoreKind::copy_controller: copy_controller(); break;
      case RestoreKind::files_only: files_only(); break;
      case RestoreKind::recover_survivor: recover_survivor(); break;
      case RestoreKind::full_machine:
      case RestoreKind::single_then_enable_ha: whole_machine(); break;
    }
    return std::move(steps_);
  }

 private:
  void database_only() {
    stop_agents();
    save_collections();
    restore_database(old_user_, old_conf_);
    clear_restore_status();
    set_versions();
    wait_database(old_user_, old_conf_);
    start_agents();
  }

  void copy_controller() {
    stop_agents();
    save_collections();
    restore_database(old_user_, old_conf_);
    MergeController merge;
    merge.address = p_.mongo_address();
    merge.username = old_user_;
    merge.conf_path = old_conf_;
    if (!namespaces_to_save(p_).empty()) merge.kept_dump = kept_dump_dir();
    merge.controller_uuid = p_.target_controller_uuid();
    merge.controller_model_uuid = p_.target_model_uuid();
    if (p_.target.database) {
      merge.cloud = p_.target.database->cloud;
      merge.cloud_credential = p_.target.database->cloud_credential;
    }
    add(std::move(merge));
    wait_database(old_user_, old_conf_);
    start_agents();
  }

  void files_only() {
    stop_agents();
    stop_database();
    put_files();
    start_database();
    start_agents();
  }

  void recover_survivor() {
    stop_agents();
    replica_set(old_user_, old_conf_, true);
    FixDatabase fix = fix_of(old_user_, old_conf_);
    fix.model_uuid = p_.target_model_uuid();
    fix.remove_controllers = ids_of(p_.lost_controllers());
    if (!fix.remove_controllers.empty()) add(std::move(fix));
    wait_database(old_user_, old_conf_);
    start_agents();
  }

  void whole_machine() {
    stop_agents();
    save_collections();
    stop_database();
    put_files();
    start_database();
    // A database that is new has no replica set, and a user only once one was made through mongod's exception for localhost.
    const bool is_new = !p_.target.database || !p_.target.has_agent_conf;
    const bool offline = p_.generation() == MongoGeneration::offline;
    if (is_new && !offline) {
      replica_set(new_user_, new_conf_, false);
      set_user();
      restore_database(new_user_, new_conf_);
    } else {
      restore_database(old_user_, kept_conf_.empty() ? new_conf_ : kept_conf_);
      set_user();
      replica_set(new_user_, new_conf_, false);
    }
    FixDatabase fix = fix_of(new_user_, new_conf_);
    if (p_.moved()) {
      fix.instance_id = instance_id_after(p_);
      fix.private_address = p_.private_address();
      fix.public_address = p_.public_address();
      fix.api_host_ports = api_addresses();
    }
    if (p_.kind == RestoreKind::single_then_enable_ha) fix.remove_controllers = ids_of(p_.lost_controllers());
    fix.clear_restore_status = true;
    add(std::move(fix));
    wait_database(new_user_, new_conf_);
    update_agents();
    start_agents();
  }

  void stop_agents() {
    for (const ControllerHost& host : managed_hosts()) {
      if (!is_missing_here(host)) add(StopAgent{{host, agent_service(host.machine_id)}});
    }
  }

  // The primary first, so that the others find it.
  void start_agents() {
    std::vector<ControllerHost> hosts = managed_hosts();
    std::reverse(hosts.begin(), hosts.end());
    WaitAgents wait;
    for (ControllerHost& host : hosts) {
      if (host.here && p_.puts_files()) host.machine_id = p_.machine_id();
      if (host.here && !can_start(host)) continue;
      ServiceOnHost service{host, agent_service(host.machine_id)};
      wait.services.push_back(service);
      add(StartAgent{std::move(service)});
    }
    if (wait.services.empty()) return;
    wait.api_address = with_port("localhost", api_port());
    add(std::move(wait));
  }

  std::vector<ControllerHost> managed_hosts() const {
    std::vector<ControllerHost> hosts = p_.hosts();
    if (p_.options.manual_agent_control) std::erase_if(hosts, [](const ControllerHost& host) { return !host.here; });
    return hosts;
  }

  bool is_missing_here(const ControllerHost& host) const { return host.here && !has_service(p_.target, agent_service(host.machine_id)); }
  bool can_start(const ControllerHost& host) const {
    const bool in_backup = p_.puts_files() && !unit_files_of(p_.backup, agent_service(host.machine_id)).empty();
    return in_backup || !is_missing_here(host);
  }

  int api_port() const {
    const int port = p_.puts_files() && p_.backup.api_port != 0 ? p_.backup.api_port : p_.target.api_port;
    return port == 0 ? usual_api_port : port;
  }

  std::vector<std::string> api_addresses() const {
    std::vector<std::string> addresses = {with_port(p_.private_address(), api_port())};
    if (p_.public_address() != p_.private_address()) addresses.push_back(with_port(p_.public_address(), api_port()));
    return addresses;
  }

  void save_collections() {
    SaveCollections save;
    save.namespaces = namespaces_to_save(p_);
    if (save.namespaces.empty()) return;
    save.generation = p_.generation();
    save.juju_version = p_.target_version();
    // The port that mongod has now, which after the restore may be another.
    save.address = p_.target.state_port == 0 ? p_.mongo_address() : with_port(host_of(p_.mongo_address()), p_.target.state_port);
    save.username = old_user_;
    save.conf_path = old_conf_;
    save.directory = kept_dump_dir();
    add(std::move(save));
  }

  void stop_database() {
    std::string service = database_service(p_.target);
    if (!service.empty()) add(StopDatabase{std::move(service)});
  }

  void start_database() {
    std::string service = database_service(p_.target);
    if (service.empty()) return;
    StartDatabase start;
    start.service = std::move(service);
    start.address = p_.mongo_address();
    add(std::move(start));
  }

  void put_files() {
    add(SaveFiles{units_to_save(p_.backup, p_.target), kept_dir()});
    add(UnpackRoot{units_of(p_.backup), p_.target.is_root, p_.backup.root_bytes});
    if (p_.moved()) add(RewriteAgentConf{new_conf_, api_addresses(), ""});
    std::vector<std::string> units = unit_files_of(p_.backup, "");
    if (!units.empty()) add(InstallServices{std::move(units)});
  }

  void restore_database(const std::string& username, const std::string& conf_path) {
    RestoreDatabase step;
    step.generation = p_.generation();
    step.program = p_.target.mongorestore;
    step.address = p_.mongo_address();
    step.username = username;
    step.conf_path = conf_path;
    step.namespaces = p_.namespaces();
    step.dump_bytes = p_.staged_bytes();
    if (!namespaces_to_save(p_).empty()) step.kept_dump = kept_dump_dir();
    if (p_.kind == RestoreKind::copy_controller) {
      step.into_database = "jujucontroller";
    } else {
      step.new_namespaces = new_namespaces(step.namespaces);
    }
    step.log_path = work_dir_ + "/mongorestore.log";
    const bool copies = p_.kind == RestoreKind::copy_controller;
    const bool replays = p_.backup.has_oplog && !copies;
    const bool offline = step.generation == MongoGeneration::offline;
    if (offline) step.service = database_service(p_.target);
    if (replays && !offline) step.oplog_role = "oploger";
    MongorestoreCall call;
    call.generation = step.generation;
    call.address = step.address;
    call.username = username;
    call.db_path = machine::under(p_.target.root, p_.data_path("db"));
    call.replay_oplog = replays;
    call.copy_controller = copies;
    step.arguments = mongorestore_arguments(call);
    add(std::move(step));
  }

  // Those of `names` that the target does not have.
  std::vector<std::string> new_namespaces(std::vector<std::string> names) const {
    if (!p_.target.database) return names;
    const std::vector<std::string>& there = p_.target.database->namespaces;
    std::erase_if(names, [&](const std::string& name) { return std::find(there.begin(), there.end(), name) != there.end(); });
    return names;
  }

  void set_user() {
    SetDatabaseUser user;
    user.address = p_.mongo_address();
    user.username = new_user_;
    user.conf_path = new_conf_;
    user.old_conf_path = p_.target.database ? kept_conf_ : "";
    user.create = user.old_conf_path.empty() || old_user_ != new_user_;
    add(std::move(user));
  }

  void replica_set(const std::string& username, const std::string& conf_path, bool force) {
    InitiateReplicaSet set;
    if (p_.target.database && !p_.target.database->replica_set.empty()) set.name = p_.target.database->replica_set;
    const std::string address = p_.private_address();
    set.member = with_port(member_host(address), port_number(p_.mongo_address()));
    set.machine_id = p_.machine_id();
    set.username = username;
    set.conf_path = conf_path;
    set.force = force;
    add(std::move(set));
  }

  // Where nothing says, the first address that the backup has.
  std::string member_host(const std::string& address) const {
    if (!address.empty()) return address;
    for (const std::string& each : p_.backup.api_addresses) {
      if (!is_loopback(host_of(each))) return host_of(each);
    }
    return "localhost";
  }

  static int port_number(const std::string& address) { return std::atoi(address.substr(address.rfind(':') + 1).c_str()); }

  FixDatabase fix_of(const std::string& username, const std::string& conf_path) const {
    FixDatabase fix;
    fix.address = p_.mongo_address();
    fix.username = username;
    fix.conf_path = conf_path;
    fix.model_uuid = p_.backup.model_uuid;
    fix.machine_id = p_.machine_id();
    return fix;
  }

  void clear_restore_status() {
    FixDatabase fix = fix_of(old_user_, old_conf_);
    fix.clear_restore_status = true;
    add(std::move(fix));
  }

  // As juju-restore: also where only the build number differs, since the agents are then other files.
  void set_versions() {
    const JujuVersion& version = p_.backup.version;
    if (version.is_zero() || p_.target_version().is_zero() || version == p_.target_version()) return;
    std::vector<ControllerHost> hosts = p_.hosts();
    std::reverse(hosts.begin(), hosts.end());
    for (const ControllerHost& host : hosts) {
      if (p_.options.manual_agent_control && !host.here) continue;
      add(SetAgentVersion{host, version, p_.target.data_dir});
    }
  }

  void wait_database(const std::string& username, const std::string& conf_path) {
    WaitDatabase wait;
    wait.address = p_.mongo_address();
    wait.username = username;
    wait.conf_path = conf_path;
    const std::size_t members = p_.keeps_ha() && p_.target.database ? p_.target.database->members.size() : 1;
    wait.members = static_cast<unsigned>(std::max<std::size_t>(members, 1));
    add(std::move(wait));
  }

  void update_agents() {
    if (!p_.moved() || !p_.options.update_agents || p_.backup.agents.empty()) return;
    UpdateAgents update;
    update.machines = p_.backup.agents;
    update.data_dir = p_.target.data_dir;
    update.identity_path = p_.data_path("system-identity");
    update.private_address = p_.private_address();
    update.public_address = p_.public_address();
    add(std::move(update));
  }

  std::string kept_dump_dir() const { return work_dir_ + "/kept-dump"; }
  std::string kept_dir() const { return work_dir_ + "/kept"; }

  void add(RestoreAction action) { steps_.push_back(step_of(std::move(action), p_.target)); }

  const Planning& p_;
  std::string work_dir_;
  std::string new_conf_;   // of the agent after the restore
  std::string old_conf_;   // of the agent that is here now, in its place
  std::string kept_conf_;  // the same where save-files put it
  std::string old_user_, new_user_;
  std::vector<RestoreStep> steps_;
};

}  // namespace

std::vector<std::string> namespaces_to_save(const Planning& planning) {
  std::vector<std::string> names;
  if (!planning.puts_database() || !planning.target.database || !planning.target.has_agent_conf) return names;
  std::vector<std::string> touched = planning.namespaces();
  if (planning.kind == RestoreKind::copy_controller) touched.emplace_back("juju.controllers");
  std::sort(touched.begin(), touched.end());
  for (const std::string& name : planning.target.database->namespaces) {
    if (std::binary_search(touched.begin(), touched.end(), name)) names.push_back(name);
  }
  return names;
}

std::vector<std::string> unit_files_of(const BackupFacts& backup, const std::string& service) {
  std::vector<std::string> files;
  const std::string init = backup.data_dir + "/init/";
  const std::string wanted = service.empty() ? ".service" : "/" + service + ".service";
  for (const Entry& entry : backup.root_entries) {
    if (entry.type != EntryType::file || !entry.path.starts_with(init) || !entry.path.ends_with(wanted)) continue;
    // Those of controller agents alone: what else ran on the machine then may not be here now.
    if (entry.path.substr(entry.path.rfind('/') + 1).starts_with("jujud-machine-")) files.push_back(entry.path);
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string instance_id_after(const Planning& planning) {
  if (!planning.options.instance_id.empty()) return planning.options.instance_id;
  return planning.target.database ? planning.target.database->instance_id : "";
}

std::vector<RestoreStep> make_steps(const Planning& planning) { return StepMaker(planning).make(); }

}  // namespace jujubackup::restore
