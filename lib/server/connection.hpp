// One client's connection, as the thread that serves it and the thread that stops the server both see it.
#pragma once

#include <cstddef>
#include <mutex>
#include <set>
#include <string>

#include <jujubackup/job.hpp>

#include "io/fd.hpp"
#include "net/tls_stream.hpp"

namespace jujubackup {

class Connection {
 public:
  explicit Connection(std::string peer) : peer_(std::move(peer)) {}
  const std::string& peer() const noexcept { return peer_; }

  // Something that is to be finished when the server stops: a call, a transfer. Not to be started (false) once it stops.
  class Work {
   public:
    explicit Work(Connection& connection) : connection_(connection), started_(connection.begin(job_)) {}
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    ~Work() {
      if (started_) connection_.end(job_);
    }
    explicit operator bool() const noexcept { return started_; }
    Job* job() noexcept { return &job_; }

   private:
    Connection& connection_;
    Job job_;
    bool started_;
  };

  // For the connection's own thread: what stop() and cut() may interrupt. During the handshake that is the socket.
  void hold_socket(const Fd& socket);
  void attach(TlsStream& stream);
  void detach() noexcept;

  // Any thread. Lets nothing new begin; what is idle ends at once.
  void stop() noexcept;
  // Ends everything.
  void cut() noexcept;
  bool stopping() const noexcept;

 private:
  bool begin(Job& job);
  void end(Job& job) noexcept;
  void interrupt() noexcept;

  const std::string peer_;
  mutable std::mutex mutex_;
  Fd socket_;  // a duplicate
  TlsStream* stream_ = nullptr;
  std::set<Job*> running_;
  bool stopping_ = false;
};

// For as long as the stream is there.
class Attached {
 public:
  Attached(Connection& connection, TlsStream& stream) : connection_(connection) { connection_.attach(stream); }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;
  ~Attached() { connection_.detach(); }

 private:
  Connection& connection_;
};

}  // namespace jujubackup
