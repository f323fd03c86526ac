// Reaching a controller: dial, WebSocket, login, and at most one redirection.
#include <algorithm>
#include <chrono>

#include "base/text.hpp"
#include "controller/controller_state.hpp"
#include "controller/facade.hpp"
#include "controller/offers.hpp"
#include "net/tls_stream.hpp"

namespace jujubackup {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t max_message_bytes = std::size_t{16} << 20;

// It becomes a part of the URL.
void check_model_uuid(const std::string& uuid) {
  const bool is_good = uuid.size() <= 64 && std::all_of(uuid.begin(), uuid.end(), [](char c) {
                         return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
                       });
  if (!is_good) throw Error(ErrorCode::invalid_argument, "invalid model UUID " + quoted_name(uuid));
}

std::chrono::milliseconds left_until(Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  return std::max(left, std::chrono::milliseconds(1));
}

Dialled dial_controller(const ConnectOptions& options, Clock::time_point deadline, const Job* job) {
  DialOptions to;
  for (const std::string& endpoint : options.endpoints) to.endpoints.push_back(parse_endpoint(endpoint));
  // Juju's own words.
  if (to.endpoints.empty()) throw Error(ErrorCode::invalid_argument, "no API addresses");
  to.ca_cert = options.ca_cert;
  to.public_hostname = options.public_hostname;
  to.timeout = left_until(deadline);
  return dial(to, job);
}

std::unique_ptr<RpcConnection> open_api(std::unique_ptr<TlsStream> stream, const Endpoint& endpoint, const ConnectOptions& options,
                                        Clock::time_point deadline, const Job* job) {
  HttpRequest request;
  request.method = "GET";
  request.target = options.model_uuid.empty() ? "/api" : "/model/" + options.model_uuid + "/api";
  request.fields.add("X-Juju-ClientVersion", std::string(client_version));
  WebSocketOptions websocket;
  websocket.max_message_bytes = max_message_bytes;
  websocket.dead_after = options.idle_timeout;
  websocket.ping_every = std::min(websocket.ping_every, options.idle_timeout / 3);
  stream->set_job(job);
  stream->set_idle_timeout(left_until(deadline));
  std::unique_ptr<WebSocket> socket = open_websocket(std::move(stream), endpoint.to_string(), request, websocket);
  socket->stream().set_idle_timeout(options.idle_timeout);
  return std::make_unique<RpcConnection>(std::move(socket));
}

std::optional<Redirect> log_in_until(Clock::time_point deadline, RpcConnection& connection, const ConnectOptions& options, const Job* job,
                                     LoginResult& result) {
  Deadline watch(connection.stream(), deadline);
  try {
    return log_in(connection, options, job, result);
  } catch (const RpcError&) {
    throw;
  } catch (const Error& error) {
    if (!watch.stop() || error.code() != ErrorCode::io) throw;
    throw Error(ErrorCode::io, name_for_messages(options) + " did not answer the login in time", true);
  }
}

// A redirection is followed without what proves who is asking: it is meant for the controller that was named, not for one that it names.
void follow(const Redirect& redirect, ConnectOptions& options) {
  options.endpoints = redirect.endpoints;
  options.ca_cert = redirect.ca_cert;
  options.public_hostname.clear();
  options.controller_uuid.clear();
  options.user.clear();
  options.password.clear();
}

ControllerInfo info_of(const LoginResult& login, const ConnectOptions& options, const Endpoint& endpoint) {
  ControllerInfo info;
  info.version = login.version;
  info.controller_uuid = login.controller_uuid;
  info.model_uuid = options.model_uuid;
  info.user = login.user;
  info.access = login.access;
  info.endpoint = endpoint.to_string();
  // On a connection without model nothing of the facade can be called, whatever is listed.
  for (const auto& [name, versions] : login.facades) {
    if (name == "Backups" && !options.model_uuid.empty()) info.backups_facade = versions;
  }
  return info;
}

}  // namespace

ConnectOptions connect_options(const ModelTarget& target) {
  ConnectOptions options;
  options.endpoints = target.controller.endpoints;
  options.ca_cert = target.controller.ca_cert;
  options.public_hostname = target.controller.public_hostname;
  options.model_uuid = target.model.uuid;
  options.model_name = target.model.name;
  options.controller_uuid = target.controller.uuid;
  options.name = target.controller.name;
  options.user = target.account.user;
  options.password = target.account.password;
  options.macaroons = target.macaroons;
  return options;
}

Controller Controller::connect(const ConnectOptions& options, Job* job) {
  if (options.model_uuid.empty() && !options.model_name.empty()) {
    ConnectOptions of_model = options;
    of_model.model_name.clear();
    {
      // Gone before the next one is opened.
      const Controller without_model = connect(of_model, job);
      of_model.model_uuid = find_model_uuid(*without_model.state_->connection, without_model.state_->login, options.model_name, job);
    }
    if (of_model.model_uuid.empty()) {
      throw Error(ErrorCode::not_found, "model " + printable(options.name) + ':' + printable(options.model_name) + " not found");
    }
    return connect(of_model, job);
  }
  check_model_uuid(options.model_uuid);
  const Clock::time_point deadline = Clock::now() + options.connect_timeout;
  auto state = std::make_unique<State>();
  state->options = options;
  for (bool was_redirected = false;; was_redirected = true) {
    Dialled dialled = dial_controller(state->options, deadline, job);
    state->endpoint = dialled.endpoint;
    state->connection = open_api(std::move(dialled.stream), dialled.endpoint, state->options, deadline, job);
    const std::optional<Redirect> redirect = log_in_until(deadline, *state->connection, state->options, job, state->login);
    if (!redirect) break;
    if (was_redirected) throw Error(ErrorCode::unsupported, name_for_messages(options) + " redirects more than once");
    follow(*redirect, state->options);
  }
  state->options.endpoints = {state->endpoint.to_string()};
  state->info = info_of(state->login, state->options, state->endpoint);
  state->offers = offers_of(state->info.version, state->info.backups_facade);
  state->backups_version = choose_backups_version(state->info.version, state->info.backups_facade);
  return Controller(std::move(state));
}

Controller Controller::connect(const ModelTarget& target, Job* job) { return connect(connect_options(target), job); }

}  // namespace jujubackup
