#include <jujubackup/restore.hpp>

#include "base/json.hpp"
#include "restore/step_json.hpp"

namespace jujubackup {
namespace {

Value texts(const std::vector<std::string>& items) {
  Value::Array array;
  for (const std::string& item : items) array.emplace_back(item);
  return array;
}

void add_known(Value::Object& object, const char* key, const std::string& text) {
  if (!text.empty()) object.emplace_back(key, text);
}
void add_known(Value::Object& object, const char* key, const JujuVersion& version) {
  if (!version.is_zero()) object.emplace_back(key, version.to_string());
}

// By way of its text, so that it looks the same everywhere. Neither of them prints a key.
template <typename T>
Value as_printed(const T& what) {
  const std::string text = to_json(what);
  TextLimits limits;
  limits.max_bytes = text.size();
  return parse_json(text, limits);
}

Value models_of(const std::vector<ModelFact>& models) {
  Value::Array array;
  for (const ModelFact& model : models) {
    Value::Object object{{"name", model.name}, {"uuid", model.uuid}};
    add_known(object, "owner", model.owner);
    add_known(object, "cloud", model.cloud);
    add_known(object, "type", model.type);
    array.emplace_back(std::move(object));
  }
  return array;
}

Value hosts_of(const std::vector<ControllerHost>& hosts) {
  Value::Array array;
  for (const ControllerHost& host : hosts) array.emplace_back(Value::Object{{"machine", host.machine_id}, {"address", host.address}});
  return array;
}

Value tools_of(const std::vector<AgentTools>& tools) {
  Value::Array array;
  for (const AgentTools& each : tools) array.emplace_back(each.directory);
  return array;
}

Value value_of(const BackupFacts& backup) {
  Value::Object object{{"source", backup.source}};
  if (!backup.started.is_zero()) object.emplace_back("created-at", backup.started.rfc3339());
  add_known(object, "controller-uuid", backup.controller_uuid);
  add_known(object, "controller-model-uuid", backup.model_uuid);
  add_known(object, "machine", backup.machine_id);
  add_known(object, "hostname", backup.hostname);
  add_known(object, "instance-id", backup.instance_id);
  add_known(object, "juju-version", backup.version);
  add_known(object, "series", backup.series);
  add_known(object, "base", backup.base);
  add_known(object, "mongo-version", backup.mongo_version);
  object.emplace_back("ha-nodes", backup.ha_nodes);
  object.emplace_back("models", models_of(backup.dump.models));
  Value::Array clouds;
  for (const CloudFact& cloud : backup.dump.clouds) clouds.emplace_back(Value::Object{{"name", cloud.name}, {"type", cloud.type}});
  object.emplace_back("clouds", std::move(clouds));
  object.emplace_back("controllers", hosts_of(backup.controllers));
  object.emplace_back("other-machines", std::uint64_t{backup.agents.size()});
  object.emplace_back("root-bytes", backup.root_bytes);
  object.emplace_back("dump-bytes", backup.dump_bytes);
  object.emplace_back("tools", tools_of(backup.tools));
  object.emplace_back("has-ca-key", backup.has_ca_key);
  object.emplace_back("missing", texts(backup.missing));
  object.emplace_back("outside", texts(backup.outside));
  object.emplace_back("dangers", texts(backup.dangers));
  if (backup.metadata) object.emplace_back("metadata", as_printed(*backup.metadata));
  object.emplace_back("verification", as_printed(backup.verification));
  return object;
}

Value value_of(const DatabaseFacts& database) {
  Value::Object object;
  add_known(object, "mongo-version", database.mongo_version);
  add_known(object, "replica-set", database.replica_set);
  add_known(object, "controller-uuid", database.controller_uuid);
  add_known(object, "controller-model-uuid", database.controller_model_uuid);
  add_known(object, "juju-version", database.version);
  Value::Array members;
  for (const ReplicaMember& member : database.members) {
    members.emplace_back(Value::Object{{"address", member.address},
                                       {"machine", member.machine_id},
                                       {"state", member.state},
                                       {"healthy", member.healthy},
                                       {"self", member.self}});
  }
  object.emplace_back("members", std::move(members));
  object.emplace_back("controllers", hosts_of(database.controller_hosts));
  object.emplace_back("models", models_of(database.models));
  return object;
}

Value value_of(const TargetFacts& target) {
  Value::Object object{{"root", target.root}, {"data-dir", target.data_dir}, {"has-agent-conf", target.has_agent_conf}};
  add_known(object, "machine", target.machine_id);
  add_known(object, "hostname", target.hostname);
  add_known(object, "controller-uuid", target.controller_uuid);
  add_known(object, "controller-model-uuid", target.model_uuid);
  add_known(object, "juju-version", target.version);
  add_known(object, "series", target.series);
  add_known(object, "base", target.base);
  add_known(object, "mongo-version", target.mongo_version);
  object.emplace_back("is-root", target.is_root);
  object.emplace_back("tools", tools_of(target.tools));
  object.emplace_back("machine-agents", texts(target.machine_agents));
  object.emplace_back("other-agents", texts(target.other_agents));
  object.emplace_back("services", texts(target.services));
  add_known(object, "mongorestore", target.mongorestore);
  add_known(object, "mongodump", target.mongodump);
  object.emplace_back("staging-free-bytes", target.staging_free_bytes);
  object.emplace_back("data-free-bytes", target.data_free_bytes);
  if (target.database) {
    object.emplace_back("database", value_of(*target.database));
  } else {
    add_known(object, "database-problem", target.database_problem);
  }
  return object;
}

Value value_of(const RestoreCheck& check) {
  Value::Object object{{"name", check.name}, {"state", name_of(check.state)}, {"explanation", check.explanation}};
  add_known(object, "override", check.override_option);
  return object;
}

}  // namespace

std::string to_json(const RestorePlan& plan) {
  Value::Array checks, steps;
  for (const RestoreCheck& check : plan.checks) checks.push_back(value_of(check));
  for (const RestoreStep& step : plan.steps) steps.push_back(restore::value_of(step));
  const Value::Object object{{"kind", name_of(plan.kind)},      {"blocked", plan.blocked()},
                             {"backup", value_of(plan.backup)}, {"target", value_of(plan.target)},
                             {"checks", std::move(checks)},     {"commands-before", texts(plan.commands_before)},
                             {"steps", std::move(steps)},       {"commands-after", texts(plan.commands_after)}};
  return write_json(object, JsonStyle::indented);
}

std::string to_json(const BackupFacts& backup) { return write_json(value_of(backup), JsonStyle::indented); }
std::string to_json(const TargetFacts& target) { return write_json(value_of(target), JsonStyle::indented); }

}  // namespace jujubackup
