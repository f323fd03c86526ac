// A TLS server on 127.0.0.1 that answers each request as a test says.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <utility>

#include <jujubackup/error.hpp>

#include "controller/transfer.hpp"
#include "net/certificate.hpp"
#include "net/http.hpp"
#include "net/tls_stream.hpp"
#include "test_support.hpp"

namespace test {

inline constexpr std::string_view transfer_model = "6d0c1a52-1111-4222-8333-94c7d2f0aa01";

class ScriptedServer {
 public:
  using Handle = std::function<void(jujubackup::HttpServer&, const jujubackup::HttpRequest&)>;

  // `handle` runs on a thread of the server, for one request of each connection; what it throws ends the connection.
  explicit ScriptedServer(Handle handle) : handle_(std::move(handle)), thread_([this] { serve(); }) {}
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer() { stop(); }

  // Afterwards what the handler has written is there to be read by the test.
  void stop() {
    listener_.stop();
    if (thread_.joinable()) thread_.join();
  }

  jujubackup::TransferTarget target() const {
    jujubackup::TransferTarget target;
    target.dial.endpoints = {listener_.address()};
    target.dial.ca_cert = ca_.certificate_pem;
    target.model_uuid = transfer_model;
    target.credentials.add("Authorization", "Basic dXNlci1hZG1pbjpzZWNyZXQ=");
    return target;
  }
  int connections() const { return connections_; }  // after stop()

 private:
  void serve() {
    while (auto accepted = listener_.accept()) {
      ++connections_;
      try {
        auto stream = jujubackup::accept_tls(std::move(accepted->socket), accepted->peer, identity_, std::chrono::seconds(10));
        const auto http = jujubackup::make_http_server(std::move(stream), {});
        if (const auto request = http->next_request()) handle_(*http, *request);
      } catch (const jujubackup::Error&) {
        // The client broke off, as tests of failures make it do.
      }
    }
  }

  Handle handle_;
  jujubackup::KeyPair ca_ = jujubackup::make_ca("CA of a test");
  jujubackup::KeyPair leaf_ = jujubackup::make_server_certificate(ca_, {"juju-apiserver", "localhost"});
  jujubackup::TlsIdentity identity_{leaf_.certificate_pem, leaf_.key_pem};
  jujubackup::Listener listener_{jujubackup::Endpoint{"127.0.0.1", 0}};
  int connections_ = 0;
  std::thread thread_;  // last: all else is there when it starts
};

inline std::string read_body(jujubackup::HttpServer& http) {
  std::string body;
  std::vector<std::byte> buffer(10000);
  while (const std::size_t got = http.read_body(buffer)) body += text_of(std::span(buffer).first(got));
  return body;
}

}  // namespace test
