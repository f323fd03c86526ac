#include "controller/login.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "controller/pause.hpp"
#include "controller/wire_fields.hpp"
#include "net/endpoint.hpp"

namespace jujubackup {
namespace {

// A local user's old suffix: Juju's 2.0 betas wrote it.
std::string_view without_local(std::string_view user) {
  constexpr std::string_view local = "@local";
  if (user.size() > local.size() && user.substr(user.size() - local.size()) == local) user.remove_suffix(local.size());
  return user;
}

// Users of another identity service ("bob@external") have no tag to log in with: their macaroons say who they are.
std::string login_tag(const ConnectOptions& options) {
  const std::string_view user = without_local(options.user);
  const bool is_external = user.find('@') != std::string_view::npos;
  if (user.empty() || (is_external && options.password.empty())) return {};
  return "user-" + std::string(user);
}

// A login cookie: base64 of a JSON list of macaroons. Go's jars have either alphabet, with or without padding.
std::optional<std::string> macaroon_text(std::string cookie) {
  std::replace(cookie.begin(), cookie.end(), '-', '+');
  std::replace(cookie.begin(), cookie.end(), '_', '/');
  while (cookie.size() % 4 != 0) cookie += '=';
  const auto bytes = from_base64(cookie);
  if (!bytes) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

Value::Array macaroon_lists(const std::vector<std::string>& cookies) {
  Value::Array lists;
  for (const std::string& cookie : cookies) {
    const std::optional<std::string> text = macaroon_text(cookie);
    if (!text) continue;  // a broken cookie is no worse than none: the controller will ask for a fresh login
    try {
      Value list = parse_json(*text, {std::size_t{256} << 10, 16, 10'000});
      if (list.array() != nullptr) lists.push_back(std::move(list));
    } catch (const Error&) {
      continue;
    }
  }
  return lists;
}

std::string strip_prefix(const std::string& text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix ? text.substr(prefix.size()) : std::string();
}

std::string login_command(const ConnectOptions& options) {
  return options.name.empty() ? "\"juju login\"" : "\"juju login -c " + printable(options.name) + "\"";
}

[[noreturn]] void ask_for_fresh_login(const ConnectOptions& options) {
  if (login_tag(options).empty()) {
    throw Error(ErrorCode::unsupported, name_for_messages(options) + " wants a login in a browser, which this library does not do: run " +
                                            login_command(options) + " and try again");
  }
  throw Error(ErrorCode::permission, name_for_messages(options) + " wants a fresh login of user " + quoted_name(options.user) + ": run " +
                                         login_command(options) + " and try again, or give a password");
}

bool has(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  return value != nullptr && !value->is_null();
}

std::vector<int> versions_of(const Value& facade) {
  std::vector<int> versions;
  for (const Value& version : array_at(facade, "versions")) {
    const std::int64_t* number = version.integer();
    if (number == nullptr) throw Error(ErrorCode::corrupt, "a facade's version in the controller's login answer is not a number");
    if (*number >= 0 && *number <= std::numeric_limits<int>::max()) versions.push_back(static_cast<int>(*number));
  }
  return versions;
}

JujuVersion server_version(const Value& response) {
  const std::string text = text_at(response, "server-version");
  try {
    return JujuVersion::parse(text);
  } catch (const Error&) {
    throw Error(ErrorCode::corrupt, "the controller's version in its login answer is not one: " + quoted_name(text));
  }
}

[[noreturn]] void refuse(const RpcReply& reply, const ConnectOptions& options) {
  RpcError error(reply.error, reply.error_code);
  const std::string where = name_for_messages(options);
  const std::string& code = error.wire_code();
  if (code == "unauthorized access" || code == "login expired" || code == "no credentials provided") {
    const std::string who = options.user.empty() ? "nobody with these macaroons" : "user " + quoted_name(options.user);
    const std::string cure = options.password.empty() ? "give a password" : "check the password";
    throw Error(ErrorCode::permission,
                where + " does not let " + who + " in: " + error.message() + "; " + cure + ", or run " + login_command(options));
  }
  if (error.code() == ErrorCode::busy) {
    throw Error(ErrorCode::busy,
                where + ": " + error.message() + "; it starts, is upgraded or restored, or has too much to do: try again later", true);
  }
  error.add_context("logging in to " + where);
  throw RpcError(error);
}

[[noreturn]] void refuse_moved(const Redirect& redirect, const ConnectOptions& options) {
  constexpr std::size_t most = 8;
  std::string addresses;
  for (std::size_t i = 0; i < std::min(most, redirect.endpoints.size()); ++i) addresses += (i == 0 ? "" : ", ") + redirect.endpoints[i];
  throw Error(ErrorCode::unsupported, "the model has moved from " + name_for_messages(options) + " to the controller at " +
                                          (addresses.empty() ? "an unknown address" : printable(addresses)) +
                                          ": register that one (juju login or juju register) and name it");
}

// Asked so often, with twice as long a pause each time, if the controller says that too many log in at once.
constexpr int max_attempts = 6;

}  // namespace

std::string name_for_messages(const ConnectOptions& options) {
  if (!options.name.empty()) return "controller " + quoted_name(options.name);
  return options.endpoints.empty() ? "the controller" : "the controller at " + printable(options.endpoints.front());
}

Value login_params(const ConnectOptions& options) {
  Value macaroons;
  // With a password they are not looked at.
  if (options.password.empty() && !options.macaroons.empty()) macaroons = macaroon_lists(options.macaroons);
  Value::Object params;
  params.emplace_back("auth-tag", login_tag(options));
  params.emplace_back("credentials", options.password);
  params.emplace_back("nonce", "");
  params.emplace_back("macaroons", std::move(macaroons));
  params.emplace_back("user-data", "");
  params.emplace_back("cli-args", "");
  params.emplace_back("client-version", client_version);
  params.emplace_back("bakery-version", 3);
  return params;
}

LoginResult parse_login(const Value& response, const ConnectOptions& options) {
  if (has(response, "discharge-required") || has(response, "bakery-discharge-required")) ask_for_fresh_login(options);

  LoginResult result;
  if (!options.model_uuid.empty()) {
    const std::string tag = text_at(response, "model-tag");
    const std::string wanted = "model-" + options.model_uuid;
    if (tag != wanted) {
      throw Error(ErrorCode::corrupt,
                  "mismatched model tag in login result (got " + quoted_name(tag) + " want " + quoted_name(wanted) + ")");
    }
  }
  result.controller_uuid = strip_prefix(text_at(response, "controller-tag"), "controller-");
  if (result.controller_uuid.empty())
    throw Error(ErrorCode::corrupt, "the controller does not say in its login answer which controller it is");
  if (!options.controller_uuid.empty() && result.controller_uuid != options.controller_uuid) {
    throw Error(ErrorCode::permission, name_for_messages(options) + " was to be " + printable(options.controller_uuid) +
                                           ", but the one that answered is " + quoted_name(result.controller_uuid));
  }
  result.version = server_version(response);
  const Value* user = response.find("user-info");
  if (user != nullptr) {
    const std::string identity = strip_prefix(text_at(*user, "identity"), "user-");
    result.user = without_local(identity);
    result.access = text_at(*user, "controller-access");
  }
  for (const Value& facade : array_at(response, "facades")) result.facades.emplace_back(text_at(facade, "name"), versions_of(facade));
  return result;
}

Redirect parse_redirect(const Value& info) {
  Redirect redirect;
  for (const Value& machine : array_at(info, "servers")) {
    if (machine.array() == nullptr) throw Error(ErrorCode::corrupt, "the controller's redirection has no addresses");
    for (const Value& address : *machine.array()) {
      const std::string scope = text_at(address, "scope");
      const std::int64_t port = integer_at(address, "port");
      const std::string host = text_at(address, "value");
      if (scope == "local-machine" || scope == "link-local" || host.empty() || port < 1 || port > 65535) continue;
      redirect.endpoints.push_back(Endpoint{host, static_cast<std::uint16_t>(port)}.to_string());
    }
  }
  redirect.ca_cert = text_at(info, "ca-cert");
  return redirect;
}

std::optional<Redirect> log_in(RpcConnection& connection, const ConnectOptions& options, const Job* job, LoginResult& result) {
  std::chrono::milliseconds patience{100};
  for (int attempt = 1;; ++attempt, patience *= 2) {
    const RpcReply reply = connection.exchange("Admin", 3, "Login", login_params(options), job);
    if (reply.error.empty()) {
      result = parse_login(reply.response, options);
      return std::nullopt;
    }
    if (reply.error_code == "redirection required") {
      if (!reply.error_info.is_null()) refuse_moved(parse_redirect(reply.error_info), options);
      return parse_redirect(connection.call("Admin", 3, "RedirectInfo", Value::Object{}, job));
    }
    const bool too_many = reply.error_code == "try again" || reply.error_code == "retry";
    if (!too_many || attempt == max_attempts) refuse(reply, options);
    pause(patience, job);
  }
}

HttpFields http_credentials(const ConnectOptions& options) {
  HttpFields fields;
  const std::string tag = login_tag(options);
  if (!tag.empty()) {
    const std::string pair = tag + ':' + options.password;
    fields.add("Authorization", "Basic " + to_base64(std::as_bytes(std::span(pair))));
  }
  if (options.password.empty()) {
    std::string cookies;
    std::size_t count = 0;
    for (const std::string& cookie : options.macaroons) {
      // What is no base64 could end the line and begin another one.
      if (!macaroon_text(cookie)) continue;
      cookies += (cookies.empty() ? "macaroon-" : "; macaroon-") + std::to_string(++count) + '=' + cookie;
    }
    if (!cookies.empty()) fields.add("Cookie", cookies);
  }
  fields.add("Bakery-Protocol-Version", "3");
  fields.add("X-Juju-ClientVersion", std::string(client_version));
  return fields;
}

}  // namespace jujubackup
