#include "restore_run/agent_addresses.hpp"

#include <algorithm>

#include <jujubackup/error.hpp>

#include "base/yaml.hpp"
#include "restore/agent_conf_addresses.hpp"

namespace jujubackup::restore_run {
namespace {

constexpr std::string_view format_line = "# format 2.0";

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

// Whether it became another.
bool replace_hosts(Value& list, const std::string& key, const std::vector<std::string>& addresses) {
  if (list.is_null()) return false;
  if (list.array() == nullptr) wrong(key + " is not a list");
  Value::Array made;
  bool differs = false;
  for (const Value& item : *list.array()) {
    if (item.string() == nullptr) wrong(key + " holds what is no address");
    if (made.size() == addresses.size()) {
      differs = true;
      continue;
    }
    std::string address = joined(addresses[made.size()], port_part(*item.string()));
    differs = differs || address != *item.string();
    made.emplace_back(std::move(address));
  }
  if (differs) list = Value(std::move(made));
  return differs;
}

}  // namespace

std::string with_controller_addresses(std::string_view conf, const std::vector<std::string>& addresses) {
  if (addresses.empty()) throw Error(ErrorCode::invalid_argument, "no address of the controller is known");
  if (conf.substr(0, conf.find_first_of("\r\n")) != format_line) wrong("the first line is not \"" + std::string(format_line) + "\"");
  const Value parsed = parse_yaml(conf);
  if (parsed.object() == nullptr) wrong("it is not a mapping");
  Value::Object object = *parsed.object();
  bool differs = false;
  for (auto& [key, value] : object) {
    if (key == "stateaddresses" || key == "apiaddresses") differs = replace_hosts(value, key, addresses) || differs;
  }
  if (!differs) return std::string(conf);
  return std::string(format_line) + "\n" + write_yaml(Value(std::move(object)));
}

}  // namespace jujubackup::restore_run
