#include "client/files.hpp"

#include <utility>

#include <jujubackup/error.hpp>

#include "base/json.hpp"
#include "base/yaml.hpp"

namespace jujubackup::client {
namespace {

[[noreturn]] void wrong(const std::string& what) { throw Error(ErrorCode::corrupt, what); }

// The members under `key`; none if there is no such key or nothing under it, which Juju reads as empty as well.
const Value::Object& members_of(const Value& parent, std::string_view key) {
  static const Value::Object none;
  const Value* value = parent.find(key);
  if (value == nullptr || value->is_null()) return none;
  const Value::Object* members = value->object();
  if (members == nullptr) wrong(std::string(key) + " is not a mapping");
  return *members;
}

std::string text_under(const Value& parent, std::string_view key) {
  const Value* value = parent.find(key);
  if (value == nullptr || value->is_null()) return "";
  const std::string* text = value->string();
  if (text == nullptr) wrong(std::string(key) + " is not a text (a number or true has to stand in quotes)");
  return *text;
}

std::vector<std::string> texts_under(const Value& parent, std::string_view key) {
  const Value* value = parent.find(key);
  if (value == nullptr || value->is_null()) return {};
  const Value::Array* items = value->array();
  if (items == nullptr) wrong(std::string(key) + " is not a list");
  if (items->size() > max_endpoints)
    throw Error(ErrorCode::limit, std::string(key) + " has more than " + std::to_string(max_endpoints) + " items");
  std::vector<std::string> texts;
  for (const Value& item : *items) {
    if (item.string() == nullptr) wrong(std::string(key) + " has an item that is not a text");
    texts.push_back(*item.string());
  }
  return texts;
}

Value parse_file(std::string_view text) {
  TextLimits limits;
  limits.max_bytes = max_file_bytes;
  Value file = parse_yaml(text, limits);
  if (!file.is_null() && file.object() == nullptr) wrong("it is not a mapping");
  return file;
}

// The entries of the file's `controllers`, each a mapping or null.
const Value::Object& entries_of(const Value& file) {
  const Value::Object& entries = members_of(file, "controllers");
  for (const auto& [name, entry] : entries) {
    if (name.empty()) wrong("an entry of controllers has no name");
    if (!entry.is_null() && entry.object() == nullptr) wrong("an entry of controllers is not a mapping");
  }
  return entries;
}

ClientController controller_of(const std::string& name, const Value& entry) {
  ClientController controller;
  controller.name = name;
  controller.uuid = text_under(entry, "uuid");
  controller.endpoints = texts_under(entry, "api-endpoints");
  // 2.0 and 2.1 keep the names as they were told beside the addresses that they found for them.
  if (controller.endpoints.empty()) controller.endpoints = texts_under(entry, "unresolved-api-endpoints");
  controller.ca_cert = text_under(entry, "ca-cert");
  controller.public_hostname = text_under(entry, "public-hostname");
  controller.cloud = text_under(entry, "cloud");
  controller.region = text_under(entry, "region");
  controller.agent_version = text_under(entry, "agent-version");
  return controller;
}

}  // namespace

std::string without_local_domain(std::string_view name) {
  constexpr std::string_view domain = "@local";
  const std::string_view owner = name.substr(0, name.find('/'));
  if (!owner.ends_with(domain)) return std::string(name);
  return std::string(owner.substr(0, owner.size() - domain.size())).append(name.substr(owner.size()));
}

ControllersFile parse_controllers(std::string_view text) {
  const Value file = parse_file(text);
  ControllersFile result;
  for (const auto& [name, entry] : entries_of(file)) result.controllers.push_back(controller_of(name, entry));
  result.current = text_under(file, "current-controller");
  return result;
}

std::map<std::string, ClientAccount, std::less<>> parse_accounts(std::string_view text) {
  const Value file = parse_file(text);
  std::map<std::string, ClientAccount, std::less<>> accounts;
  for (const auto& [name, entry] : entries_of(file)) {
    ClientAccount& account = accounts[name];
    account.user = without_local_domain(text_under(entry, "user"));
    account.password = text_under(entry, "password");
    account.access = text_under(entry, "last-known-access");
  }
  return accounts;
}

std::map<std::string, KnownModels, std::less<>> parse_models(std::string_view text) {
  const Value file = parse_file(text);
  std::map<std::string, KnownModels, std::less<>> result;
  for (const auto& [name, entry] : entries_of(file)) {
    KnownModels& known = result[name];
    known.current = without_local_domain(text_under(entry, "current-model"));
    for (const auto& [model_name, model] : members_of(entry, "models")) {
      if (!model.is_null() && model.object() == nullptr) wrong("an entry of models is not a mapping");
      known.models.push_back({without_local_domain(model_name), text_under(model, "uuid"), text_under(model, "type")});
    }
  }
  return result;
}

}  // namespace jujubackup::client
