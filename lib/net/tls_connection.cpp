#include "net/tls_connection.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>
#include <optional>
#include <system_error>

#include "base/text.hpp"

namespace jujubackup {
namespace {

constexpr std::chrono::milliseconds job_slice{100};
constexpr std::chrono::milliseconds longest{std::chrono::hours(24 * 365)};

// OpenSSL's own socket BIO writes with write(2), which raises SIGPIPE when the peer is gone, and the process's signals are not ours.
int wire_write(BIO* bio, const char* data, int size) {
  auto& wire = *static_cast<TlsConnection::Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const ssize_t count = ::send(wire.fd, data, static_cast<std::size_t>(size), MSG_NOSIGNAL | (wire.more ? MSG_MORE : 0));
  if (count >= 0) return static_cast<int>(count);
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
    BIO_set_retry_write(bio);
  } else {
    wire.error = errno;
  }
  return -1;
}

int wire_read(BIO* bio, char* data, int size) {
  auto& wire = *static_cast<TlsConnection::Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const ssize_t count = ::recv(wire.fd, data, static_cast<std::size_t>(size), 0);
  if (count > 0) return static_cast<int>(count);
  if (count == 0) {
    wire.ended = true;
    return 0;
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
    BIO_set_retry_read(bio);
  } else {
    wire.error = errno;
  }
  return -1;
}

long wire_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return static_cast<TlsConnection::Wire*>(BIO_get_data(bio))->ended ? 1 : 0;
  return 0;
}

const BIO_METHOD* wire_method() {
  static const std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> method = [] {
    std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> made(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket"), &BIO_meth_free);
    if (!made) throw std::bad_alloc();
    BIO_meth_set_write(made.get(), &wire_write);
    BIO_meth_set_read(made.get(), &wire_read);
    BIO_meth_set_ctrl(made.get(), &wire_control);
    return made;
  }();
  return method.get();
}

std::string describe(std::chrono::milliseconds time) {
  return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + " s" : std::to_string(time.count()) + " ms";
}

// What the operator can do about it is behind the colon.
std::string certificate_trouble(long result, const std::string& name) {
  switch (result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "its certificate is not for the name " + go_quote(name) + ": another server answers there, or the name to expect is wrong";
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "its certificate has expired: renew it on the controller, or correct the clock of this machine";
    case X509_V_ERR_CERT_NOT_YET_VALID: return "its certificate is not valid yet: correct the clock of this machine or of the controller";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_CERT_UNTRUSTED:
      return "its certificate is signed by an unknown authority: the CA certificate known here is not this controller's, or something in "
             "between answers in its place";
    default: return std::string("its certificate is not good: ") + X509_verify_cert_error_string(result);
  }
}

int clipped(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max())); }

}  // namespace

std::string system_reason(int err) {
  std::string text = std::generic_category().message(err);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

void set_socket_options(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) throw Error::from_errno(errno, "setting up a socket");
  const int on = 1;
  // Not for what is no TCP (a socket pair of a test).
  static_cast<void>(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  // A peer whose machine is gone is found within two minutes, also where nobody has to say anything.
  const int idle_s = 60;
  const int between_s = 15;
  const int times = 4;
  static_cast<void>(::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on));
  static_cast<void>(::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s));
  static_cast<void>(::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &between_s, sizeof between_s));
  static_cast<void>(::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof times));
}

TlsConnection::TlsConnection(Fd socket, ssl_ctx_st* context, Role role, std::string peer)
    : socket_(std::move(socket)), tls_(SSL_new(context)), peer_(std::move(peer)) {
  wire_.fd = socket_.get();
  BIO* bio = tls_ ? BIO_new(wire_method()) : nullptr;
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, &wire_);
  BIO_set_init(bio, 1);
  SSL_set_bio(tls_.get(), bio, bio);
  if (role == Role::client) {
    SSL_set_connect_state(tls_.get());
  } else {
    SSL_set_accept_state(tls_.get());
  }
}

TlsConnection::~TlsConnection() = default;

void TlsConnection::expect_name(const std::string& name) {
  expected_name_ = name;
  ERR_clear_error();
  const bool address = is_ip_address(name);
  const int set =
      address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_.get()), name.c_str()) : SSL_set1_host(tls_.get(), name.c_str());
  // An address is never sent as the name asked for (RFC 6066, section 3).
  const bool sent = address || SSL_set_tlsext_host_name(tls_.get(), name.c_str()) == 1;
  if (set != 1 || !sent) throw Error(ErrorCode::invalid_argument, quoted_name(name) + " is no name of a server");
  SSL_set_verify(tls_.get(), SSL_VERIFY_PEER, nullptr);
}

short TlsConnection::handshake_step() {
  ERR_clear_error();
  wire_.error = 0;
  const int result = SSL_do_handshake(tls_.get());
  if (result == 1) return 0;
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ: return POLLIN;
    case SSL_ERROR_WANT_WRITE: return POLLOUT;
    default: break;
  }
  const long verified = SSL_get_verify_result(tls_.get());
  if (verified != X509_V_OK) {
    ERR_clear_error();
    throw Error(ErrorCode::permission, certificate_trouble(verified, expected_name_));
  }
  if (wire_.ended) throw Error(ErrorCode::io, "the connection was closed during the TLS handshake", true);
  if (wire_.error != 0) throw Error(ErrorCode::io, system_reason(wire_.error), true);
  throw Error(ErrorCode::io, "TLS handshake failed: " + openssl_reason("no reason given"), true);
}

void TlsConnection::handshake(std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + std::min(timeout, longest);
  for (short events = handshake_step(); events != 0; events = handshake_step()) {
    if (wait(events, deadline) == 0) throw Error(ErrorCode::io, "no TLS handshake within " + describe(timeout), true);
  }
}

void TlsConnection::fail(ErrorCode code, const std::string& what) {
  if (interrupted_.load()) throw Error(ErrorCode::io, "the connection with " + peer_ + " was interrupted");
  throw Error(code, what, true);
}

short TlsConnection::wanted_events(int result) {
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ: return POLLIN;
    case SSL_ERROR_WANT_WRITE: return POLLOUT;
    case SSL_ERROR_ZERO_RETURN: ended_ = true; return 0;
    default: break;
  }
  if (wire_.ended) {
    ERR_clear_error();
    fail(ErrorCode::io, peer_ + " closed the connection");
  }
  if (wire_.error != 0) fail(ErrorCode::io, "the connection with " + peer_ + " broke: " + system_reason(wire_.error));
  fail(ErrorCode::io, "the connection with " + peer_ + " broke: " + openssl_reason("TLS error"));
}

short TlsConnection::wait(short events, Clock::time_point deadline) const {
  for (;;) {
    job_check(job_);
    auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() < 0) left = std::chrono::milliseconds(0);
    const auto slice = job_ != nullptr ? std::min(left, job_slice) : std::min<std::chrono::milliseconds>(left, std::chrono::hours(1));
    pollfd entry{socket_.get(), events, 0};
    const int count = ::poll(&entry, 1, static_cast<int>(slice.count()));
    if (count > 0) return entry.revents;
    if (count < 0 && errno != EINTR) throw Error::from_errno(errno, "waiting for " + peer_);
    if (count == 0 && slice == left) return 0;
  }
}

std::size_t TlsConnection::read_some(std::span<std::byte> into) {
  job_check(job_);
  std::optional<Clock::time_point> deadline;
  for (;;) {
    if (broken_) std::rethrow_exception(broken_);
    if (ended_ || into.empty()) return 0;
    ERR_clear_error();
    wire_.error = 0;
    int count = SSL_read(tls_.get(), into.data(), clipped(into.size()));
    if (count <= 0) {
      const short events = read_events(count);
      if (events == 0) continue;
      if (!deadline) deadline = Clock::now() + std::min(idle_timeout_, longest);
      if (wait(events, *deadline) == 0) fail(ErrorCode::io, peer_ + " said nothing for " + describe(idle_timeout_));
      continue;
    }
    auto total = static_cast<std::size_t>(count);
    // A call brings one record at most; others are often here already.
    while (total < into.size() && SSL_has_pending(tls_.get()) == 1) {
      count = SSL_read(tls_.get(), into.data() + total, clipped(into.size() - total));
      if (count <= 0) break;  // shows again with the next call
      total += static_cast<std::size_t>(count);
    }
    ERR_clear_error();
    return total;
  }
}

// As wanted_events(), but what broke the reading once is what every later call says.
short TlsConnection::read_events(int result) {
  try {
    return wanted_events(result);
  } catch (...) {
    broken_ = std::current_exception();
    return 0;
  }
}

bool TlsConnection::wait_readable(std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + std::min(patience, longest);
  // That the socket is readable is not enough: what is there may be a part of a record, or of the handshake.
  short events = POLLIN;
  for (bool look = SSL_has_pending(tls_.get()) == 1;; look = true) {
    if (broken_ || ended_) return true;
    if (look) {
      std::byte first{};
      ERR_clear_error();
      wire_.error = 0;
      const int count = SSL_peek(tls_.get(), &first, 1);
      if (count > 0) return true;
      events = read_events(count);
      if (events == 0) return true;
    }
    if (wait(events, deadline) == 0) return false;
  }
}

std::size_t TlsConnection::write_some(std::span<const std::byte> bytes) { return write_records(bytes, false); }
std::size_t TlsConnection::write_unless_answered(std::span<const std::byte> bytes) {
  return wait_readable(std::chrono::milliseconds(0)) ? 0 : write_records(bytes, true);
}

std::size_t TlsConnection::write_records(std::span<const std::byte> bytes, bool until_answered) {
  job_check(job_);
  if (closed_ || write_broken_) fail(ErrorCode::io, "the connection with " + peer_ + " was closed already");
  // OpenSSL remembers a record that was sent in part. Whoever gives up on it cannot write anything else.
  write_broken_ = true;
  std::size_t done = 0;
  const auto deadline = Clock::now() + std::min(idle_timeout_, longest);
  while (done < bytes.size()) {
    ERR_clear_error();
    wire_.error = 0;
    wire_.more = bytes.size() - done > SSL3_RT_MAX_PLAIN_LENGTH;
    const int count = SSL_write(tls_.get(), bytes.data() + done, clipped(bytes.size() - done));
    wire_.more = false;
    if (count > 0) {
      done += static_cast<std::size_t>(count);
      continue;
    }
    const short events = wanted_events(count);
    if (events == 0) fail(ErrorCode::io, peer_ + " closed the connection");
    if (done > 0) break;
    const short got = wait(static_cast<short>(until_answered ? events | POLLIN : events), deadline);
    if (got == 0) fail(ErrorCode::io, peer_ + " took nothing for " + describe(idle_timeout_));
    if (until_answered && (got & POLLIN) != 0 && wait_readable(std::chrono::milliseconds(0))) return 0;
  }
  write_broken_ = false;
  return done;
}

void TlsConnection::close() noexcept {
  if (closed_) return;
  closed_ = true;
  ERR_clear_error();
  if (SSL_is_init_finished(tls_.get()) == 1) static_cast<void>(SSL_shutdown(tls_.get()));
  ERR_clear_error();
  // Reading goes on, so that a server can wait until its last answer was taken.
  static_cast<void>(::shutdown(socket_.get(), SHUT_WR));
}

// The descriptor stays ours until the destructor, so it cannot be another connection's by now.
void TlsConnection::interrupt() noexcept {
  interrupted_.store(true);
  static_cast<void>(::shutdown(socket_.get(), SHUT_RDWR));
}

}  // namespace jujubackup
