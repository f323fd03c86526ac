#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include <jujubackup/error.hpp>

#include "net/socket_address.hpp"
#include "net/tls_connection.hpp"
#include "net/tls_stream.hpp"

namespace jujubackup {
namespace {

constexpr int backlog = 512;
constexpr int wait_for_descriptor_ms = 50;

// What accept(2) reports of a connection that broke before it was accepted (see its manual), or of one that another thread took.
bool is_passing(int err) {
  switch (err) {
    case EAGAIN:
    case EINTR:
    case ECONNABORTED:
    case EPERM:
    case EPROTO:
    case ENETDOWN:
    case ENETUNREACH:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET: return true;
    default: return false;
  }
}

}  // namespace

struct Listener::State {
  Fd socket;
  Fd stop_read, stop_write;  // a pipe; closing an end would race with accept(), so a byte is written
  Endpoint address;
};

Listener::Listener(const Endpoint& address) : state_(std::make_unique<State>()) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) throw Error::from_errno(errno, "making a pipe");
  state_->stop_read = Fd(ends[0]);
  state_->stop_write = Fd(ends[1]);
  const SocketAddress where = resolve(address, true).front();
  const std::string doing = "listening on " + address.to_string();
  state_->socket = Fd(::socket(where.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!state_->socket) throw Error::from_errno(errno, doing);
  const int on = 1;
  const int off = 0;
  static_cast<void>(::setsockopt(state_->socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  if (where.family() == AF_INET6) static_cast<void>(::setsockopt(state_->socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off));
  if (::bind(state_->socket.get(), where.get(), where.size()) != 0 || ::listen(state_->socket.get(), backlog) != 0) {
    if (errno == EADDRINUSE) throw Error(ErrorCode::exists, doing + ": address in use");
    throw Error::from_errno(errno, doing);
  }
  state_->address = local_address(state_->socket.get());
}

Listener::~Listener() = default;

Endpoint Listener::address() const { return state_->address; }

std::optional<Listener::Accepted> Listener::accept() {
  for (;;) {
    std::array<pollfd, 2> entries{pollfd{state_->stop_read.get(), POLLIN, 0}, pollfd{state_->socket.get(), POLLIN, 0}};
    if (::poll(entries.data(), entries.size(), -1) < 0 && errno != EINTR) throw Error::from_errno(errno, "waiting for connections");
    if (entries[0].revents != 0) return std::nullopt;
    if (entries[1].revents == 0) continue;
    SocketAddress peer;
    Fd socket(::accept4(state_->socket.get(), peer.get(), peer.room(), SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket) return Accepted{std::move(socket), peer.endpoint().to_string()};
    if (is_passing(errno)) continue;
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) throw Error::from_errno(errno, "accepting a connection");
    // The connection stays in the queue, so poll() would return at once.
    static_cast<void>(::poll(entries.data(), 1, wait_for_descriptor_ms));
  }
}

void Listener::stop() noexcept {
  const int saved = errno;
  const char byte = 0;
  static_cast<void>(::write(state_->stop_write.get(), &byte, 1) == 1);
  errno = saved;
}

}  // namespace jujubackup
