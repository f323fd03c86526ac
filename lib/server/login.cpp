#include "server/login.hpp"

#include <arpa/inet.h>

#include <array>

#include "controller/wire_fields.hpp"

namespace jujubackup {
namespace {

constexpr int admin_version = 3;

const char* type_of(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  if (::inet_pton(AF_INET, host.c_str(), address.data()) == 1) return "ipv4";
  return ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1 ? "ipv6" : "hostname";
}

// Clients forget addresses whose scope is that of one machine, and then do not know where to dial: so all are "public".
Value servers_of(const ControllerFacts& facts) {
  Value::Array addresses;
  for (const Endpoint& endpoint : facts.advertise) {
    addresses.push_back(Value::Object{{"value", endpoint.host},
                                      {"type", type_of(endpoint.host)},
                                      {"scope", "public"},
                                      {"port", static_cast<std::int64_t>(endpoint.port)}});
  }
  // Not in braces, which clang takes for a copy of the list inside.
  Value::Array of_machines;
  of_machines.emplace_back(std::move(addresses));
  return of_machines;
}

Value login_result(const Service& service, const Caller& caller) {
  const ControllerFacts& facts = service.facts;
  const User& user = *caller.user;
  Value::Object info{{"display-name", ""}, {"identity", user.tag()}, {"controller-access", user.superuser ? "superuser" : "login"}};
  info.emplace_back("model-access", !caller.on_model ? "" : user.superuser ? "admin" : "read");
  Value::Object result{{"servers", servers_of(facts)}};
  if (caller.on_model) result.emplace_back("model-tag", "model-" + facts.model_uuid);
  result.emplace_back("controller-tag", "controller-" + facts.controller_uuid);
  result.emplace_back("user-info", std::move(info));
  result.emplace_back("facades", service.facades.offered(caller.on_model));
  result.emplace_back("server-version", service.generation.version.to_string());
  return result;
}

}  // namespace

Value call_before_login(const Service& service, const RpcRequest& request, const std::string& model_uuid, Caller& caller) {
  constexpr const char* unauthorized = "unauthorized access";
  if (!model_uuid.empty() && model_uuid != service.facts.model_uuid) {
    throw RpcError("unknown model: \"" + shown_text(model_uuid) + "\"", "model not found");
  }
  if (request.type != "Admin") throw not_implemented(request.type, request.version);
  if (request.version != admin_version) {
    throw RpcError("this version of Juju does not support login from old clients", "not supported");
  }
  if (request.request == "RedirectInfo") throw RpcError("not redirected", "");
  if (request.request != "Login") throw not_implemented(request.type, request.version, request.request);

  const RestoreStatus restore = service.restorer.status();
  const bool in_maintenance = restore == RestoreStatus::pending || restore == RestoreStatus::restoring;
  const std::string tag = text_at(request.params, "auth-tag");
  const std::string password = text_at(request.params, "credentials");
  const User* user = password.empty() ? nullptr : service.users.check(tag, password);
  if (user == nullptr && in_maintenance) throw RpcError("login failed - maintenance in progress", "");
  // Where a real controller would offer a macaroon to be discharged.
  if (password.empty()) throw RpcError("no credentials provided", unauthorized);
  if (user == nullptr) throw RpcError("invalid entity name or password", unauthorized);
  caller.user = user;
  caller.on_model = !model_uuid.empty();
  caller.restore = restore;
  return login_result(service, caller);
}

}  // namespace jujubackup
