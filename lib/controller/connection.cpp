#include "controller/connection.hpp"

#include <utility>

namespace jujubackup {
namespace {

// A list of some thousand backups, or the status of a large model. Juju itself sets no limit.
constexpr TextLimits reply_limits{std::size_t{16} << 20, 32, 500'000};

// Replies to other calls are skipped; there are none on a connection that makes one call at a time, but they are not an error by
// themselves.
constexpr int max_skipped = 64;

class JobScope {
 public:
  JobScope(TlsStream& stream, const Job* job) : stream_(stream) { stream_.set_job(job); }
  JobScope(const JobScope&) = delete;
  JobScope& operator=(const JobScope&) = delete;
  ~JobScope() { stream_.set_job(nullptr); }

 private:
  TlsStream& stream_;
};

}  // namespace

RpcConnection::RpcConnection(std::unique_ptr<WebSocket> socket) : socket_(std::move(socket)) {}

RpcConnection::~RpcConnection() {
  if (usable_) socket_->close();
}

RpcReply RpcConnection::exchange(std::string facade, std::int64_t version, std::string method, Value params, const Job* job) {
  job_check(job);
  if (!usable_) throw Error(ErrorCode::io, "the connection to the controller ended with an earlier call: connect again", true);
  RpcRequest request;
  request.request_id = ++last_id_;
  request.type = std::move(facade);
  request.version = version;
  request.request = std::move(method);
  request.params = std::move(params);
  const JobScope scope(socket_->stream(), job);
  usable_ = false;
  socket_->send(write_request(request));
  for (int skipped = 0; skipped <= max_skipped; ++skipped) {
    const std::optional<std::string> message = socket_->receive();
    if (!message) throw Error(ErrorCode::io, "the controller closed the connection", true);
    RpcReply reply = parse_reply(*message, reply_limits);
    if (reply.request_id != request.request_id) continue;
    usable_ = true;
    return reply;
  }
  throw Error(ErrorCode::corrupt, "the controller answers calls that were not made");
}

Value RpcConnection::call(std::string facade, std::int64_t version, std::string method, Value params, const Job* job) {
  RpcReply reply = exchange(std::move(facade), version, std::move(method), std::move(params), job);
  if (!reply.error.empty()) throw RpcError(reply.error, reply.error_code);
  return std::move(reply.response);
}

Deadline::Deadline(TlsStream& stream, std::chrono::steady_clock::time_point when) {
  thread_ = std::thread([this, &stream, when] {
    std::unique_lock lock(mutex_);
    if (changed_.wait_until(lock, when, [this] { return stopped_; })) return;
    passed_ = true;
    stream.interrupt();
  });
}

Deadline::~Deadline() { stop(); }

bool Deadline::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  return passed_;
}

}  // namespace jujubackup
