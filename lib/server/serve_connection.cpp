#include "server/serve_connection.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "net/http.hpp"
#include "server/archive_http.hpp"
#include "server/attentive_stream.hpp"
#include "server/route.hpp"
#include "server/session.hpp"

namespace jujubackup {
namespace {

using Clock = std::chrono::steady_clock;

// Once logged in nobody has to say anything, as with Juju; a client that is busy with an archive would not even answer a ping. TCP's own
// keep-alive finds the peers that are gone.
WebSocketOptions socket_options(const ServerLimits& limits) {
  WebSocketOptions options;
  options.max_message_bytes = limits.message_bytes;
  options.ping_every = {};
  options.dead_after = {};
  return options;
}

bool is_api(const Route& route) { return route.kind == Route::Kind::controller_api || route.kind == Route::Kind::model_api; }

// For the log: without what may stand behind a question mark.
std::string path_of(const HttpRequest& request) { return request.method + " " + request.target.substr(0, request.target.find('?')); }

// Where nothing more is to be done than to say so.
void answer_plainly(Service& service, const Connection& connection, HttpServer& http, const HttpRequest& request, int status,
                    const std::string& text) {
  const std::string what = path_of(request);
  service.log.add({connection.peer(), {}, what, status == 200 ? "ok" : text});
  respond_text(http, status, text);
}

void serve_request(Service& service, Connection& connection, HttpServer& http, const HttpRequest& request, const Route& route) {
  const auto answer = [&](int status, const std::string& text) { answer_plainly(service, connection, http, request, status, text); };
  if (connection.stopping()) return answer(503, "apiserver shutdown in progress");
  switch (route.kind) {
    case Route::Kind::backups: return serve_archive(service, connection, http, request, route.model_uuid);
    case Route::Kind::bad_uuid: return answer(400, "invalid model UUID " + go_quote(route.model_uuid));
    case Route::Kind::unknown: return answer(404, "404 page not found");
    case Route::Kind::health:
      if (request.method == "GET") return answer(200, "running");
      return answer(405, "Method Not Allowed");
    case Route::Kind::controller_api:
    case Route::Kind::model_api:  // without an upgrade
      if (request.method == "GET") return answer(400, "Bad Request");
      return answer(405, "Method Not Allowed");
  }
}

void serve(Service& service, Connection& connection, Fd socket, const TlsIdentity& identity) {
  const ServerLimits& limits = service.limits;
  const auto deadline = Clock::now() + limits.handshake;
  connection.hold_socket(socket);
  auto own = std::make_unique<AttentiveStream>(accept_tls(std::move(socket), connection.peer(), identity, limits.handshake));
  AttentiveStream& stream = *own;
  stream.set_idle_timeout(limits.idle);
  HttpServerOptions options;
  options.header_bytes = limits.header_bytes;
  options.header_timeout = std::max(std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()), std::chrono::milliseconds(1));
  options.idle = limits.idle;
  const auto http = make_http_server(std::move(own), options);
  const Attached attached(connection, stream);
  while (const auto request = http->next_request()) {
    const Route route = route_of(request->target, service.generation);
    if (is_api(route) && request->method == "GET" && http->wants_websocket() && !connection.stopping()) {
      const auto socket_of_session = http->accept_websocket(socket_options(limits));
      const Attached for_the_session(connection, stream);  // the stream goes with the session's socket
      run_session(service, connection, *socket_of_session, stream, route.model_uuid);
      socket_of_session->close();
      return;
    }
    serve_request(service, connection, *http, *request, route);
    if (connection.stopping()) break;
  }
  http->stream().close();
}

}  // namespace

void serve_connection(Service& service, Connection& connection, Fd socket, const TlsIdentity& identity) noexcept {
  Event event{connection.peer(), {}, "connection", {}};
  try {
    serve(service, connection, std::move(socket), identity);
  } catch (const std::exception& error) {
    event.outcome = error.what();
    service.log.add(event);
  } catch (...) {
    event.outcome = "unknown trouble";
    service.log.add(event);
  }
}

}  // namespace jujubackup
