#include "rebootstrap/bootstrap_call.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "base/yaml.hpp"
#include "client/files.hpp"
#include "restore/services.hpp"

namespace jujubackup::rebootstrapping {
namespace {

// Made anew by each bootstrap, or given in another way.
constexpr std::array<std::string_view, 12> not_passed_on = {
    "name",    "type",           "uuid",         "agent-version",       "controller-uuid", "controller-name",
    "ca-cert", "ca-private-key", "ca-cert-path", "ca-private-key-path", "admin-secret",    "provisioner-safe-mode"};

std::string text_at(const Value& entry, std::string_view key) {
  const Value* value = entry.find(key);
  const std::string* text = value == nullptr ? nullptr : value->string();
  return text == nullptr ? "" : *text;
}

Value::Object mapping_at(const Value& entry, std::string_view key) {
  const Value* value = entry.find(key);
  const Value::Object* mapping = value == nullptr ? nullptr : value->object();
  return mapping == nullptr ? Value::Object() : *mapping;
}

void set(Value::Object& members, std::string_view key, Value value) {
  const auto found = std::find_if(members.begin(), members.end(), [key](const auto& member) { return member.first == key; });
  if (found == members.end()) {
    members.emplace_back(std::string(key), std::move(value));
  } else {
    found->second = std::move(value);
  }
}

void pass_on(const Value::Object& from, Value::Object& to) {
  for (const auto& [key, value] : from) {
    if (std::find(not_passed_on.begin(), not_passed_on.end(), key) != not_passed_on.end()) continue;
    const bool is_empty = value.is_null() || (value.string() != nullptr && value.string()->empty());
    if (!is_empty) set(to, key, value);
  }
}

std::string system_option(const BackupFacts& backup, const JujuProgram& juju, std::vector<std::string>& arguments) {
  if (!backup.base.empty() && juju.options.contains("--bootstrap-base")) {
    arguments.insert(arguments.end(), {"--bootstrap-base", backup.base});
  } else if (!backup.series.empty() && juju.options.contains("--bootstrap-series")) {
    arguments.insert(arguments.end(), {"--bootstrap-series", backup.series});
  } else if (backup.series.empty() && backup.base.empty()) {
    return "the backup does not say which release of Ubuntu its machine had: juju chooses one";
  } else {
    return "this juju cannot be told to use " + printable(backup.base.empty() ? backup.series : backup.base) +
           ", which the machine of the backup had";
  }
  return "";
}

bool same_minor(const JujuVersion& a, const JujuVersion& b) { return a.major == b.major && a.minor == b.minor; }

}  // namespace

BootstrapRecord parse_bootstrap_record(std::string_view text, const std::string& controller) {
  TextLimits limits;
  limits.max_bytes = client::max_file_bytes;
  const Value file = parse_yaml(text, limits);
  const Value* all = file.find("controllers");
  const Value* entry = all == nullptr ? nullptr : all->find(controller);
  if (entry == nullptr || entry->object() == nullptr) {
    throw Error(ErrorCode::not_found, "bootstrap config for controller " + printable(controller) + " not found");
  }
  BootstrapRecord record;
  record.cloud = text_at(*entry, "cloud");
  record.region = text_at(*entry, "region");
  record.credential = text_at(*entry, "credential");
  record.controller_config = mapping_at(*entry, "controller-config");
  record.model_config = mapping_at(*entry, "model-config");
  return record;
}

JujuVersion parse_juju_version(std::string_view output) {
  const std::string word(output.substr(0, output.find_first_of(" \r\n")));
  if (const auto tools = restore::agent_tools_named(word)) return tools->version;
  try {
    return JujuVersion::parse(word);
  } catch (const Error&) {
    throw Error(ErrorCode::program, "juju version printed no version");
  }
}

std::set<std::string, std::less<>> parse_options(std::string_view help) {
  std::set<std::string, std::less<>> options;
  // Lines begin with the option; its text follows in others.
  while (!help.empty()) {
    std::string_view line = help.substr(0, help.find('\n'));
    help.remove_prefix(std::min(help.size(), line.size() + 1));
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(" \t")));
    if (!line.starts_with("-")) continue;
    while (!line.empty()) {
      const std::string_view word = line.substr(0, line.find_first_of(" ,=\t\r"));
      if (word.starts_with("--")) options.emplace(word);
      line.remove_prefix(std::min(line.size(), word.size() + 1));
    }
  }
  return options;
}

std::vector<std::string> bootstrap_arguments(const RebootstrapPlan& plan, const BackupFacts& backup, const RebootstrapOptions& options,
                                             const JujuProgram& juju, std::vector<std::string>& warnings) {
  std::vector<std::string> arguments = {"bootstrap", plan.cloud + (plan.region.empty() ? "" : "/" + plan.region), plan.controller,
                                        "--config", std::string(config_place)};
  const auto offered = [&](std::string_view option) { return juju.options.contains(option); };
  if (!plan.credential.empty()) arguments.insert(arguments.end(), {"--credential", plan.credential});
  if (!options.constraints.empty()) arguments.insert(arguments.end(), {"--constraints", options.constraints});
  if (const std::string warning = system_option(backup, juju, arguments); !warning.empty()) warnings.push_back(warning);
  if (options.build_agent) {
    // The old name of early betas.
    arguments.emplace_back(offered("--build-agent") || !offered("--upload-tools") ? "--build-agent" : "--upload-tools");
  } else if (!backup.version.is_zero() && !backup.version.is_unknown() && offered("--agent-version") &&
             same_minor(backup.version, juju.version)) {
    JujuVersion version = backup.version;
    version.build = 0;
    arguments.insert(arguments.end(), {"--agent-version", version.to_string()});
  } else if (!same_minor(backup.version, juju.version)) {
    warnings.push_back("the backup is of Juju " + backup.version.to_string() + " and this juju makes a controller of " +
                       juju.version.to_string() + "; with a juju of the same minor version it would be the same");
  }
  // Its models come with the backup.
  for (const char* option : {"--no-default-model", "--no-switch"}) {
    if (offered(option)) arguments.emplace_back(option);
  }
  return arguments;
}

Value::Object bootstrap_config(const BootstrapRecord& record, const CaKeys& keys, const ClientAccount& account) {
  Value::Object config;
  pass_on(record.model_config, config);
  pass_on(record.controller_config, config);
  // A controller that does not know machines yet must not stop them. What Juju calls provisioner-safe-mode elsewhere.
  set(config, "provisioner-harvest-mode", "destroyed");
  set(config, "ca-cert", keys.certificate);
  set(config, "ca-private-key", keys.private_key);
  if (account.user == "admin" && !account.password.empty()) set(config, "admin-secret", account.password);
  return config;
}

}  // namespace jujubackup::rebootstrapping
