// A TLS server on 127.0.0.1 whose connections are handed to a function, each on a thread of its own.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <jujubackup/error.hpp>

#include "net/certificate.hpp"
#include "net/tls_stream.hpp"

namespace net_test {

using namespace std::chrono_literals;
using jujubackup::Endpoint;

struct Authority {
  jujubackup::KeyPair ca = jujubackup::make_ca("test CA");
  jujubackup::KeyPair server = jujubackup::make_server_certificate(ca, {"juju-apiserver", "localhost", "127.0.0.1"});
};
// Making keys for every test would take longer than the tests.
inline const Authority& authority() {
  static const Authority made;
  return made;
}

class TlsServer {
 public:
  using Handler = std::function<void(std::unique_ptr<jujubackup::TlsStream>)>;

  explicit TlsServer(Handler handler, const jujubackup::KeyPair& pair = authority().server)
      : handler_(std::move(handler)), identity_(pair.certificate_pem, pair.key_pem), accepting_([this] { run(); }) {}
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer() { stop(); }

  Endpoint endpoint() const { return listener_.address(); }
  // What the handlers, or the handshakes, threw, once all have ended.
  std::vector<std::string> errors() {
    stop();
    return errors_;
  }

 private:
  void stop() {
    listener_.stop();
    if (accepting_.joinable()) accepting_.join();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

  void run() {
    while (auto accepted = listener_.accept()) {
      threads_.emplace_back([this, connection = std::make_shared<jujubackup::Listener::Accepted>(std::move(*accepted))] {
        try {
          auto stream = jujubackup::accept_tls(std::move(connection->socket), connection->peer, identity_, 10s);
          stream->set_idle_timeout(20s);
          handler_(std::move(stream));
        } catch (const jujubackup::Error& error) {
          const std::lock_guard lock(mutex_);
          errors_.emplace_back(error.what());
        }
      });
    }
  }

  Handler handler_;
  jujubackup::TlsIdentity identity_;
  jujubackup::Listener listener_{Endpoint{"127.0.0.1", 0}};
  std::mutex mutex_;
  std::vector<std::string> errors_;
  std::vector<std::thread> threads_;
  std::thread accepting_;
};

inline jujubackup::DialOptions options_for(std::vector<Endpoint> endpoints) {
  jujubackup::DialOptions options;
  options.endpoints = std::move(endpoints);
  options.ca_cert = authority().ca.certificate_pem;
  options.timeout = 10s;
  return options;
}

inline std::unique_ptr<jujubackup::TlsStream> connect_to(const TlsServer& server, const jujubackup::Job* job = nullptr) {
  auto stream = jujubackup::dial(options_for({server.endpoint()}), job).stream;
  stream->set_idle_timeout(20s);
  return stream;
}

// What `work` throws: its code and text; fails the test if it throws nothing.
struct Thrown {
  jujubackup::ErrorCode code = jujubackup::ErrorCode::internal;
  std::string text = "nothing was thrown";
  bool retry = false;
};
template <typename Work>
Thrown thrown_by(Work work) {
  try {
    work();
  } catch (const jujubackup::Error& error) {
    return {error.code(), error.what(), error.retry_may_help()};
  }
  return {};
}

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace net_test
