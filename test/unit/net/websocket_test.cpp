#include <doctest/doctest.h>

#include <array>
#include <string>

#include "net/http.hpp"
#include "server_fixture.hpp"

using namespace net_test;
using namespace jujubackup;

namespace {

WebSocketOptions quiet() {
  WebSocketOptions options;
  options.ping_every = 0ms;
  options.dead_after = 20s;
  return options;
}

// What the server does with a WebSocket.
using Talk = std::function<void(WebSocket&)>;
TlsServer::Handler serve(Talk talk, WebSocketOptions options = quiet()) {
  return [talk = std::move(talk), options](std::unique_ptr<TlsStream> stream) {
    const auto http = make_http_server(std::move(stream), {});
    const auto request = http->next_request();
    if (!request) return;
    if (!http->wants_websocket()) {
      http->respond(400, {}, "a WebSocket is wanted\n");
      return;
    }
    const auto socket = http->accept_websocket(options);
    talk(*socket);
  };
}

void echo(WebSocket& socket) {
  while (const auto message = socket.receive()) socket.send("echo " + *message);
}

std::unique_ptr<WebSocket> open(const TlsServer& server, const WebSocketOptions& options = quiet()) {
  return open_websocket(connect_to(server), "juju-apiserver", {"GET", "/api", {{"X-Test", "1"}}}, options);
}

void write_raw(WebSocket& socket, std::string_view text) {
  auto bytes = std::as_bytes(std::span(text));
  while (!bytes.empty()) bytes = bytes.subspan(socket.stream().write_some(bytes));
}

// A frame as a client sends it, with a mask that changes nothing.
std::string masked(int first, std::string_view payload) {
  std::string frame;
  frame += static_cast<char>(first);
  frame += static_cast<char>(0x80 | payload.size());
  return frame.append(4, '\0').append(payload);
}
std::string plain(int first, std::string_view payload) {
  std::string frame;
  frame += static_cast<char>(first);
  frame += static_cast<char>(payload.size());
  return frame.append(payload);
}

constexpr int text_frame = 0x1, binary_frame = 0x2, close_frame = 0x8, ping_frame = 0x9, final_bit = 0x80;

}  // namespace

TEST_CASE("messages go both ways") {
  TlsServer server(serve(echo));
  const auto socket = open(server);
  for (const std::size_t size : {0, 1, 125, 126, 65535, 65536, 1 << 20}) {
    const std::string message(size, 'x');
    socket->send(message);
    CHECK(socket->receive() == "echo " + message);
  }
  // Several messages in one record: the later ones are read already when receive() waits for them.
  socket->send("one");
  socket->send("two");
  CHECK(socket->receive() == "echo one");
  CHECK(socket->receive() == "echo two");
  socket->close();
  CHECK(server.errors().empty());
}

TEST_CASE("messages that came in one piece do not wait for the socket") {
  TlsServer server(serve([](WebSocket& socket) {
    write_raw(socket, plain(final_bit | text_frame, "one") + plain(final_bit | text_frame, "two"));
    static_cast<void>(socket.receive());
  }));
  const auto socket = open(server);
  CHECK(socket->receive() == "one");
  CHECK(socket->receive() == "two");
  socket->close();
}

TEST_CASE("frames as others send them") {
  struct Case {
    const char* what;
    std::string frames;
    std::optional<std::string> answer;
    std::optional<ErrorCode> code;
  };
  const std::vector<Case> cases{
      {"whole", masked(final_bit | text_frame, "hello"), "echo hello", {}},
      {"fragments", masked(text_frame, "he") + masked(0, "l") + masked(0, "") + masked(final_bit, "lo"), "echo hello", {}},
      {"a ping among fragments",
       masked(text_frame, "he") + masked(final_bit | ping_frame, "p") + masked(final_bit, "llo"),
       "echo hello",
       {}},
      {"closed", masked(final_bit | close_frame, ""), {}, {}},
      {"binary", masked(final_bit | binary_frame, "hello"), {}, ErrorCode::corrupt},
      {"not masked", plain(final_bit | text_frame, "hello"), {}, ErrorCode::corrupt},
      {"no UTF-8", masked(final_bit | text_frame, "\xFF\xFE"), {}, ErrorCode::corrupt},
      {"unknown opcode", masked(final_bit | 0x3, "hello"), {}, ErrorCode::corrupt},
      {"reserved bit", masked(final_bit | 0x40 | text_frame, "hello"), {}, ErrorCode::corrupt},
      {"continuation of nothing", masked(final_bit, "hello"), {}, ErrorCode::corrupt},
      {"a message inside another", masked(text_frame, "he") + masked(final_bit | text_frame, "llo"), {}, ErrorCode::corrupt},
      {"too long", masked(final_bit | text_frame, std::string(101, 'x')), {}, ErrorCode::limit},
      {"too long in fragments", masked(text_frame, std::string(60, 'x')) + masked(0, std::string(60, 'x')), {}, ErrorCode::limit},
      {"an exabyte is announced", std::string("\x81\xFF\x0F\0\0\0\0\0\0\0\0\0\0\0", 14), {}, ErrorCode::limit},
      {"a long ping", std::string("\x89\xFE\0\x7E\0\0\0\0", 8) + std::string(126, 'x'), {}, ErrorCode::corrupt},
  };
  auto limited = quiet();
  limited.max_message_bytes = 100;
  for (const auto& c : cases) {
    CAPTURE(c.what);
    std::optional<ErrorCode> code;
    TlsServer server(serve(
        [&](WebSocket& socket) {
          try {
            echo(socket);
          } catch (const Error& error) {
            code = error.code();
          }
        },
        limited));
    const auto socket = open(server);
    write_raw(*socket, c.frames);
    if (c.answer) {
      CHECK(socket->receive() == c.answer);
      socket->close();
    } else {
      // The other side closes, and says so.
      CHECK_FALSE(socket->receive());
    }
    CHECK(server.errors().empty());
    CHECK(code == c.code);
  }
}

TEST_CASE("pings keep a quiet connection") {
  WebSocketOptions often;
  often.ping_every = 10ms;
  often.dead_after = 5s;
  SUBCASE("each pong counts as life") {
    auto strict = often;
    strict.dead_after = 200ms;
    // Answers pings while it waits for a message that never comes.
    TlsServer server(serve([&](WebSocket& socket) { static_cast<void>(socket.receive()); }));
    const auto socket = open(server, strict);
    std::thread waiter([&] {
      std::this_thread::sleep_for(500ms);  // longer than dead_after
      socket->stream().interrupt();
    });
    const auto thrown = thrown_by([&] { socket->receive(); });
    CHECK_MESSAGE(contains(thrown.text, "interrupted"), thrown.text);
    waiter.join();
  }
  SUBCASE("a peer that says nothing is dead") {
    std::mutex enough;
    enough.lock();
    auto strict = often;
    strict.dead_after = 60ms;
    TlsServer server(serve([&](WebSocket&) { const std::lock_guard wait(enough); }));
    const auto socket = open(server, strict);
    const auto thrown = thrown_by([&] { socket->receive(); });
    CHECK(thrown.code == ErrorCode::io);
    CHECK_MESSAGE(contains(thrown.text, "said nothing for 60 ms"), thrown.text);
    enough.unlock();
  }
  SUBCASE("a peer that stops in the midst of a message is dead, too") {
    std::mutex enough;
    enough.lock();
    auto strict = often;
    strict.dead_after = 60ms;
    TlsServer server(serve([&](WebSocket& socket) {
      write_raw(socket, plain(final_bit | text_frame, "hello").substr(0, 4));
      const std::lock_guard wait(enough);
    }));
    const auto socket = open(server, strict);
    CHECK(thrown_by([&] { socket->receive(); }).code == ErrorCode::io);
    enough.unlock();
  }
}

TEST_CASE("a connection that breaks is no orderly end") {
  TlsServer server(serve([](WebSocket& socket) { write_raw(socket, plain(text_frame, "hello")); }));
  const auto socket = open(server);
  const auto thrown = thrown_by([&] { socket->receive(); });
  CHECK(thrown.code == ErrorCode::io);
  CHECK_MESSAGE(contains(thrown.text, "closed the connection"), thrown.text);
  CHECK(thrown_by([&] { socket->send("more"); }).code == ErrorCode::io);
  socket->close();
}

TEST_CASE("waiting for a message can be cancelled") {
  std::mutex enough;
  enough.lock();
  TlsServer server(serve([&](WebSocket&) { const std::lock_guard wait(enough); }));
  Job job;
  const auto socket = open_websocket(connect_to(server, &job), "h", {"GET", "/", {}}, quiet());
  std::thread canceller([&] { job.cancel(); });
  CHECK(thrown_by([&] { socket->receive(); }).code == ErrorCode::cancelled);
  canceller.join();
  enough.unlock();
}

TEST_CASE("the server's refusal of a WebSocket is told") {
  struct Case {
    std::string answer;
    const char* message;
  };
  const std::string long_field = "X: " + std::string(2000, 'x') + "\r\n";
  const std::vector<Case> cases{
      {"HTTP/1.1 404 Not Found\r\nContent-Length: 19\r\n\r\n404 page not found\n", "refused the WebSocket: HTTP 404: 404 page not found"},
      {"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n" + long_field + "\r\n4\r\nno\nx\r\n0\r\n\r\n",
       "refused the WebSocket: HTTP 400: no"},
      {"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "refused the WebSocket: HTTP 503"},
      {"HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n", "in a wrong way"},
      {"hello\r\n\r\n", "no answer of a WebSocket"},
      {"", "no answer of a WebSocket"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.answer);
    TlsServer server([&](std::unique_ptr<TlsStream> stream) {
      std::array<std::byte, 2000> request{};
      stream->read_some(request);
      if (!c.answer.empty()) stream->write_some(std::as_bytes(std::span(c.answer)));
      stream->close();
    });
    const auto thrown = thrown_by([&] { open(server); });
    CHECK(thrown.code == ErrorCode::io);
    CHECK_MESSAGE(contains(thrown.text, c.message), thrown.text);
  }
}

TEST_CASE("what asks for no WebSocket gets none") {
  TlsServer server(serve(echo));
  const auto client = make_http_client(connect_to(server), "h");
  CHECK(client->exchange({"GET", "/api", {}}, nullptr).status == 400);
}
