#include "restore_run/agent_addresses.hpp"

#include <jujubackup/error.hpp>

#include "base/yaml.hpp"
#include "restore_run/agent_conf_edit.hpp"

namespace jujubackup::restore_run {
namespace {

[[noreturn]] void wrong(const std::string& what) { throw Error(ErrorCode::corrupt, "agent.conf: " + what); }

// ":17070" of "10.0.0.1:17070"; "" if there is none.
std::string port_part(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon + 1 == address.size()) return "";
  const std::string digits = address.substr(colon + 1);
  const bool only_digits = digits.find_first_not_of("0123456789") == std::string::npos;
  const bool bare_v6 = address.find(':') != colon && address[colon - 1] != ']';
  return only_digits && !bare_v6 ? ":" + digits : "";
}

std::string joined(const std::string& host, const std::string& port) {
  return host.find(':') != std::string::npos && !port.empty() ? "[" + host + "]" + port : host + port;
}

// What the list becomes; empty if there is none, or nothing in it.
std::vector<std::string> with_hosts(const Value& conf, const std::string& key, const std::vector<std::string>& addresses) {
  const Value* list = conf.find(key);
  if (list == nullptr || list->is_null()) return {};
  if (list->array() == nullptr) wrong(key + " is not a list");
  std::vector<std::string> made;
  for (const Value& item : *list->array()) {
    if (item.string() == nullptr) wrong(key + " holds what is no address");
    if (made.size() < addresses.size()) made.push_back(joined(addresses[made.size()], port_part(*item.string())));
  }
  return made;
}

}  // namespace

std::string with_controller_addresses(std::string_view conf, const std::vector<std::string>& addresses) {
  if (addresses.empty()) throw Error(ErrorCode::invalid_argument, "no address of the controller is known");
  Value parsed;
  try {
    parsed = parse_yaml(conf);
  } catch (Error& error) {
    error.add_context("agent.conf");
    throw;
  }
  AgentConfEdit edit;
  edit.api_addresses = with_hosts(parsed, "apiaddresses", addresses);
  edit.state_addresses = with_hosts(parsed, "stateaddresses", addresses);
  return edit_agent_conf(conf, edit);
}

}  // namespace jujubackup::restore_run
