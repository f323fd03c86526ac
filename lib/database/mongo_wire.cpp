#include "database/mongo_wire.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <span>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "database/mongoc_library.hpp"
#include "io/temp_file.hpp"

namespace jujubackup::database {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds job_slice{50};
constexpr std::chrono::milliseconds wait_in_a_hurry{1'000};
// Answers are at most 48 MiB; the hello that may go before one, and the headers, are small.
constexpr std::uint64_t max_received_bytes = (std::uint64_t{48} << 20) + (std::uint64_t{1} << 20);
constexpr int stream_type = 0x6a6a62;  // none of the driver's own
constexpr std::size_t max_parts = 64;  // of one sendmsg

std::string reason(int err) { return std::generic_category().message(err); }

// The driver's stream over a socket. `base` is first: the driver hands it back to the functions below.
struct SocketStream {
  mongoc_stream_t base = {};
  MongoWire* wire = nullptr;
  Fd socket;
  bool timed_out = false;
  bool would_block = false;
};

static_assert(std::is_standard_layout_v<SocketStream>);

SocketStream& of(mongoc_stream_t* stream) { return *reinterpret_cast<SocketStream*>(stream); }

Clock::time_point deadline_after(std::int32_t timeout_ms, const MongoWire& wire) {
  // Negative stands for no end.
  const auto longest = wire.longest_wait();
  return Clock::now() + (timeout_ms < 0 ? longest : std::min(longest, std::chrono::milliseconds(timeout_ms)));
}

enum class Waited { ready, timed_out, cancelled, failed };

Waited wait_for(int fd, short events, Clock::time_point deadline, const MongoWire& wire) {
  for (;;) {
    if (wire.cancelled()) return Waited::cancelled;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd entry{fd, events, 0};
    const auto wait = std::clamp(left, std::chrono::milliseconds(0), job_slice);
    const int ready = ::poll(&entry, 1, static_cast<int>(wait.count()));
    if (ready > 0) return Waited::ready;
    if (ready < 0 && errno != EINTR) return Waited::failed;
    if (ready == 0 && left <= job_slice) return Waited::timed_out;
  }
}

std::string seconds_text(std::chrono::milliseconds timeout) {
  return timeout.count() % 1000 == 0 ? std::to_string(timeout.count() / 1000) + " s" : std::to_string(timeout.count()) + " ms";
}

// Sets errno and the stream's state for a wait that ended otherwise than well; a timeout of 0 is how the driver asks for no wait.
void give_up(SocketStream& stream, Waited how, std::int32_t timeout_ms) {
  stream.timed_out = how == Waited::timed_out && timeout_ms != 0;
  stream.would_block = how == Waited::timed_out && timeout_ms == 0;
  if (stream.timed_out) {
    stream.wire->fail(ErrorCode::io, stream.wire->peer() + " did not answer within " + seconds_text(std::chrono::milliseconds(timeout_ms)));
  }
  if (how == Waited::timed_out) errno = timeout_ms == 0 ? EAGAIN : ETIMEDOUT;
  if (how == Waited::cancelled) errno = ECANCELED;
}

// What is left of the driver's buffers.
class Parts {
 public:
  Parts(mongoc_iovec_t* parts, std::size_t count) : parts_(parts, count) { skip_empty(); }
  bool empty() const { return parts_.empty(); }
  msghdr message() {
    msghdr header = {};
    header.msg_iov = parts_.data();
    header.msg_iovlen = std::min(parts_.size(), max_parts);
    return header;
  }
  void pass(std::size_t bytes) {
    while (!parts_.empty() && bytes >= parts_.front().iov_len) {
      bytes -= parts_.front().iov_len;
      parts_ = parts_.subspan(1);
    }
    if (parts_.empty() || bytes == 0) return;
    parts_.front().iov_base = static_cast<char*>(parts_.front().iov_base) + bytes;
    parts_.front().iov_len -= bytes;
  }

 private:
  void skip_empty() { pass(0); }
  std::span<mongoc_iovec_t> parts_;
};

bool is_again(int err) { return err == EAGAIN || err == EWOULDBLOCK; }

ssize_t write_parts(mongoc_stream_t* base, mongoc_iovec_t* iov, std::size_t count, std::int32_t timeout_ms) {
  SocketStream& stream = of(base);
  stream.timed_out = stream.would_block = false;
  Parts parts(iov, count);
  const auto deadline = deadline_after(timeout_ms, *stream.wire);
  ssize_t written = 0;
  while (!parts.empty()) {
    const msghdr message = parts.message();
    const ssize_t sent = ::sendmsg(stream.socket.get(), &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      written += sent;
      parts.pass(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (!is_again(errno)) {
      stream.wire->fail(ErrorCode::io, "the connection with " + stream.wire->peer() + " was lost: " + reason(errno));
      return -1;
    }
    const Waited waited = wait_for(stream.socket.get(), POLLOUT, deadline, *stream.wire);
    if (waited == Waited::ready) continue;
    give_up(stream, waited, timeout_ms);
    return written > 0 && stream.would_block ? written : -1;
  }
  return written;
}

ssize_t read_parts(mongoc_stream_t* base, mongoc_iovec_t* iov, std::size_t count, std::size_t min_bytes, std::int32_t timeout_ms) {
  SocketStream& stream = of(base);
  stream.timed_out = stream.would_block = false;
  Parts parts(iov, count);
  const auto deadline = deadline_after(timeout_ms, *stream.wire);
  ssize_t total = 0;
  const auto enough = [&] { return total > 0 && static_cast<std::size_t>(total) >= min_bytes; };
  while (!parts.empty() && !enough()) {
    msghdr message = parts.message();
    const ssize_t got = ::recvmsg(stream.socket.get(), &message, 0);
    if (got > 0) {
      if (!stream.wire->count(static_cast<std::size_t>(got))) {
        errno = EMSGSIZE;
        return -1;
      }
      total += got;
      parts.pass(static_cast<std::size_t>(got));
      continue;
    }
    if (got == 0) {
      stream.wire->fail(ErrorCode::io, stream.wire->peer() + " closed the connection");
      errno = ECONNRESET;
      return static_cast<std::size_t>(total) >= min_bytes ? total : -1;
    }
    if (errno == EINTR) continue;
    if (!is_again(errno)) {
      stream.wire->fail(ErrorCode::io, "the connection with " + stream.wire->peer() + " was lost: " + reason(errno));
      return -1;
    }
    const Waited waited = wait_for(stream.socket.get(), POLLIN, deadline, *stream.wire);
    if (waited == Waited::ready) continue;
    give_up(stream, waited, timeout_ms);
    return -1;
  }
  return total;
}

// Of streams that are all ours, since the driver looks through TLS at what lies below.
ssize_t poll_streams(mongoc_stream_poll_t* streams, std::size_t count, std::int32_t timeout_ms) {
  if (count == 0) return 0;
  const auto deadline = deadline_after(timeout_ms, *of(streams[0].stream).wire);
  std::vector<pollfd> entries;
  for (std::size_t i = 0; i < count; ++i) entries.push_back({of(streams[i].stream).socket.get(), static_cast<short>(streams[i].events), 0});
  for (;;) {
    bool cancelled = false;
    for (std::size_t i = 0; i < count; ++i) cancelled = cancelled || of(streams[i].stream).wire->cancelled();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    const auto wait = cancelled ? std::chrono::milliseconds(0) : std::clamp(left, std::chrono::milliseconds(0), job_slice);
    const int ready = ::poll(entries.data(), entries.size(), static_cast<int>(wait.count()));
    if (ready == 0 && !cancelled && left > job_slice) continue;
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0 && timeout_ms != 0) of(streams[0].stream).wire->fail_to_connect();
    for (std::size_t i = 0; i < count; ++i) streams[i].revents = cancelled ? POLLERR | POLLHUP : entries[i].revents;
    return cancelled ? static_cast<ssize_t>(count) : ready;
  }
}

bool is_closed(mongoc_stream_t* base) {
  pollfd entry{of(base).socket.get(), POLLIN, 0};
  if (::poll(&entry, 1, 0) <= 0) return false;
  char byte = 0;
  const ssize_t got = ::recv(of(base).socket.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && !is_again(errno));
}

int set_option(mongoc_stream_t* base, int level, int name, void* value, mongoc_socklen_t length) {
  return ::setsockopt(of(base).socket.get(), level, name, value, length);
}

int close_stream(mongoc_stream_t* base) {
  of(base).socket.reset();
  return 0;
}

void destroy_stream(mongoc_stream_t* base) { delete &of(base); }

mongoc_stream_t* stream_over(Fd socket, MongoWire& wire) {
  auto stream = std::make_unique<SocketStream>();
  stream->wire = &wire;
  stream->socket = std::move(socket);
  mongoc_stream_t& base = stream->base;
  base.type = stream_type;
  base.destroy = destroy_stream;
  base.failed = destroy_stream;
  base.close = close_stream;
  base.flush = [](mongoc_stream_t*) { return 0; };
  base.writev = write_parts;
  base.readv = read_parts;
  base.poll = poll_streams;
  base.setsockopt = set_option;
  base.check_closed = is_closed;
  base.timed_out = [](mongoc_stream_t* each) { return of(each).timed_out; };
  base.should_retry = [](mongoc_stream_t* each) { return of(each).would_block; };
  return &stream.release()->base;
}

mongoc_stream_t* initiate(const mongoc_uri_t*, const mongoc_host_list_t*, void* wire, bson_error_t* error) {
  auto& self = *static_cast<MongoWire*>(wire);
  mongoc_stream_t* stream = self.connect();
  if (stream == nullptr) bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_CONNECT, "no connection");
  return stream;
}

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses resolve(const MongoWireOptions& options) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int result = ::getaddrinfo(options.host.c_str(), options.port.c_str(), &hints, &found);
  if (result != 0) {
    throw Error(ErrorCode::io,
                std::string("the name cannot be resolved: ") + (result == EAI_SYSTEM ? reason(errno) : ::gai_strerror(result)), true);
  }
  return {found, &::freeaddrinfo};
}

Fd memory_file(const std::string& text) {
  Fd file(::memfd_create("jujubackup-ca", MFD_CLOEXEC));
  if (!file) throw Error::from_errno(errno, "keeping the CA certificate in memory");
  write_all(file.get(), std::as_bytes(std::span(text)), "the CA certificate");
  return file;
}

}  // namespace

MongoWire::MongoWire(MongoWireOptions options) : options_(std::move(options)) {
  if (options_.tls && !options_.ca_cert.empty()) ca_file_ = memory_file(options_.ca_cert);
}

void MongoWire::attach(_mongoc_client_t* client) { mongoc().client_set_stream_initiator(client, &initiate, this); }

void MongoWire::begin(const Job* job) {
  job_ = job;
  received_bytes_ = 0;
  failure_.reset();
}

void MongoWire::hurry() noexcept {
  job_ = nullptr;
  longest_wait_ = wait_in_a_hurry;
}

std::string MongoWire::peer() const {
  const bool v6 = options_.host.find(':') != std::string::npos;
  return (v6 ? "[" + options_.host + "]" : options_.host) + ":" + options_.port;
}

void MongoWire::fail(ErrorCode code, const std::string& text, bool retry_may_help) noexcept {
  if (!failure_ && !cancelled()) failure_.emplace(code, text, retry_may_help);
}

void MongoWire::fail_to_connect() noexcept {
  fail(ErrorCode::io, peer() + " did not answer within " + seconds_text(options_.connect_timeout));
}

bool MongoWire::count(std::size_t received_bytes) noexcept {
  received_bytes_ += received_bytes;
  if (received_bytes_ <= max_received_bytes) return true;
  fail(ErrorCode::limit, peer() + " answers with more than 48 MiB", false);
  return false;
}

_mongoc_stream_t* MongoWire::connect() noexcept {
  try {
    mongoc_stream_t* plain = stream_over(dial(), *this);
    return options_.tls ? secure(plain) : plain;
  } catch (const Error& error) {
    fail(error.code(), "connecting to " + peer() + ": " + error.message(), error.retry_may_help());
  } catch (const std::exception&) {
    fail(ErrorCode::io, "connecting to " + peer() + ": out of memory");
  }
  return nullptr;
}

Fd MongoWire::dial() {
  const auto deadline = Clock::now() + options_.connect_timeout;
  const Addresses addresses = resolve(options_);
  std::string why = "no address";
  for (const addrinfo* each = addresses.get(); each != nullptr; each = each->ai_next) {
    Fd socket(::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) {
      why = reason(errno);
      continue;
    }
    int err = ::connect(socket.get(), each->ai_addr, each->ai_addrlen) == 0 ? 0 : errno;
    if (err == EINPROGRESS || err == EINTR) {
      const Waited waited = wait_for(socket.get(), POLLOUT, deadline, *this);
      if (waited == Waited::cancelled) throw Error(ErrorCode::cancelled, "cancelled");
      if (waited == Waited::timed_out) throw Error(ErrorCode::io, "no answer within " + seconds_text(options_.connect_timeout), true);
      socklen_t length = sizeof err;
      if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &err, &length) != 0) err = errno;
    }
    if (err == 0) {
      const int on = 1;
      ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
      return socket;
    }
    why = reason(err);
  }
  throw Error(ErrorCode::io, why, true);
}

_mongoc_stream_t* MongoWire::secure(_mongoc_stream_t* plain) {
  std::unique_ptr<mongoc_stream_t, decltype(&mongoc_stream_destroy)> stream(plain, mongoc().stream_destroy);
  const std::string ca_path = "/proc/self/fd/" + std::to_string(ca_file_.get());
  mongoc_ssl_opt_t options = {};
  // Juju's certificates name juju-mongodb and the like, whatever the machine is called.
  options.allow_invalid_hostname = true;
  options.weak_cert_validation = options_.ca_cert.empty();
  options.ca_file = options_.ca_cert.empty() ? nullptr : ca_path.c_str();
  mongoc_stream_t* tls = mongoc().stream_tls_new_with_hostname(stream.get(), options_.host.c_str(), &options, 1);
  if (tls == nullptr) throw Error(ErrorCode::invalid_argument, "the CA certificate cannot be used");
  static_cast<void>(stream.release());  // belongs to the TLS stream now
  stream.reset(tls);

  bson_error_t error = {};
  const auto timeout = static_cast<std::int32_t>(options_.connect_timeout.count());
  if (!mongoc().stream_tls_handshake_block(tls, options_.host.c_str(), timeout, &error)) {
    if (failure_) throw Error(*failure_);
    const std::string text = printable(static_cast<const char*>(error.message));
    const bool bad_certificate = text.find("certificate") != std::string::npos;
    throw Error(bad_certificate ? ErrorCode::permission : ErrorCode::io, text, !bad_certificate);
  }
  return stream.release();
}

}  // namespace jujubackup::database
