#include "restore/planning.hpp"

#include <algorithm>
#include <array>

#include "machine/place.hpp"
#include "restore/agent_conf_addresses.hpp"
#include "restore/services.hpp"

namespace jujubackup::restore {
namespace {

constexpr int usual_state_port = 37017;

// What a copy takes over (juju-restore's --copy-controller).
constexpr std::array<std::string_view, 10> copied_collections{
    "controllers",    "users",       "controllerusers",     "clouds",         "cloudCredentials",
    "globalSettings", "permissions", "externalControllers", "secretBackends", "secretBackendsRotate"};

std::string first_known(std::initializer_list<std::string> values) {
  for (const std::string& value : values) {
    if (!value.empty()) return value;
  }
  return "";
}

}  // namespace

std::vector<std::string> ids_of(const std::vector<ControllerHost>& hosts) {
  std::vector<std::string> ids;
  ids.reserve(hosts.size());
  for (const ControllerHost& host : hosts) ids.push_back(host.machine_id);
  return ids;
}

JujuVersion Planning::target_version() const {
  return target.database && !target.database->version.is_zero() ? target.database->version : target.version;
}

std::string Planning::target_model_uuid() const {
  return first_known({target.database ? target.database->controller_model_uuid : "", target.model_uuid});
}

std::string Planning::target_controller_uuid() const {
  return first_known({target.database ? target.database->controller_uuid : "", target.controller_uuid});
}

std::string Planning::target_mongo() const {
  return first_known({target.database ? target.database->mongo_version : "", target.mongo_version});
}

std::string Planning::machine_id() const {
  const std::string id = puts_files() ? backup.machine_id : target.machine_id;
  return first_known({id, target.machine_id, backup.machine_id, "0"});
}

MongoGeneration Planning::generation() const {
  return generation_of({target_mongo(), backup.mongo_version}, backup.version.is_zero() ? target_version() : backup.version);
}

std::string Planning::mongo_address() const {
  if (options.mongo_host.find(':') != std::string::npos) return options.mongo_host;
  int port = replaces_machine() && backup.state_port != 0 ? backup.state_port : target.state_port;
  if (port == 0) port = backup.state_port != 0 ? backup.state_port : usual_state_port;
  return with_port(options.mongo_host, port);
}

std::string Planning::work_dir() const { return options.work_dir.empty() ? data_path("restore") : options.work_dir; }

std::string Planning::conf_path(const std::string& id) const { return data_path("agents/" + machine::agent_name(id) + "/agent.conf"); }

std::vector<ControllerHost> Planning::other_hosts() const {
  std::vector<ControllerHost> others;
  if (!target.database) return others;
  for (const ControllerHost& host : target.database->controller_hosts) {
    if (host.machine_id != target.machine_id) others.push_back({host.machine_id, host.address, false});
  }
  return others;
}

std::vector<ControllerHost> Planning::hosts() const {
  std::vector<ControllerHost> all = keeps_ha() ? other_hosts() : std::vector<ControllerHost>();
  all.push_back({first_known({target.machine_id, machine_id()}), "", true});
  return all;
}

std::vector<std::string> Planning::workload_models() const {
  std::vector<std::string> names;
  if (!target.database) return names;
  for (const ModelFact& model : target.database->models) {
    // Bootstrap makes "default" beside the controller model.
    const bool from_bootstrap = model.uuid == target.database->controller_model_uuid || model.name == "default";
    if (!from_bootstrap) names.push_back(model.name);
  }
  return names;
}

std::vector<std::string> Planning::namespaces() const {
  std::vector<std::string> names;
  const bool everything = replaces_machine();
  for (const DumpCollection& collection : backup.collections) {
    const std::string name = collection.database + "." + collection.collection;
    if (collection.database == "admin" || collection.database == "backups") continue;
    if (kind == RestoreKind::copy_controller) {
      const bool copied =
          std::find(copied_collections.begin(), copied_collections.end(), collection.collection) != copied_collections.end();
      if (collection.database != "juju" || !copied) continue;
    }
    if (!everything && collection.database == "logs") continue;
    if (!everything && !options.include_status_history && name == "juju.statuseshistory") continue;
    names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::uint64_t Planning::staged_bytes() const {
  const std::vector<std::string> names = namespaces();
  std::uint64_t bytes = 0;
  for (const DumpCollection& collection : backup.collections) {
    if (std::binary_search(names.begin(), names.end(), collection.database + "." + collection.collection)) bytes += collection.bytes;
  }
  return bytes;
}

std::string Planning::private_address() const {
  if (!options.private_address.empty()) return options.private_address;
  if (target.database) {
    for (const ControllerHost& host : target.database->controller_hosts) {
      if (host.machine_id == target.machine_id && !host.address.empty()) return host.address;
    }
    for (const ReplicaMember& member : target.database->members) {
      std::string host = host_of(member.address);
      if (member.self && !is_loopback(host)) return host;
    }
  }
  // With other controllers there, agent.conf does not say which address is whose.
  if (target.api_addresses.size() == 1 && !is_loopback(host_of(target.api_addresses.front()))) return host_of(target.api_addresses.front());
  return "";
}

std::string Planning::public_address() const { return first_known({options.public_address, private_address()}); }

bool Planning::moved() const {
  const std::string address = private_address();
  if (address.empty()) return false;
  return std::none_of(backup.api_addresses.begin(), backup.api_addresses.end(),
                      [&](const std::string& each) { return host_of(each) == address; });
}

std::vector<ControllerHost> Planning::lost_controllers() const {
  std::vector<ControllerHost> lost;
  const std::vector<ControllerHost>& all =
      kind == RestoreKind::recover_survivor && target.database ? target.database->controller_hosts : backup.controllers;
  for (const ControllerHost& host : all) {
    if (host.machine_id != machine_id()) lost.push_back(host);
  }
  return lost;
}

}  // namespace jujubackup::restore
