// Where a controller listens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jujubackup {

struct Endpoint {
  std::string host;  // a name, or an address without brackets
  std::uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
  std::string to_string() const;  // "10.9.8.7:17070", "[fd00::7]:17070"
};

// Port 0, "any that is free", is for listening. A "/path" behind the port is left out (juju 3.6.28 may write one). Error(invalid_argument).
Endpoint parse_endpoint(std::string_view text);

}  // namespace jujubackup
