#include "restore/agent_conf_addresses.hpp"

#include "base/yaml.hpp"

namespace jujubackup::restore {

AgentConfAddresses addresses_in_agent_conf(std::string_view text) {
  const Value conf = parse_yaml(text);
  AgentConfAddresses result;
  const Value* port = conf.find("apiport");
  if (port != nullptr && port->integer() != nullptr && *port->integer() > 0 && *port->integer() <= 65535) {
    result.api_port = static_cast<int>(*port->integer());
  }
  const Value* addresses = conf.find("apiaddresses");
  if (addresses == nullptr || addresses->array() == nullptr) return result;
  for (const Value& address : *addresses->array()) {
    if (address.string() != nullptr) result.api_addresses.push_back(*address.string());
  }
  return result;
}

std::string host_of(std::string_view address) {
  if (address.starts_with('[')) return std::string(address.substr(1, address.find(']') - 1));
  const std::size_t colon = address.rfind(':');
  // More than one colon and no brackets is an IPv6 address without port.
  if (colon == std::string_view::npos || address.find(':') != colon) return std::string(address);
  return std::string(address.substr(0, colon));
}

std::string with_port(const std::string& host, int port) {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool is_loopback(std::string_view host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

}  // namespace jujubackup::restore
