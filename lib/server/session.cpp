#include "server/session.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <list>
#include <memory>
#include <optional>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "server/login.hpp"

namespace jujubackup {
namespace {

constexpr std::size_t max_running_calls = 4;  // of one connection; real clients have one
constexpr std::size_t max_shown_name = 100;
constexpr int max_depth = 32;
constexpr std::size_t max_values = 20'000;  // of one request

std::string what_of(const RpcRequest& request) {
  return printable(std::string_view(request.type).substr(0, max_shown_name)) + "." +
         printable(std::string_view(request.request).substr(0, max_shown_name));
}

class Session {
 public:
  Session(Service& service, Connection& connection, WebSocket& socket, AttentiveStream& stream, std::string model_uuid)
      : service_(service), connection_(connection), socket_(socket), stream_(stream), model_uuid_(std::move(model_uuid)) {}

  void run() {
    // Somebody who does not say who he is has no claim to a place.
    stream_.give_up_at(std::chrono::steady_clock::now() + service_.limits.idle);
    stream_.while_waiting([this] { return send_finished(); });
    for (;;) {
      const std::optional<std::string> text = socket_.receive();
      if (!text) break;
      RpcRequest request = parse_request(*text, {service_.limits.message_bytes, max_depth, max_values});
      // 4.0 forgot the framing of 1.x.
      if (request.old_style && service_.generation.era == Era::none) break;
      take(std::move(request));
    }
  }
  // Whatever ended the session: calls that run go on, since what they make may be asked for over another connection.
  void finish() { running_.clear(); }

 private:
  struct Running {
    std::unique_ptr<Connection::Work> work;  // until the reply was sent
    std::future<std::string> reply;          // last: waits for its thread when it goes
  };

  void take(RpcRequest request) {
    if (caller_.user == nullptr || !service_.facades.is_slow(request.type)) {
      Connection::Work work(connection_);
      socket_.send(answer(request, work));
      return;
    }
    if (running_.size() >= max_running_calls) {
      RpcReply reply;
      reply.request_id = request.request_id;
      reply.error = reply.error_code = "try again";
      socket_.send(write_reply(reply, request.old_style));
      return;
    }
    auto work = std::make_unique<Connection::Work>(connection_);
    auto reply = std::async(std::launch::async, [this, request = std::move(request), &work = *work] { return answer(request, work); });
    running_.push_back({std::move(work), std::move(reply)});
  }

  // Whether some are still running.
  bool send_finished() {
    for (auto call = running_.begin(); call != running_.end();) {
      if (call->reply.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        ++call;
        continue;
      }
      // Taken out first: sending may fail.
      Running done = std::move(*call);
      call = running_.erase(call);
      socket_.send(done.reply.get());
    }
    // Ends the waiting for requests, which nobody would answer.
    if (running_.empty() && connection_.stopping()) throw Error(ErrorCode::cancelled, "the server stops");
    return !running_.empty();
  }

  std::string answer(const RpcRequest& request, Connection::Work& work) {
    RpcReply reply;
    reply.request_id = request.request_id;
    Event event{connection_.peer(), {}, {}, "ok"};
    try {
      if (!work) throw RpcError("apiserver shutdown in progress", "");
      reply.response = result_of(request, work.job());
    } catch (const RpcError& error) {
      reply.error = error.wire_message();
      reply.error_code = error.wire_code();
      reply.response = Value::Object{};
    } catch (const Error& error) {
      reply.error = error.what();
      reply.response = Value::Object{};
    }
    if (request.type != "Pinger" || !reply.error.empty()) {
      const std::string what = what_of(request);
      event.what = what;
      if (caller_.user != nullptr) event.user = caller_.user->name;
      if (!reply.error.empty()) event.outcome = reply.error;
      service_.log.add(event);
    }
    return write_reply(reply, request.old_style);
  }

  Value result_of(const RpcRequest& request, Job* job) {
    if (request.params.object() == nullptr) throw Error(ErrorCode::corrupt, "json: the parameters are no object");
    if (caller_.user != nullptr) {
      if (request.type == "Admin") throw RpcError("already logged in", "");
      return service_.facades.call(caller_, request, job);
    }
    Value result = call_before_login(service_, request, model_uuid_, caller_);
    stream_.give_up_at(std::nullopt);
    return result;
  }

  Service& service_;
  Connection& connection_;
  WebSocket& socket_;
  AttentiveStream& stream_;
  const std::string model_uuid_;
  Caller caller_;
  std::list<Running> running_;  // last: its futures wait for their threads, which use the rest
};

}  // namespace

void run_session(Service& service, Connection& connection, WebSocket& socket, AttentiveStream& stream, const std::string& model_uuid) {
  Session session(service, connection, socket, stream, model_uuid);
  try {
    session.run();
  } catch (const Error& error) {
    session.finish();
    stream.while_waiting(nullptr);
    // What is no request ends the session, as in Juju; what broke the connection is told by whoever owns that.
    const bool bad_request = error.code() == ErrorCode::corrupt || error.code() == ErrorCode::limit;
    if (bad_request) service.log.add({connection.peer(), {}, "request", error.what()});
    if (!bad_request && error.code() != ErrorCode::cancelled) throw;
  }
  stream.while_waiting(nullptr);
}

}  // namespace jujubackup
