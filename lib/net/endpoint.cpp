#include "net/endpoint.hpp"

#include <charconv>

#include <jujubackup/error.hpp>

#include "base/text.hpp"

namespace jujubackup {
namespace {

[[noreturn]] void refuse(std::string_view text) {
  throw Error(ErrorCode::invalid_argument, quoted_name(text) + " is no address of a controller (host:port or [address]:port)");
}

bool is_host(std::string_view host, bool in_brackets) {
  if (host.empty() || host.size() > 253) return false;
  for (const char c : host) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    // "%" begins the zone of a link-local address.
    if (!plain && !(in_brackets && (c == ':' || c == '%'))) return false;
  }
  return true;
}

}  // namespace

std::string Endpoint::to_string() const {
  const std::string number = std::to_string(port);
  return host.find(':') == std::string::npos ? host + ":" + number : "[" + host + "]:" + number;
}

Endpoint parse_endpoint(std::string_view text) {
  std::string_view rest = text;
  Endpoint endpoint;
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos || !is_host(rest.substr(1, end - 1), true)) refuse(text);
    endpoint.host = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
  } else {
    const auto end = rest.find(':');
    if (end == std::string_view::npos || !is_host(rest.substr(0, end), false)) refuse(text);
    endpoint.host = rest.substr(0, end);
    rest.remove_prefix(end);
  }
  if (!rest.starts_with(':')) refuse(text);
  rest.remove_prefix(1);
  const std::string_view digits = rest.substr(0, rest.find('/'));
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
  if (error != std::errc() || end != digits.data() + digits.size()) refuse(text);
  return endpoint;
}

}  // namespace jujubackup
