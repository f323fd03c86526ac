// A TLS connection (1.2 and later) whose waiting ends: by a deadline, by a Job that was cancelled, or by another thread.
//
// The only room that knows sockets, OpenSSL's TLS and Boost.Beast is net/; what its headers show is none of them. One thread at a time
// uses a connection; interrupt() alone may be called by any.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <jujubackup/job.hpp>

#include "io/fd.hpp"
#include "net/endpoint.hpp"

namespace jujubackup {

class TlsStream {
 public:
  virtual ~TlsStream() = default;

  // 0: the peer said that it is done. Error(io), a retry may help: "... closed the connection", "... said nothing for 60 s".
  virtual std::size_t read_some(std::span<std::byte> into) = 0;
  virtual std::size_t write_some(std::span<const std::byte> bytes) = 0;
  // The same, but 0 as soon as there is something to read and the peer takes nothing: for a peer that may answer early and then stop
  // reading. Nothing more may be written then.
  virtual std::size_t write_unless_answered(std::span<const std::byte> bytes) {
    return wait_readable(std::chrono::milliseconds(0)) ? 0 : write_some(bytes);
  }
  // Whether something can be read (or the end be seen) within `patience`.
  virtual bool wait_readable(std::chrono::milliseconds patience) = 0;

  // How long one read or write may make no progress.
  virtual void set_idle_timeout(std::chrono::milliseconds timeout) noexcept = 0;
  // Who may cancel the waiting, which then throws Error(cancelled) within a tenth of a second; null: nobody.
  virtual void set_job(const Job* job) noexcept = 0;
  virtual std::string peer() const = 0;  // "10.9.8.7:17070"

  // Tells the peer, without waiting for it.
  virtual void close() noexcept = 0;
  // Any thread: reading and writing fail from now on.
  virtual void interrupt() noexcept = 0;
};

struct DialOptions {
  std::vector<Endpoint> endpoints;
  std::string ca_cert;  // PEM; the peer has to prove then that it is `server_name`, whatever was dialled
  std::string server_name = "juju-apiserver";
  // Without `ca_cert`, or when that does not fit: the system's roots, and this name, or the dialled host where it is empty.
  std::string public_hostname;
  std::chrono::milliseconds timeout{45'000};
};

struct Dialled {
  std::unique_ptr<TlsStream> stream;
  Endpoint endpoint;
};

// Tries the endpoints side by side, each 50 ms after the one before; the first with a good handshake wins. If none has, the Error tells for
// each why: "unable to connect to API: 10.9.8.7:17070: connection refused; ...". Error(permission) if a certificate was not good. Names are
// resolved last and one by one; while that goes on, neither `timeout` nor `job` is looked at.
Dialled dial(const DialOptions& options, const Job* job);

// What a server shows; may be used by any number of threads.
class TlsIdentity {
 public:
  TlsIdentity(const std::string& certificate_pem, const std::string& key_pem);
  TlsIdentity(TlsIdentity&&) noexcept;
  TlsIdentity& operator=(TlsIdentity&&) noexcept;
  ~TlsIdentity();
  struct State;
  const State& state() const noexcept { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

// The server's side of the handshake, which has to end within `timeout`.
std::unique_ptr<TlsStream> accept_tls(Fd socket, std::string peer, const TlsIdentity& identity, std::chrono::milliseconds timeout);

class Listener {
 public:
  // Port 0: any that is free. Error(exists) "address in use".
  explicit Listener(const Endpoint& address);
  ~Listener();
  Endpoint address() const;

  struct Accepted {
    Fd socket;
    std::string peer;
  };
  // The next connection; nothing once stop() was called. When descriptors run out it waits for one.
  std::optional<Accepted> accept();
  void stop() noexcept;  // any thread

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jujubackup
