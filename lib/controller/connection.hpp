// Calls over one WebSocket, one after the other.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <jujubackup/job.hpp>

#include "controller/rpc.hpp"
#include "net/http.hpp"

namespace jujubackup {

class RpcConnection {
 public:
  explicit RpcConnection(std::unique_ptr<WebSocket> socket);
  RpcConnection(const RpcConnection&) = delete;
  RpcConnection& operator=(const RpcConnection&) = delete;
  ~RpcConnection();

  // Waits for the reply as long as the peer is alive. After anything but a reply the connection is of no more use: the answer to this call
  // could still come, and Create is nothing to be asked for twice. Later calls say so.
  RpcReply exchange(std::string facade, std::int64_t version, std::string method, Value params, const Job* job);
  // The reply's `response`; RpcError if it is an error.
  Value call(std::string facade, std::int64_t version, std::string method, Value params, const Job* job);

  TlsStream& stream() noexcept { return socket_->stream(); }

 private:
  std::unique_ptr<WebSocket> socket_;
  std::uint64_t last_id_ = 0;
  bool usable_ = true;
};

// Ends the waiting of a stream at a point in time, however lively the peer is until then.
class Deadline {
 public:
  Deadline(TlsStream& stream, std::chrono::steady_clock::time_point when);
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline();
  // Stops the clock; true if it had run out.
  bool stop() noexcept;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  bool passed_ = false;
  std::thread thread_;
};

}  // namespace jujubackup
