#include "client/backup_record.hpp"

#include <utility>

#include <fmt/format.h>

#include <jujubackup/error.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "client/files.hpp"

namespace jujubackup {
namespace client {
namespace {

template <typename Parse>
auto parsed(const Texts& texts, std::string_view name, Parse parse, std::vector<std::string>& warnings) -> decltype(parse(name)) {
  try {
    return parse(text_of(texts, name));
  } catch (const Error& error) {
    warnings.push_back(std::string(name) + ": " + error.what());
    return {};
  }
}

}  // namespace

std::string_view text_of(const Texts& texts, std::string_view path) {
  const auto found = texts.find(path);
  return found == texts.end() ? std::string_view() : found->second;
}

void describe_controllers(const Texts& texts, ClientBackupRecord& record) {
  const ControllersFile file = parsed(texts, "controllers.yaml", parse_controllers, record.warnings);
  const auto accounts = parsed(texts, "accounts.yaml", parse_accounts, record.warnings);
  const auto models = parsed(texts, "models.yaml", parse_models, record.warnings);
  for (const ClientController& controller : file.controllers) {
    ClientBackupController seen;
    seen.name = controller.name;
    seen.uuid = controller.uuid;
    seen.current = controller.name == file.current;
    if (const auto account = accounts.find(controller.name); account != accounts.end()) seen.user = account->second.user;
    if (const auto known = models.find(controller.name); known != models.end()) {
      for (const ClientModel& model : known->second.models) seen.models.push_back(model.name);
    }
    record.controllers.push_back(std::move(seen));
  }
}

}  // namespace client

namespace {

void add_text(Value::Object& object, const char* key, const std::string& text) {
  if (!text.empty()) object.emplace_back(key, text);
}

Value::Array list_of(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

Value value_of(const ClientBackupRecord& record) {
  Value::Object root;
  if (!record.started.is_zero()) root.emplace_back("started", record.started.rfc3339());
  add_text(root, "host", record.host);
  add_text(root, "directory", record.directory);
  add_text(root, "entry", record.entry);
  add_text(root, "cookie-jar", record.cookie_jar);
  root.emplace_back("own", record.own);
  root.emplace_back("files", record.files);
  root.emplace_back("content-bytes", record.content_bytes);
  Value::Array controllers;
  for (const ClientBackupController& controller : record.controllers) {
    Value::Object object{{"name", controller.name}};
    add_text(object, "uuid", controller.uuid);
    add_text(object, "user", controller.user);
    object.emplace_back("current", controller.current);
    object.emplace_back("models", list_of(controller.models));
    controllers.emplace_back(std::move(object));
  }
  root.emplace_back("controllers", std::move(controllers));
  if (record.size_bytes != 0) root.emplace_back("size", record.size_bytes);
  add_text(root, "sha1", record.sha1_base64);
  add_text(root, "sha256", record.sha256_hex);
  root.emplace_back("left-out", list_of(record.left_out));
  root.emplace_back("warnings", list_of(record.warnings));
  return root;
}

}  // namespace

std::string to_json(const ClientBackupRecord& record) { return write_json(value_of(record), JsonStyle::indented); }
std::string to_yaml(const ClientBackupRecord& record) { return write_yaml(value_of(record)); }

std::string to_text(const ClientBackupRecord& record) {
  std::string text;
  const auto line = [&text](std::string_view name, const std::string& value) {
    if (!value.empty()) text += fmt::format("{:<13}{}\n", std::string(name) + ":", printable(value));
  };
  line("started", record.started.is_zero() ? "" : record.started.rfc3339());
  line("host", record.host);
  line("directory", record.directory);
  line("in archive", record.entry.empty() ? "at the top" : record.entry);
  line("cookie jar", record.cookie_jar);
  line("made by", record.own ? "this library" : "another program");
  line("files", fmt::format("{} ({} bytes)", record.files, record.content_bytes));
  line("size", record.size_bytes == 0 ? "" : fmt::format("{} bytes", record.size_bytes));
  line("sha256", record.sha256_hex);
  if (record.controllers.empty()) text += "controllers: none\n";
  if (!record.controllers.empty()) text += "controllers:\n";
  for (const ClientBackupController& controller : record.controllers) {
    text += fmt::format("  {}{}, user {}\n", printable(controller.name), controller.current ? " (current)" : "",
                        controller.user.empty() ? "unknown" : printable(controller.user));
    for (const std::string& model : controller.models) text += "    model " + printable(model) + "\n";
  }
  for (const std::string& name : record.left_out) text += "left out: " + printable(name) + "\n";
  for (const std::string& warning : record.warnings) text += "warning: " + printable(warning) + "\n";
  return text;
}

}  // namespace jujubackup
