#include <algorithm>
#include <string_view>

#include <jujubackup/error.hpp>
#include <jujubackup/machine.hpp>

#include "base/yaml.hpp"
#include "io/walk.hpp"
#include "machine/place.hpp"

namespace jujubackup {
namespace {

constexpr std::size_t max_conf_bytes = std::size_t{1} << 20;

[[noreturn]] void wrong(const std::string& what) { throw Error(ErrorCode::corrupt, "agent.conf: " + what); }

// "" if the key is not there or null. Errors name the key and never the value: half of the file is secret.
std::string text_of(const Value& conf, std::string_view key) {
  const Value* value = conf.find(key);
  if (value == nullptr || value->is_null()) return "";
  const std::string* text = value->string();
  if (text == nullptr) wrong(std::string(key) + " is not a text");
  return *text;
}

std::optional<std::string> optional_text_of(const Value& conf, std::string_view key) {
  std::string text = text_of(conf, key);
  if (text.empty()) return std::nullopt;
  return text;
}

// "model-<uuid>" without what says that it is a model.
std::string tag_id(const Value& conf, std::string_view key, std::string_view prefix) {
  const std::string tag = text_of(conf, key);
  if (tag.empty()) return "";
  if (!tag.starts_with(prefix) || tag.size() == prefix.size())
    wrong(std::string(key) + " is not a tag of the form " + std::string(prefix) + "...");
  return tag.substr(prefix.size());
}

int port_of(const Value& conf, std::string_view key) {
  const Value* value = conf.find(key);
  if (value == nullptr || value->is_null()) return 0;
  const std::int64_t* port = value->integer();
  if (port == nullptr || *port < 0 || *port > 65535) wrong(std::string(key) + " is not a port");
  return static_cast<int>(*port);
}

JujuVersion version_of(const Value& conf, std::string_view key) {
  const std::string text = text_of(conf, key);
  if (text.empty()) return {};
  try {
    return JujuVersion::parse(text);
  } catch (const Error&) {
    wrong(std::string(key) + " is not a version");
  }
}

Value parse_conf(std::string_view text) {
  const std::string_view first_line = text.substr(0, text.find_first_of("\r\n"));
  if (first_line != "# format 2.0") wrong("the first line is not \"# format 2.0\"");
  try {
    return parse_yaml(text);
  } catch (Error& error) {
    error.add_context("agent.conf");
    throw;
  }
}

}  // namespace

AgentConf parse_agent_conf(std::string_view text) {
  const Value conf = parse_conf(text);
  if (conf.object() == nullptr) wrong("it is not a mapping");

  AgentConf result;
  result.machine_id = tag_id(conf, "tag", "machine-");
  if (result.machine_id.empty()) wrong("tag is missing");
  // Machine 0/lxd/1 has the tag machine-0-lxd-1.
  std::replace(result.machine_id.begin(), result.machine_id.end(), '-', '/');
  result.model_uuid = tag_id(conf, "model", "model-");
  result.controller_uuid = tag_id(conf, "controller", "controller-");
  result.version = version_of(conf, "upgradedToVersion");
  result.data_dir = text_of(conf, "datadir");
  result.ca_cert = optional_text_of(conf, "cacert");
  result.ca_private_key = optional_text_of(conf, "caprivatekey");
  result.state_password = text_of(conf, "statepassword");
  result.state_port = port_of(conf, "stateport");
  result.mongo_version = text_of(conf, "mongoversion");
  return result;
}

AgentConf read_agent_conf(const ControllerPlace& place) {
  const std::string agents = join_path(place.root, machine::data_name(place) + "/agents");
  std::string id = place.machine_id;
  if (id.empty()) {
    const std::vector<std::string> ids = machine::machine_ids(place);
    if (ids.empty()) throw Error(ErrorCode::not_found, "no machine-*/agent.conf below " + agents);
    if (ids.size() > 1) {
      std::string list;
      for (const std::string& each : ids) list += (list.empty() ? "" : ", ") + each;
      throw Error(ErrorCode::invalid_argument, "several machines below " + agents + " (" + list + "): say which with the machine id");
    }
    id = ids.front();
  }
  const std::string path = agents + "/" + machine::agent_name(id) + "/agent.conf";
  const std::string text = read_small_file(path, max_conf_bytes);
  try {
    return parse_agent_conf(text);
  } catch (Error& error) {
    error.add_context("reading " + path);
    throw;
  }
}

}  // namespace jujubackup
