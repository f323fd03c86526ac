#include "io/tcp_probe.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "io/fd.hpp"
#include "test_support.hpp"

using namespace jujubackup;
using namespace std::chrono_literals;

namespace {

// Bound to a free port of 127.0.0.1.
struct Socket {
  Socket() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = std::to_string(ntohs(address.sin_port));
  }
  Fd fd;
  std::string port;
};

}  // namespace

TEST_CASE("a socket that is bound refuses, and accepts once it listens") {
  const Socket socket;
  CHECK(tcp_problem("127.0.0.1:" + socket.port, 10s) == "Connection refused");
  REQUIRE(::listen(socket.fd.get(), 1) == 0);
  CHECK(tcp_problem("127.0.0.1:" + socket.port, 10s).empty());
  // localhost may stand for ::1 first, where nothing listens.
  CHECK(tcp_problem("localhost:" + socket.port, 10s).empty());
}

TEST_CASE("what is no address") {
  for (const char* address : {"", "localhost", ":17070", "localhost:"}) {
    const auto error = test::error_of([&] { tcp_problem(address, 1s); });
    REQUIRE_MESSAGE(error, address);
    CHECK(error->code() == ErrorCode::invalid_argument);
  }
  CHECK_FALSE(tcp_problem("not..a..name:1", 1s).empty());
}

TEST_CASE("a full backlog is no answer in time, and a cancelled job ends the wait") {
  const Socket socket;
  REQUIRE(::listen(socket.fd.get(), 0) == 0);
  const std::string address = "127.0.0.1:" + socket.port;
  // Nobody accepts: the first connections fill the queue.
  std::vector<Fd> queued;
  sockaddr_in to = {};
  socklen_t size = sizeof to;
  REQUIRE(::getsockname(socket.fd.get(), reinterpret_cast<sockaddr*>(&to), &size) == 0);
  for (int i = 0; i < 4; ++i) {
    queued.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    static_cast<void>(::connect(queued.back().get(), reinterpret_cast<sockaddr*>(&to), size));
  }
  CHECK(tcp_problem(address, 100ms) == "no answer");
  Job job;
  job.cancel();
  const auto error = test::error_of([&] { tcp_problem(address, 1h, &job); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::cancelled);
}
