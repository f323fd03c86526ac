#include "net/endpoint.hpp"

#include <doctest/doctest.h>

#include <array>

#include <jujubackup/error.hpp>

using jujubackup::Endpoint;
using jujubackup::parse_endpoint;

TEST_CASE("endpoints are read as the client directory has them") {
  struct Case {
    const char* text;
    Endpoint endpoint;
    const char* again;
  };
  const std::array cases{
      Case{"10.9.8.7:17070", {"10.9.8.7", 17070}, "10.9.8.7:17070"},
      Case{"[fd00::7]:17070", {"fd00::7", 17070}, "[fd00::7]:17070"},
      Case{"[fe80::1%eth0]:1", {"fe80::1%eth0", 1}, "[fe80::1%eth0]:1"},
      Case{"juju.example.com:443", {"juju.example.com", 443}, "juju.example.com:443"},
      Case{"juju.example.com:443/a/path", {"juju.example.com", 443}, "juju.example.com:443"},
      Case{"[::1]:65535/", {"::1", 65535}, "[::1]:65535"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    CHECK(parse_endpoint(c.text) == c.endpoint);
    CHECK(parse_endpoint(c.text).to_string() == c.again);
  }
}

TEST_CASE("what is no endpoint is refused") {
  for (const char* text : {"", ":", ":17070", "10.9.8.7", "10.9.8.7:", "10.9.8.7:65536", "10.9.8.7:-1", "10.9.8.7:17070x", "fd00::7:17070",
                           "[fd00::7]17070", "[fd00::7", "[]:1", "wss://h:1", "user@h:1", "a b:1", "h:1 ", "h\n:1", "10.9.8.7: 1"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_endpoint(text), jujubackup::Error);
  }
}
