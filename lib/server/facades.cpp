#include "server/facades.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "controller/wire_fields.hpp"

namespace jujubackup {
namespace {

using Call = Facades::Call;
using Facade = Facades::Facade;
using Method = Facades::Method;

constexpr std::int64_t any = INT64_MAX;
constexpr std::size_t max_shown_name = 100;  // of a facade or method that a client made up
constexpr std::size_t max_entities = 1000;

std::string shown(std::string_view name) { return printable(name.substr(0, max_shown_name)); }

std::vector<int> from_to(int first, int last) {
  std::vector<int> versions;
  for (int version = first; version <= last; ++version) versions.push_back(version);
  return versions;
}

// The model's owner. Local users of 2.0 are "user-admin@local" in places; clients take either.
constexpr const char* owner_tag = "user-admin";

Value machine_status(const ControllerFacts& facts) {
  return Value::Object{{"status", "started"}, {"info", ""}, {"since", facts.started.rfc3339()}};
}

Value full_status(const Generation& generation, const ControllerFacts& facts) {
  Value::Array addresses;
  for (const Endpoint& endpoint : facts.advertise) addresses.emplace_back(endpoint.host);
  Value::Object machine{{"id", facts.machine_id},
                        {"dns-name", facts.advertise.empty() ? "" : facts.advertise.front().host},
                        {"ip-addresses", std::move(addresses)},
                        {"instance-id", "embedded"},
                        {"jobs", Value::Array{"JobManageModel"}},
                        {"has-vote", true},
                        {"wants-vote", true},
                        {"agent-status", machine_status(facts)},
                        {"instance-status", machine_status(facts)},
                        {"containers", Value::Object{}}};
  if (generation.at_least(3, 0)) {
    machine.emplace_back("base", Value::Object{{"name", "ubuntu"}, {"channel", "22.04/stable"}});
  } else {
    machine.emplace_back("series", "jammy");
  }
  Value::Object model{{"name", "controller"}, {"version", generation.version.to_string()}, {"cloud-tag", "cloud-embedded"}};
  if (generation.at_least(2, 4)) model.emplace_back("type", "iaas");
  return Value::Object{{"model", std::move(model)},
                       {"machines", Value::Object{{facts.machine_id, std::move(machine)}}},
                       {"applications", Value::Object{}},
                       {"relations", Value::Array{}}};
}

Value list_models(const Generation& generation, const ControllerFacts& facts, const Call& call) {
  const std::string tag = text_at(call.params, "tag");
  if (tag != call.caller.user->tag() && !call.caller.user->superuser) throw RpcError("permission denied", "unauthorized access");
  Value::Object model{{"name", "controller"}, {"uuid", facts.model_uuid}};
  // Without it clients since 2.4 take the model for one of machines all the same, but some for one of an unknown kind.
  if (generation.at_least(2, 4)) model.emplace_back("type", "iaas");
  model.emplace_back("owner-tag", owner_tag);
  return Value::Object{{"user-models", Value::Array{Value::Object{{"model", std::move(model)}, {"last-connection", Value()}}}}};
}

Value model_status(const Generation& generation, const ControllerFacts& facts, const Call& call) {
  const Value::Array& entities = array_at(call.params, "entities");
  if (entities.size() > max_entities) throw Error(ErrorCode::limit, "too many entities in one call");
  const std::string own_tag = "model-" + facts.model_uuid;
  Value::Array models;
  for (const Value& entity : entities) {
    const std::string tag = text_at(entity, "tag");
    if (tag != own_tag) {
      Value::Object error{{"message", "model not found"}, {"code", "not found"}};
      models.push_back(Value::Object{{"model-tag", ""}, {"life", ""}, {"owner-tag", ""}, {"error", std::move(error)}});
      continue;
    }
    const Value::Object machine{
        {"id", facts.machine_id}, {"instance-id", "embedded"}, {"status", "started"}, {"has-vote", true}, {"wants-vote", true}};
    Value::Object model{{"model-tag", own_tag}, {"life", "alive"}, {"owner-tag", owner_tag}};
    if (generation.at_least(2, 4)) model.emplace_back("type", "iaas");
    model.emplace_back("hosted-machine-count", 0);
    model.emplace_back("application-count", 0);
    model.emplace_back("machines", Value::Array{machine});
    models.push_back(std::move(model));
  }
  return Value::Object{{"models", std::move(models)}};
}

Value model_config(const Generation& generation, const ControllerFacts& facts, const std::string& backup_dir) {
  const auto attribute = [](const std::string& value, const char* source) {
    return Value(Value::Object{{"value", value}, {"source", source}});
  };
  Value::Object config{{"agent-version", attribute(generation.version.to_string(), "model")},
                       {"name", attribute("controller", "model")},
                       {"type", attribute("embedded", "model")},
                       {"uuid", attribute(facts.model_uuid, "model")}};
  if (generation.at_least(2, 4)) config.emplace_back("backup-dir", attribute(backup_dir, "model"));
  return Value::Object{{"config", std::move(config)}};
}

Value controller_config(const ControllerFacts& facts) {
  const std::int64_t port = facts.advertise.empty() ? 17070 : facts.advertise.front().port;
  return Value::Object{
      {"config",
       Value::Object{
           {"api-port", port}, {"ca-cert", facts.ca_cert}, {"controller-name", "embedded"}, {"controller-uuid", facts.controller_uuid}}}};
}

// Versions of the facades beside Backups. The newer ones have the same few methods in the same form.
std::vector<int> model_manager_versions(const Generation& generation) {
  if (generation.at_least(4, 0)) return {9, 10, 11};
  if (generation.at_least(3, 0)) return {9};
  if (generation.at_least(2, 9)) return from_to(2, 9);
  return generation.at_least(2, 4) ? from_to(2, 5) : from_to(2, 2);
}
std::vector<int> client_versions(const Generation& generation) {
  if (generation.at_least(4, 0)) return {8};
  if (generation.at_least(3, 0)) return {6};
  return generation.at_least(2, 9) ? from_to(1, 6) : from_to(1, 1);
}
std::vector<int> model_config_versions(const Generation& generation) {
  if (generation.at_least(3, 0)) return {3};
  return generation.at_least(2, 9) ? from_to(1, 3) : from_to(1, 1);
}
std::vector<int> controller_versions(const Generation& generation) {
  if (generation.at_least(4, 0)) return {12, 13, 14};
  if (generation.at_least(3, 0)) return {11, 12};
  return generation.at_least(2, 9) ? from_to(3, 11) : from_to(3, 3);
}

}  // namespace

RpcError not_implemented(std::string_view type, std::int64_t version, std::string_view method) {
  constexpr const char* code = "not implemented";
  const std::string object = version == 0 ? shown(type) : shown(type) + "(" + std::to_string(version) + ")";
  if (!method.empty()) return {"no such request - method " + object + "." + shown(method) + " is not implemented", code};
  if (version == 0) return {"unknown object type \"" + shown(type) + "\"", code};
  return {"unknown version (" + std::to_string(version) + ") of interface \"" + shown(type) + "\"", code};
}

Facades::Facades(const Generation& generation, const ControllerFacts& facts, Backups& backups, Restorer& restorer)
    : generation_(generation) {
  const Method status{"ModelStatus", 1, any, [generation, facts](const Call& call) { return model_status(generation, facts, call); }};

  facades_.push_back(backups_facade(generation, backups, restorer));
  Facade client{"Client", client_versions(generation), true, false, false, nullptr, {}};
  client.methods.push_back({"FullStatus", 1, any, [generation, facts](const Call&) { return full_status(generation, facts); }});
  facades_.push_back(std::move(client));

  Facade controller{"Controller", controller_versions(generation), false, true, false, nullptr, {}};
  controller.methods.push_back({"ControllerConfig", 1, any, [facts](const Call&) { return controller_config(facts); }});
  if (!generation.at_least(2, 1)) controller.methods.push_back(status);
  facades_.push_back(std::move(controller));

  Facade config{"ModelConfig", model_config_versions(generation), true, true, false, nullptr, {}};
  config.methods.push_back({"ModelGet", 1, any, [generation, facts, directory = backups.backup_dir()](const Call&) {
                              return model_config(generation, facts, directory);
                            }});
  facades_.push_back(std::move(config));

  Facade manager{"ModelManager", model_manager_versions(generation), false, true, false, nullptr, {}};
  manager.methods.push_back({"ListModels", 1, any, [generation, facts](const Call& call) { return list_models(generation, facts, call); }});
  if (generation.at_least(2, 1)) manager.methods.push_back(status);
  facades_.push_back(std::move(manager));

  Facade pinger{"Pinger", {1}, true, true, false, nullptr, {}};
  pinger.methods.push_back({"Ping", 1, any, [](const Call&) { return Value(Value::Object{}); }});
  facades_.push_back(std::move(pinger));
}

Value Facades::offered(bool on_model) const {
  Value::Array list;
  for (const Facade& facade : facades_) {
    if (on_model ? !facade.on_model : !facade.on_controller) continue;
    Value::Array versions;
    for (const int version : facade.versions) versions.emplace_back(version);
    list.push_back(Value::Object{{"name", facade.name}, {"versions", std::move(versions)}});
  }
  return list;
}

bool Facades::is_slow(std::string_view type) const noexcept {
  return std::any_of(facades_.begin(), facades_.end(), [type](const Facade& facade) { return facade.slow && facade.name == type; });
}

Value Facades::call(const Caller& caller, const RpcRequest& request, Job* job) const {
  require_allowed(caller.restore, request, generation_);
  const auto found =
      std::find_if(facades_.begin(), facades_.end(), [&request](const Facade& facade) { return facade.name == request.type; });
  const bool known = found != facades_.end();
  // Whether a facade is for this kind of connection is asked before whether there is one.
  if (caller.on_model ? known && !found->on_model : !known || !found->on_controller) {
    throw RpcError(
        "facade \"" + shown(request.type) + "\" not supported for " + (caller.on_model ? "model" : "controller") + " API connection",
        "not supported");
  }
  const auto has = [&request](const std::vector<int>& versions) {
    return std::any_of(versions.begin(), versions.end(), [&request](int version) { return version == request.version; });
  };
  if (!known || !has(found->versions)) throw not_implemented(request.type, request.version);
  for (const Method& method : found->methods) {
    if (method.name != request.request || request.version < method.first || request.version > method.last) continue;
    if (found->admit) found->admit(caller);
    return method.run({caller, request.version, request.params, job});
  }
  throw not_implemented(request.type, request.version, request.request);
}

}  // namespace jujubackup
