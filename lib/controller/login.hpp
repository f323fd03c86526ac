// Admin v3: logging in, and what comes of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <jujubackup/controller.hpp>

#include "base/json.hpp"
#include "controller/connection.hpp"
#include "net/http.hpp"

namespace jujubackup {

// What this client says it is. Controllers of 2.9 - 3.3.1 turn away clients whose major version is not theirs (code "incompatible client"),
// but for a few ranges: 3.0 takes any 2.x, 3.1 - 3.3 take 2.9.42 and later, 2.9 takes at most 3.0. This one is let in by all of them;
// 4.x does not look.
inline constexpr std::string_view client_version = "2.9.52";

struct LoginResult {
  JujuVersion version;
  std::string controller_uuid;
  std::string user;    // "admin"
  std::string access;  // on the controller
  std::vector<std::pair<std::string, std::vector<int>>> facades;
};

struct Redirect {
  std::vector<std::string> endpoints;
  std::string ca_cert;
};

Value login_params(const ConnectOptions& options);
// With the checks that Juju's own client makes: the model that was asked for, a controller's tag, a version that can be read.
// Error(corrupt), Error(permission) for another controller than the one expected and where a fresh login is wanted, Error(unsupported) if
// that needs a browser.
LoginResult parse_login(const Value& response, const ConnectOptions& options);
Redirect parse_redirect(const Value& info);

// Where the model is to be found instead, if the controller says that it is elsewhere without telling it in the refusal, as JAAS does. A
// model that was migrated away is Error(unsupported) with the new addresses: following them is up to people.
std::optional<Redirect> log_in(RpcConnection& connection, const ConnectOptions& options, const Job* job, LoginResult& result);

// SECRET: for the HTTP endpoints beside the API.
HttpFields http_credentials(const ConnectOptions& options);

// `controller "prod"`, or its address where it has no name.
std::string name_for_messages(const ConnectOptions& options);

}  // namespace jujubackup
