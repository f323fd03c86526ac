#include "controller/store_url.hpp"

#include <algorithm>

#include <jujubackup/error.hpp>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "io/walk.hpp"
#include "net/endpoint.hpp"

namespace jujubackup {
namespace {

constexpr std::string_view named_scheme = "juju:";
constexpr std::string_view direct_scheme = "juju+wss:";
constexpr std::string_view direct_form = "juju+wss://[USER@]HOST:PORT/MODEL-UUID?ca-file=PATH&password-file=PATH";

Error bad_url(const std::string& why) {
  return {ErrorCode::invalid_argument, "the URL of a controller: " + why + " (" + std::string(direct_form) + ", or juju:NAME)"};
}

// RFC 3986: %XX; a "+" is a plus.
std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    std::string digits(text.substr(i + 1, 2));
    std::transform(digits.begin(), digits.end(), digits.begin(),
                   [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
    const auto byte = from_hex(digits);
    if (!byte || byte->size() != 1 || byte->front() == std::byte{0}) throw bad_url("a % is not followed by two hex digits");
    out += static_cast<char>(byte->front());
    i += 2;
  }
  return out;
}

bool is_uuid(std::string_view text) {
  constexpr std::string_view form = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
  const auto fits = [](char f, char c) { return f == '-' ? c == '-' : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == form.size() && std::equal(form.begin(), form.end(), text.begin(), fits);
}

void parse_query(std::string_view query, ControllerUrl& url) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    const std::string_view key = pair.substr(0, equals);
    std::string* value = key == "ca-file" ? &url.ca_file : key == "password-file" ? &url.password_file : nullptr;
    if (value == nullptr) throw bad_url("only ca-file and password-file may follow the ?; passwords are taken from files alone");
    if (!value->empty()) throw bad_url(std::string(key) + " is there twice");
    if (equals != std::string_view::npos) *value = decoded(pair.substr(equals + 1));
    if (value->empty()) throw bad_url(std::string(key) + " names no file");
  }
}

ControllerUrl parse_direct(std::string_view rest) {
  ControllerUrl url;
  if (!rest.starts_with("//") || rest.find('#') != std::string_view::npos) throw bad_url("it does not have the right form");
  rest.remove_prefix(2);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  std::string_view path = rest.substr(authority.size());
  const std::string_view query = path.substr(std::min(path.size(), path.find('?')));
  path.remove_suffix(query.size());
  if (!query.empty()) parse_query(query.substr(1), url);

  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    const std::string_view user = authority.substr(0, at);
    if (user.find(':') != std::string_view::npos) throw bad_url("a password cannot be in it; write password-file=PATH");
    url.user = decoded(user);
    if (url.user.empty()) throw bad_url("there is no user before the @");
  }
  const std::string_view host = authority.substr(at == std::string_view::npos ? 0 : at + 1);
  Endpoint endpoint;
  try {
    endpoint = parse_endpoint(host);
  } catch (const Error&) {
    // Told below, without the text.
  }
  if (endpoint.port == 0) throw bad_url("there is no HOST:PORT in it");
  url.endpoint = endpoint.to_string();
  if (!is_uuid(path.substr(std::min<std::size_t>(path.size(), 1)))) throw bad_url("the path is not the UUID of the controller's model");
  url.model_uuid = path.substr(1);
  if (url.password_file.empty()) throw bad_url("password-file is missing");
  return url;
}

}  // namespace

bool is_controller_url(std::string_view url) { return url.starts_with(named_scheme) || url.starts_with(direct_scheme); }

ControllerUrl parse_controller_url(std::string_view url) {
  if (url.starts_with(direct_scheme)) return parse_direct(url.substr(direct_scheme.size()));
  if (!url.starts_with(named_scheme)) throw bad_url("the scheme is neither juju: nor juju+wss:");
  ControllerUrl named;
  named.from_client_directory = true;
  named.controller = url.substr(named_scheme.size());
  // As somebody may write who thinks of juju+wss:.
  if (named.controller.find_first_of("/@?") != std::string::npos) throw bad_url("juju: is followed by the name of a controller");
  return named;
}

ConnectOptions connect_options(const ControllerUrl& url) {
  constexpr std::size_t longest_file = 65536;
  ConnectOptions options;
  options.endpoints = {url.endpoint};
  options.model_uuid = url.model_uuid;
  options.name = url.endpoint;
  options.user = url.user;
  if (!url.ca_file.empty()) options.ca_cert = read_small_file(url.ca_file, longest_file);
  const std::string text = read_small_file(url.password_file, longest_file);
  options.password = text.substr(0, text.find_first_of("\r\n"));
  if (options.password.empty())
    throw Error(ErrorCode::invalid_argument, printable(url.password_file) + ": its first line holds no password");
  return options;
}

}  // namespace jujubackup
