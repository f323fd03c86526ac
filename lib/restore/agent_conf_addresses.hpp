// What agent.conf says of addresses, beside what AgentConf holds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jujubackup::restore {

struct AgentConfAddresses {
  int api_port = 0;
  std::vector<std::string> api_addresses;  // with ports
};

// `text` is one that parse_agent_conf takes.
AgentConfAddresses addresses_in_agent_conf(std::string_view text);

// "10.0.0.1" of "10.0.0.1:17070", "fe80::1" of "[fe80::1]:17070"; and back.
std::string host_of(std::string_view address);
std::string with_port(const std::string& host, int port);
bool is_loopback(std::string_view host);

}  // namespace jujubackup::restore
