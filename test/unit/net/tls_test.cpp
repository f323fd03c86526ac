#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <condition_variable>

#include "crypto/digest.hpp"
#include "server_fixture.hpp"

using namespace net_test;
using namespace jujubackup;

namespace {

// Lets the other thread go on, once.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

std::array<std::byte, 65536> buffer() { return {}; }

}  // namespace

TEST_CASE("waiting ends: idle timeout, job, interruption") {
  Gate done;
  TlsServer server([&](std::unique_ptr<TlsStream>) { done.wait(); });
  auto into = buffer();
  SUBCASE("nothing to read") {
    const auto stream = connect_to(server);
    stream->set_idle_timeout(30ms);
    const auto thrown = thrown_by([&] { stream->read_some(into); });
    CHECK(thrown.code == ErrorCode::io);
    CHECK(thrown.retry);
    CHECK_MESSAGE(contains(thrown.text, stream->peer() + " said nothing for 30 ms"), thrown.text);
    CHECK_FALSE(stream->wait_readable(1ms));
  }
  SUBCASE("nobody takes what is written") {
    const auto stream = connect_to(server);
    stream->set_idle_timeout(30ms);
    const auto thrown = thrown_by([&] {
      for (;;) stream->write_some(into);
    });
    CHECK_MESSAGE(contains(thrown.text, "took nothing for 30 ms"), thrown.text);
    // Half of a record is out; nothing can follow.
    CHECK(thrown_by([&] { stream->write_some(into); }).code == ErrorCode::io);
  }
  SUBCASE("a job is cancelled while reading") {
    Job job;
    const auto stream = connect_to(server, &job);
    std::thread canceller([&] { job.cancel(); });
    CHECK(thrown_by([&] { stream->read_some(into); }).code == ErrorCode::cancelled);
    canceller.join();
  }
  SUBCASE("a job is cancelled while writing") {
    Job job;
    const auto stream = connect_to(server, &job);
    std::thread canceller([&] { job.cancel(); });
    const auto thrown = thrown_by([&] {
      for (;;) stream->write_some(into);
    });
    CHECK(thrown.code == ErrorCode::cancelled);
    canceller.join();
  }
  SUBCASE("another thread interrupts") {
    const auto stream = connect_to(server);
    std::thread other([&] { stream->interrupt(); });
    const auto thrown = thrown_by([&] { stream->read_some(into); });
    other.join();
    CHECK(thrown.code == ErrorCode::io);
    CHECK_MESSAGE(contains(thrown.text, "interrupted"), thrown.text);
    CHECK(thrown_by([&] { stream->write_some(into); }).code == ErrorCode::io);
  }
  done.open();
}

TEST_CASE("the end is only the end if the peer said so") {
  std::atomic<bool> says_so{false};
  TlsServer server([&](std::unique_ptr<TlsStream> stream) {
    stream->write_some(std::as_bytes(std::span("hello", 5)));
    if (says_so) stream->close();
  });
  auto into = buffer();
  for (const bool orderly : {false, true}) {
    says_so = orderly;
    const auto stream = connect_to(server);
    CHECK(stream->wait_readable(10s));
    CHECK(stream->read_some(into) == 5);
    CHECK(stream->wait_readable(10s));  // the end can be seen
    if (orderly) {
      CHECK(stream->read_some(into) == 0);
      CHECK(stream->read_some(into) == 0);
    } else {
      for (int i = 0; i < 2; ++i) {
        const auto thrown = thrown_by([&] { stream->read_some(into); });
        CHECK(thrown.code == ErrorCode::io);
        CHECK_MESSAGE(contains(thrown.text, "closed the connection"), thrown.text);
      }
    }
  }
}

TEST_CASE("writing to a peer that is gone raises no signal") {
  TlsServer server([](std::unique_ptr<TlsStream>) {});
  const auto stream = connect_to(server);
  auto bytes = buffer();
  CHECK(thrown_by([&] {
          for (;;) stream->write_some(bytes);
        }).code == ErrorCode::io);
}

TEST_CASE("what is no TLS is refused by the server") {
  TlsServer server([](std::unique_ptr<TlsStream>) {});
  {
    const Fd plain(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = __builtin_bswap16(server.endpoint().port);
    address.sin_addr.s_addr = __builtin_bswap32(0x7F000001);
    REQUIRE(::connect(plain.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::send(plain.get(), "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL) == 18);
    std::array<char, 100> answer{};
    while (::recv(plain.get(), answer.data(), answer.size(), 0) > 0) {
    }
  }
  REQUIRE(server.errors().size() == 1);
  CHECK_MESSAGE(contains(server.errors().front(), "127.0.0.1:"), server.errors().front());
  CHECK_MESSAGE(contains(server.errors().front(), "TLS handshake failed"), server.errors().front());
}
