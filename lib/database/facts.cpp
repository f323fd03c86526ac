#include "database/facts.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <jujubackup/error.hpp>

#include "database/commands.hpp"

namespace jujubackup::database {
namespace {

constexpr std::size_t max_models = 100'000;
constexpr std::size_t max_machines = 100'000;
constexpr std::size_t max_namespaces = 100'000;
constexpr std::int64_t manage_model_job = 2;  // state.JobManageModel: the machine runs a controller
constexpr std::int64_t dead = 2;              // state.Dead

Value ask(DatabaseSession& session, const char* command, Job* job) { return run(session, "admin", {{command, 1}}, job); }

bool is_true(const Value& document, std::string_view key) {
  const Value* value = document.find(key);
  return value != nullptr && value->boolean() != nullptr && *value->boolean();
}

// Lives as long as the document.
const Value::Array& list_in(const Value& document, std::string_view key) {
  static const Value::Array nothing;
  const Value* value = document.find(key);
  return value != nullptr && value->array() != nullptr ? *value->array() : nothing;
}

// "hello" came with 4.4; before, the same answer had another name.
Value ask_hello(DatabaseSession& session, Job* job) {
  try {
    return ask(session, "hello", job);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::program) throw;
    return ask(session, "isMaster", job);
  }
}

// The configuration of the replica set. Mongod 2.x has no command for it.
Value ask_configuration(DatabaseSession& session, Job* job) {
  try {
    const Value answer = ask(session, "replSetGetConfig", job);
    const Value* config = answer.find("config");
    return config != nullptr ? *config : Value();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::program) throw;
    return find_one(session, {"local", "system.replset"}, {}, job).value_or(Value());
  }
}

void take_replica_set(DatabaseFacts& facts, DatabaseSession& session, Job* job) {
  facts.replica_set = text_in(ask_hello(session, job), "setName");
  if (facts.replica_set.empty()) return;
  std::map<std::int64_t, std::string> machine_ids;
  const Value configuration = ask_configuration(session, job);
  for (const Value& member : list_in(configuration, "members")) {
    const Value* tag = at_path(member, "tags.juju-machine-id");
    const auto id = integer_in(member, "_id");
    if (id && tag != nullptr && tag->string() != nullptr) machine_ids.emplace(*id, *tag->string());
  }
  const Value status = ask(session, "replSetGetStatus", job);
  for (const Value& each : list_in(status, "members")) {
    ReplicaMember member;
    member.address = text_in(each, "name");
    member.state = text_in(each, "stateStr");
    member.healthy = integer_in(each, "health").value_or(0) == 1;
    member.self = is_true(each, "self");
    const auto id = integer_in(each, "_id");
    const auto known = id ? machine_ids.find(*id) : machine_ids.end();
    if (known != machine_ids.end()) member.machine_id = known->second;
    facts.members.push_back(std::move(member));
  }
}

void take_models(DatabaseFacts& facts, DatabaseSession& session, Job* job) {
  const auto controller = find_one(session, {"juju", "controllers"}, {{"_id", "e"}}, job);
  if (controller) {
    facts.controller_model_uuid = text_in(*controller, "model-uuid");
    facts.cloud = text_in(*controller, "cloud");
  }
  for (const Value& model : find_all(session, {"juju", "models"}, {}, job, max_models)) {
    ModelFact fact{text_in(model, "_id"), text_in(model, "name"), text_in(model, "owner"), text_in(model, "cloud"), text_in(model, "type")};
    // What juju-restore goes by; a controller whose document is lost is still one.
    if (facts.controller_model_uuid.empty() && fact.name == "controller") facts.controller_model_uuid = fact.uuid;
    if (!fact.uuid.empty() && fact.uuid == facts.controller_model_uuid) {
      facts.has_juju = true;
      facts.controller_uuid = text_in(model, "controller-uuid");
      if (!fact.cloud.empty()) facts.cloud = fact.cloud;
      facts.cloud_credential = text_in(model, "cloud-credential");
      std::replace(facts.cloud_credential.begin(), facts.cloud_credential.end(), '/', '#');
    }
    facts.models.push_back(std::move(fact));
  }
}

void take_version(DatabaseFacts& facts, DatabaseSession& session, Job* job) {
  const auto settings = find_one(session, {"juju", "settings"}, {{"_id", facts.controller_model_uuid + ":e"}}, job);
  const Value* version = settings ? at_path(*settings, "settings.agent-version") : nullptr;
  if (version == nullptr || version->string() == nullptr) return;
  try {
    facts.version = JujuVersion::parse(*version->string());
  } catch (const Error& error) {
    // Not known is what the checks are told then.
    if (error.code() != ErrorCode::corrupt) throw;
  }
}

bool runs_controller(const Value& machine) {
  const Value::Array& jobs = list_in(machine, "jobs");
  return std::any_of(jobs.begin(), jobs.end(), [](const Value& job) { return integer_of(job) == manage_model_job; });
}

// Juju settles on one private address; before it did, there are the provider's and the machine's own.
std::string private_address_of(const Value& machine) {
  const Value* settled = at_path(machine, "preferredprivateaddress.value");
  if (settled != nullptr && settled->string() != nullptr && !settled->string()->empty()) return *settled->string();
  std::string first;
  for (const char* list : {"addresses", "machineaddresses"}) {
    for (const Value& address : list_in(machine, list)) {
      std::string value = text_in(address, "value");
      const std::string scope = text_in(address, "networkscope");
      if (scope == "local-cloud" && !value.empty()) return value;
      if (first.empty() && scope != "local-machine" && scope != "link-local") first = std::move(value);
    }
  }
  return first;
}

std::string base_of(const Value& machine) {
  const Value* base = machine.find("base");
  if (base == nullptr) return "";
  const std::string os = text_in(*base, "os");
  if (os.empty()) return "";
  const std::string channel = text_in(*base, "channel");
  return os + "@" + channel.substr(0, channel.find('/'));
}

void take_machines(DatabaseFacts& facts, const std::string& self, DatabaseSession& session, Job* job) {
  std::size_t seen = 0;
  for_each_document(
      session, {"juju", "machines"}, {},
      [&](const Value& machine) {
        if (++seen > max_machines) throw Error(ErrorCode::limit, "juju.machines: more than " + std::to_string(max_machines) + " machines");
        if (!runs_controller(machine)) {
          if (integer_in(machine, "life") != dead) ++facts.other_machines;
          return true;
        }
        MachineFact fact{text_in(machine, "machineid"), text_in(machine, "model-uuid"), text_in(machine, "series"), base_of(machine)};
        if (fact.model_uuid != facts.controller_model_uuid) return true;
        facts.controller_hosts.push_back({fact.id, private_address_of(machine), !self.empty() && fact.id == self});
        facts.controller_machines.push_back(std::move(fact));
        return true;
      },
      job);
}

void take_namespaces(DatabaseFacts& facts, DatabaseSession& session, Job* job) {
  for (const std::string& database : database_names(session, job)) {
    if (database == "local" || database == "config") continue;
    for (const std::string& collection : collection_names(session, database, job)) {
      // Mongod's own: users and versions in admin, profiles and views elsewhere.
      if (collection.starts_with("system.")) continue;
      if (facts.namespaces.size() >= max_namespaces) throw Error(ErrorCode::limit, "the database has too many collections");
      facts.namespaces.push_back(Namespace{database, collection}.text());
    }
  }
  std::sort(facts.namespaces.begin(), facts.namespaces.end());
}

std::string self_among(const std::vector<ReplicaMember>& members) {
  const auto self = std::find_if(members.begin(), members.end(), [](const ReplicaMember& member) { return member.self; });
  return self == members.end() ? "" : self->machine_id;
}

}  // namespace

DatabaseFacts gather_facts(DatabaseSession& session, const std::string& machine_id, Job* job) {
  DatabaseFacts facts;
  facts.mongo_version = text_in(ask(session, "buildInfo", job), "version");
  take_replica_set(facts, session, job);
  const std::string self = machine_id.empty() ? self_among(facts.members) : machine_id;
  take_models(facts, session, job);
  if (facts.has_juju) {
    take_version(facts, session, job);
    if (!self.empty()) {
      const auto instance = find_one(session, {"juju", "instanceData"}, {{"_id", facts.controller_model_uuid + ":" + self}}, job);
      if (instance) facts.instance_id = text_in(*instance, "instanceid");
    }
  }
  take_machines(facts, self, session, job);
  take_namespaces(facts, session, job);
  return facts;
}

}  // namespace jujubackup::database
