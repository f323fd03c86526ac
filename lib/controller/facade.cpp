#include "controller/facade.hpp"

#include <algorithm>

#include "controller/wire_fields.hpp"

namespace jujubackup {
namespace {

// The newest of `first` to `last` that is offered; 0: none.
int newest_of(const LoginResult& login, std::string_view facade, int first, int last) {
  int chosen = 0;
  for (const auto& [name, versions] : login.facades) {
    if (name != facade) continue;
    for (const int version : versions) {
      if (version >= first && version <= last) chosen = std::max(chosen, version);
    }
  }
  return chosen;
}

// From 2.0 on (version 2) to 4.x (9 to 11) ListModels has kept its shape.
int choose_model_manager(const LoginResult& login) {
  const int chosen = newest_of(login, "ModelManager", 2, 11);
  if (chosen == 0) throw Error(ErrorCode::unsupported, "the controller has no list of models that this library can read");
  return chosen;
}

// "admin/controller" of {"name": "controller", "owner-tag": "user-admin"}.
std::string qualified_name_of(const Value& model) {
  constexpr std::string_view tag = "user-";
  constexpr std::string_view local = "@local";  // of Juju's 2.0 betas
  std::string owner = text_at(model, "owner-tag");
  if (owner.substr(0, tag.size()) == tag) owner.erase(0, tag.size());
  if (owner.size() > local.size() && owner.substr(owner.size() - local.size()) == local) owner.resize(owner.size() - local.size());
  return owner + '/' + text_at(model, "name");
}

bool is_true(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  return value != nullptr && value->boolean() != nullptr && *value->boolean();
}

bool runs_controller(const Value& machine) {
  const Value::Array& jobs = array_at(machine, "jobs");
  return std::any_of(jobs.begin(), jobs.end(),
                     [](const Value& job) { return job.string() != nullptr && *job.string() == "JobManageModel"; });
}

bool is_active(const Value& machine) {
  if (!runs_controller(machine) || !is_true(machine, "wants-vote") || !is_true(machine, "has-vote")) return false;
  const Value* status = machine.find("agent-status");
  return status == nullptr || text_at(*status, "status") != "down";
}

}  // namespace

std::size_t count_active_controllers(RpcConnection& connection, const LoginResult& login, const Job* job) {
  // From 2.0 (version 1) to 4.x (8) machines have kept these members.
  const int version = newest_of(login, "Client", 1, 8);
  if (version == 0) throw Error(ErrorCode::unsupported, "the controller has no status that this library can read");
  Value::Object params;
  params.emplace_back("patterns", Value::Array{});
  const Value status = connection.call("Client", version, "FullStatus", std::move(params), job);
  const Value* machines = status.find("machines");
  if (machines == nullptr || machines->object() == nullptr) throw Error(ErrorCode::corrupt, "the controller's status has no machines");
  const auto& all = *machines->object();
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const auto& machine) { return is_active(machine.second); }));
}

std::string find_model_uuid(RpcConnection& connection, const LoginResult& login, std::string_view qualified_name, const Job* job) {
  Value::Object params;
  params.emplace_back("tag", "user-" + login.user);
  const Value response = connection.call("ModelManager", choose_model_manager(login), "ListModels", std::move(params), job);
  for (const Value& entry : array_at(response, "user-models")) {
    const Value* model = entry.find("model");
    if (model != nullptr && qualified_name_of(*model) == qualified_name) return text_at(*model, "uuid");
  }
  return {};
}

}  // namespace jujubackup
