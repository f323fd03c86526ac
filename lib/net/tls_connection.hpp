// TlsStream over a socket: non-blocking, with poll(2).
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <span>
#include <string>

#include <jujubackup/error.hpp>
#include <jujubackup/job.hpp>

#include "io/fd.hpp"
#include "net/openssl_support.hpp"
#include "net/tls_stream.hpp"

namespace jujubackup {

// "connection refused": as Go and Juju write the system's words, in lower case.
std::string system_reason(int err);
void set_socket_options(int fd);  // non-blocking, no delay, keep-alive

class TlsConnection final : public TlsStream {
 public:
  enum class Role { client, server };
  // `socket` is non-blocking.
  TlsConnection(Fd socket, ssl_ctx_st* context, Role role, std::string peer);
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;
  ~TlsConnection() override;

  // Client, before the handshake: what to ask for, and what the certificate has to say. A name or an address.
  void expect_name(const std::string& name);
  // As far as the socket lets it go; the events of poll(2) to wait for, 0 when it is done. Error(permission) for a bad certificate.
  short handshake_step();
  // All of it.
  void handshake(std::chrono::milliseconds timeout);
  int descriptor() const noexcept { return socket_.get(); }

  std::size_t read_some(std::span<std::byte> into) override;
  std::size_t write_some(std::span<const std::byte> bytes) override;
  std::size_t write_unless_answered(std::span<const std::byte> bytes) override;
  bool wait_readable(std::chrono::milliseconds patience) override;
  void set_idle_timeout(std::chrono::milliseconds timeout) noexcept override { idle_timeout_ = timeout; }
  void set_job(const Job* job) noexcept override { job_ = job; }
  std::string peer() const override { return peer_; }
  void close() noexcept override;
  void interrupt() noexcept override;

  // What the BIO that OpenSSL reads and writes with remembers.
  struct Wire {
    int fd = -1;
    int error = 0;  // errno of the call that failed
    bool ended = false;
    bool more = false;  // is about to be written: segments of the network are to be filled first
  };

 private:
  using Clock = std::chrono::steady_clock;
  // Why a call of OpenSSL did nothing: the events to wait for, or 0 if the peer is done. Throws what is broken.
  short wanted_events(int result);
  short read_events(int result);
  // What poll(2) returned; 0: the time is up.
  short wait(short events, Clock::time_point deadline) const;
  std::size_t write_records(std::span<const std::byte> bytes, bool until_answered);
  [[noreturn]] void fail(ErrorCode code, const std::string& what);

  Fd socket_;
  Wire wire_;
  TlsPtr tls_;
  std::string peer_;
  std::string expected_name_;
  const Job* job_ = nullptr;
  std::chrono::milliseconds idle_timeout_{60'000};
  std::atomic<bool> interrupted_{false};
  bool ended_ = false;   // the peer said that it is done
  bool closed_ = false;  // we did
  bool write_broken_ = false;
  std::exception_ptr broken_;
};

}  // namespace jujubackup
