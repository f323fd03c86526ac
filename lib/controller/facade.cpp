#include "controller/facade.hpp"

#include <algorithm>

#include "controller/wire_fields.hpp"

namespace jujubackup {
namespace {

// From 2.0 on (version 2) to 4.x (9 to 11) ListModels has kept its shape.
int choose_model_manager(const LoginResult& login) {
  int chosen = 0;
  for (const auto& [name, versions] : login.facades) {
    if (name != "ModelManager") continue;
    for (const int version : versions) {
      if (version >= 2 && version <= 11) chosen = std::max(chosen, version);
    }
  }
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

}  // namespace

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
