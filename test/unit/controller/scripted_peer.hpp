// A controller that says what a table tells it to, over real TLS and WebSocket on 127.0.0.1.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "controller/rpc.hpp"
#include "net/certificate.hpp"
#include "net/http.hpp"
#include "net/tls_stream.hpp"

namespace test {

struct ScriptLine {
  std::string call;                 // "Admin.Login"
  std::vector<std::string> frames;  // what is sent, with the request's number for $ID. "CLOSE" closes, nothing at all answers nothing
};

using Script = std::vector<ScriptLine>;

inline std::string response(const std::string& value) { return R"({"request-id":$ID,"response":)" + value + "}"; }
inline std::string refusal(const std::string& message, const std::string& code, const std::string& info = "") {
  return R"({"request-id":$ID,"error":")" + message + R"(","error-code":")" + code + '"' + (info.empty() ? "" : ",\"error-info\":" + info) +
         R"(,"response":{}})";
}

class ScriptedPeer {
 public:
  // Each request takes the first line for its call; without one the method is not implemented.
  explicit ScriptedPeer(Script script)
      : script_(std::move(script)),
        ca_(jujubackup::make_ca("test")),
        certificate_(jujubackup::make_server_certificate(ca_, {"juju-apiserver", "localhost"})),
        identity_(certificate_.certificate_pem, certificate_.key_pem),
        listener_({"127.0.0.1", 0}),
        thread_([this] { serve(); }) {}
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;
  ~ScriptedPeer() {
    listener_.stop();
    {
      const std::lock_guard lock(mutex_);
      is_stopped_ = true;
      if (stream_ != nullptr) stream_->interrupt();
    }
    thread_.join();
  }

  std::string address() const { return listener_.address().to_string(); }
  std::uint16_t port() const { return listener_.address().port; }
  const std::string& ca_cert() const { return ca_.certificate_pem; }

  // "GET /model/m/api", then "Admin(3).Login {...}" for each request.
  std::vector<std::string> heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  void wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return heard_.size() >= count; });
  }

 private:
  void hear(std::string what) {
    {
      const std::lock_guard lock(mutex_);
      heard_.push_back(std::move(what));
    }
    changed_.notify_all();
  }

  void serve() {
    while (auto accepted = listener_.accept()) {
      try {
        auto stream = jujubackup::accept_tls(std::move(accepted->socket), accepted->peer, identity_, std::chrono::seconds(10));
        serve(std::move(stream));
      } catch (const jujubackup::Error&) {
        // The client went away, or the test is over.
      }
      const std::lock_guard lock(mutex_);
      stream_ = nullptr;
    }
  }

  void serve(std::unique_ptr<jujubackup::TlsStream> stream) {
    const auto http = jujubackup::make_http_server(std::move(stream), {});
    const auto request = http->next_request();
    if (!request) return;
    hear(request->method + ' ' + request->target);
    const auto socket = http->accept_websocket({});
    {
      const std::lock_guard lock(mutex_);
      stream_ = &socket->stream();
      if (is_stopped_) return;
    }
    // Nothing may touch the stream when it is gone.
    struct Forget {
      ScriptedPeer& peer;
      ~Forget() {
        const std::lock_guard lock(peer.mutex_);
        peer.stream_ = nullptr;
      }
    } const forget{*this};
    while (const auto text = socket->receive()) {
      if (!answer(*socket, jujubackup::parse_request(*text, {}))) return;
    }
  }

  bool answer(jujubackup::WebSocket& socket, const jujubackup::RpcRequest& request) {
    const std::string call = request.type + '.' + request.request;
    std::vector<std::string> frames{refusal("no such request - method " + request.type + " is not implemented", "")};
    for (auto line = script_.begin(); line != script_.end(); ++line) {
      if (line->call != call) continue;
      frames = line->frames;
      script_.erase(line);
      break;
    }
    hear(request.type + '(' + std::to_string(request.version) + ")." + request.request + ' ' + jujubackup::write_json(request.params));
    for (std::string frame : frames) {
      if (frame == "CLOSE") {
        socket.close();
        return false;
      }
      if (const auto at = frame.find("$ID"); at != std::string::npos) frame.replace(at, 3, std::to_string(request.request_id));
      socket.send(frame);
    }
    return true;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> heard_;
  bool is_stopped_ = false;
  jujubackup::TlsStream* stream_ = nullptr;
  Script script_;
  jujubackup::KeyPair ca_, certificate_;
  jujubackup::TlsIdentity identity_;
  jujubackup::Listener listener_;
  std::thread thread_;
};

}  // namespace test
