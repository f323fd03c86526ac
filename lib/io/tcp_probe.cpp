#include "io/tcp_probe.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "io/fd.hpp"

namespace jujubackup {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds longest_wait{50};

struct Endpoint {
  std::string host, port;
};

Endpoint endpoint_of(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  Endpoint endpoint;
  if (colon != std::string::npos) {
    endpoint = {address.substr(0, colon), address.substr(colon + 1)};
    if (endpoint.host.starts_with('[') && endpoint.host.ends_with(']')) endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
  }
  if (endpoint.host.empty() || endpoint.port.empty()) {
    throw Error(ErrorCode::invalid_argument, "not an address with a port: " + quoted_name(address));
  }
  return endpoint;
}

std::string text_of_errno(int err) { return std::system_category().message(err); }

std::string connect_problem(const addrinfo& to, Clock::time_point deadline, const Job* job) {
  const Fd socket(::socket(to.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return text_of_errno(errno);
  if (::connect(socket.get(), to.ai_addr, to.ai_addrlen) == 0) return "";
  if (errno != EINPROGRESS) return text_of_errno(errno);
  for (;;) {
    job_check(job);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd waiting = {socket.get(), POLLOUT, 0};
    if (::poll(&waiting, 1, static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, longest_wait.count()))) > 0) break;
    if (left.count() <= 0) return "no answer";
  }
  int err = 0;
  socklen_t size = sizeof err;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &err, &size) != 0) err = errno;
  return err == 0 ? "" : text_of_errno(err);
}

}  // namespace

std::string tcp_problem(const std::string& address, std::chrono::milliseconds timeout, const Job* job) {
  const Endpoint endpoint = endpoint_of(address);
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int result = ::getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &found);
  if (result != 0) return ::gai_strerror(result);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(found, ::freeaddrinfo);
  std::string problem = "no address";
  for (const addrinfo* each = all.get(); each != nullptr; each = each->ai_next) {
    problem = connect_problem(*each, Clock::now() + timeout, job);
    if (problem.empty()) break;
  }
  return problem;
}

}  // namespace jujubackup
