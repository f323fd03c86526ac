#include "net/http.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstring>
#include <string>

#include "crypto/digest.hpp"
#include "server_fixture.hpp"

using namespace net_test;
using namespace jujubackup;

namespace {

std::string text_of_body(auto& peer) {
  std::string text;
  std::array<std::byte, 1000> piece{};
  while (const std::size_t count = peer.read_body(piece)) text.append(reinterpret_cast<const char*>(piece.data()), count);
  return text;
}

std::unique_ptr<Source> source_of(std::string_view text) { return source_of_memory(std::as_bytes(std::span(text)), "text"); }

void write_text(TlsStream& stream, std::string_view text) {
  auto bytes = std::as_bytes(std::span(text));
  while (!bytes.empty()) bytes = bytes.subspan(stream.write_some(bytes));
}

// What comes until the end, or until the connection breaks.
std::string read_text(TlsStream& stream) {
  std::string text;
  std::array<std::byte, 1000> piece{};
  try {
    while (const std::size_t count = stream.read_some(piece)) text.append(reinterpret_cast<const char*>(piece.data()), count);
  } catch (const Error& error) {
    text += "<" + std::string(error.what()) + ">";
  }
  return text;
}

// Bytes of no pattern, of a size that is known or not.
class Noise final : public Source {
 public:
  Noise(std::uint64_t size, bool says_size) : size_(size), left_(size), says_size_(says_size) {}
  std::size_t read(std::span<std::byte> into) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left_));
    for (std::size_t i = 0; i < count; ++i) {
      if (i % 4096 == 0) state_ = state_ * 6364136223846793005U + 1442695040888963407U;
      into[i] = static_cast<std::byte>((state_ >> 33) + i);
    }
    digest_.update(into.first(count));
    left_ -= count;
    given_ += count;
    return count;
  }
  void rewind() override { throw Error(ErrorCode::unsupported, "no way back"); }
  std::optional<std::uint64_t> size() const override { return says_size_ ? std::optional(size_) : std::nullopt; }
  std::string name() const override { return "noise"; }
  std::string digest() { return digest_.finish_hex(); }
  std::uint64_t given() const { return given_; }  // any thread

 private:
  std::uint64_t size_, left_;
  std::atomic<std::uint64_t> given_{0};
  bool says_size_;
  std::uint64_t state_ = 1;
  Digest digest_{Digest::Kind::sha1};
};

std::string digest_of_body(auto& peer) {
  Digest digest(Digest::Kind::sha1);
  std::vector<std::byte> piece(std::size_t{256} << 10);
  while (const std::size_t count = peer.read_body(piece)) digest.update(std::span(piece).first(count));
  return digest.finish_hex();
}

// Answers each request with its method, target and body.
void echo(std::unique_ptr<TlsStream> stream, const HttpServerOptions& options = {}) {
  const auto http = make_http_server(std::move(stream), options);
  while (const auto request = http->next_request()) {
    const std::string body = text_of_body(*http);
    http->respond(200, {{"X-Method", request->method}}, request->target + " " + body);
  }
}

constexpr std::uint64_t many_bytes = std::uint64_t{64} << 20;

}  // namespace

TEST_CASE("requests and answers, several on a connection") {
  TlsServer server([](std::unique_ptr<TlsStream> stream) { echo(std::move(stream)); });
  const auto client = make_http_client(connect_to(server), "juju-apiserver");
  const auto body = source_of("hello");
  auto response = client->exchange({"GET", "/one", {}}, body.get());
  CHECK(response.status == 200);
  CHECK(response.reason == "OK");
  CHECK(*response.fields.find("x-method") == "GET");
  CHECK(text_of_body(*client) == "/one hello");
  response = client->exchange({"POST", "/two", {}}, nullptr);
  CHECK(*response.fields.find("x-method") == "POST");
  CHECK(text_of_body(*client) == "/two ");
  Noise unknown_size(100'000, false);
  client->exchange({"PUT", "/three", {}}, &unknown_size);
  CHECK(text_of_body(*client).size() == 7 + 100'000);
  client->stream().close();
  CHECK(server.errors().empty());
}

TEST_CASE("64 MiB up and down") {
  for (const bool says_size : {true, false}) {
    CAPTURE(says_size);
    std::string received;
    std::string sent;
    TlsServer server([&](std::unique_ptr<TlsStream> stream) {
      const auto http = make_http_server(std::move(stream), {});
      if (!http->next_request()) return;
      received = digest_of_body(*http);
      Noise noise(many_bytes, true);
      HttpFields fields;
      if (says_size) fields.add("Content-Length", std::to_string(many_bytes));
      http->start_response(200, fields);
      std::vector<std::byte> piece(std::size_t{256} << 10);
      while (const std::size_t count = noise.read(piece)) http->write_body(std::span(piece).first(count));
      http->finish_response();
      sent = noise.digest();
    });
    const auto client = make_http_client(connect_to(server), "juju-apiserver");
    Noise noise(many_bytes, says_size);
    const auto response = client->exchange({"PUT", "/", {}}, &noise);
    CHECK((response.fields.find("Content-Length") != nullptr) == says_size);
    const std::string arrived = digest_of_body(*client);
    CHECK(server.errors().empty());
    CHECK(arrived == sent);
    CHECK(received == noise.digest());
  }
}

TEST_CASE("an answer may come before the body was sent") {
  enum class Peer { closes, goes_silent, stops_reading_first };
  for (const Peer peer : {Peer::closes, Peer::goes_silent, Peer::stops_reading_first}) {
    CAPTURE(static_cast<int>(peer));
    Noise endless(std::uint64_t{1} << 40, false);
    std::mutex answer_taken;
    answer_taken.lock();
    TlsServer server([&](std::unique_ptr<TlsStream> stream) {
      if (peer == Peer::closes) {
        const auto http = make_http_server(std::move(stream), {});
        if (http->next_request()) http->respond(401, {}, "no");
        return;
      }
      if (peer == Peer::stops_reading_first) {
        // Until the buffers of the system are full, and the client waits in the midst of a write.
        for (std::uint64_t before = 0; before == 0 || endless.given() != before;) {
          before = endless.given();
          std::this_thread::sleep_for(20ms);
        }
      }
      write_text(*stream, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
      const std::lock_guard wait(answer_taken);
    });
    const auto client = make_http_client(connect_to(server), "juju-apiserver");
    const auto response = client->exchange({"PUT", "/", {}}, &endless);
    CHECK(response.status == 401);
    CHECK(text_of_body(*client) == "no");
    CHECK(thrown_by([&] { client->exchange({"GET", "/", {}}, nullptr); }).code == ErrorCode::io);
    client->stream().close();
    answer_taken.unlock();
    CHECK(server.errors().empty());
  }
}

TEST_CASE("a small rest of a body does not cost the connection") {
  TlsServer server([](std::unique_ptr<TlsStream> stream) {
    const auto http = make_http_server(std::move(stream), {});
    while (http->next_request()) http->respond(403, {}, "no");
  });
  for (const std::string body : {"Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"}) {
    CAPTURE(body);
    const auto stream = connect_to(server);
    write_text(*stream, "PUT / HTTP/1.1\r\nHost: h\r\n" + body + "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const std::string answers = read_text(*stream);
    CHECK(answers.find("HTTP/1.1 403") != answers.rfind("HTTP/1.1 403"));
    CHECK(contains(answers, "Connection: close"));
  }
}

TEST_CASE("what a server answers by itself") {
  HttpServerOptions options;
  options.header_bytes = 1024;
  options.header_timeout = 200ms;
  options.keep_alive = 20ms;
  struct Case {
    const char* what;
    std::string sent;
    const char* answer;  // how it begins
  };
  const std::string many(2000, 'a');
  const std::vector<Case> cases{
      {"a good request", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK"},
      {"no HTTP", "hello\r\n\r\n", "HTTP/1.1 400 "},
      {"TLS in TLS", "\x16\x03\x01\x02\x00\x01\r\n\r\n", "HTTP/1.1 400 "},
      {"HTTP/1.0", "GET / HTTP/1.0\r\nHost: h\r\n\r\n", "HTTP/1.1 400 "},
      {"no host", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "HTTP/1.1 400 "},
      {"two lengths", "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "HTTP/1.1 400 "},
      {"length and chunks", "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 400 "},
      {"chunks and length", "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", "HTTP/1.1 400 "},
      {"another coding", "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", "HTTP/1.1 400 "},
      {"two codings", "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "HTTP/1.1 400 "},
      {"negative length", "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 400 "},
      {"long field", "GET / HTTP/1.1\r\nHost: h\r\nX: " + many + "\r\n\r\n", "HTTP/1.1 431 "},
      {"long target", "GET /" + many + " HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 431 "},
      {"endless header", "GET / HTTP/1.1\r\nX: " + many, "HTTP/1.1 431 "},
      {"slow header", "GET / HTTP/1.1\r\nHo", "HTTP/1.1 408 "},
      {"nothing", "", ""},
  };
  TlsServer server([&](std::unique_ptr<TlsStream> stream) { echo(std::move(stream), options); });
  for (const auto& c : cases) {
    CAPTURE(c.what);
    const auto stream = connect_to(server);
    if (!c.sent.empty()) write_text(*stream, c.sent);
    const std::string answer = read_text(*stream);
    CHECK_MESSAGE(answer.starts_with(c.answer), answer);
    CHECK_FALSE(contains(answer, "<"));
    if (c.what == std::string("nothing")) CHECK(answer.empty());
    if (!answer.starts_with("HTTP/1.1 200")) CHECK((answer.empty() || contains(answer, "Connection: close")));
  }
}

TEST_CASE("a peer that waits for 100 Continue gets it when the body is read") {
  TlsServer server([](std::unique_ptr<TlsStream> stream) { echo(std::move(stream)); });
  auto stream = connect_to(server);
  write_text(*stream, "PUT /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 5\r\n\r\n");
  std::string answer;
  std::array<std::byte, 1000> piece{};
  const std::size_t count = stream->read_some(piece);
  answer.assign(reinterpret_cast<const char*>(piece.data()), count);
  CHECK(answer == "HTTP/1.1 100 Continue\r\n\r\n");
  write_text(*stream, "hello");
  CHECK(contains(read_text(*stream), "/x hello"));

  TlsServer refusing([](std::unique_ptr<TlsStream> refused) {
    const auto http = make_http_server(std::move(refused), {});
    while (http->next_request()) http->respond(401, {}, "no");
  });
  stream = connect_to(refusing);
  write_text(*stream, "PUT /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  answer = read_text(*stream);
  stream->close();
  CHECK_MESSAGE(answer.starts_with("HTTP/1.1 401 "), answer);
  CHECK(contains(answer, "Connection: close"));
}

TEST_CASE("what a client makes of a server's bytes") {
  struct Case {
    const char* what;
    std::string sent;
    std::optional<ErrorCode> code;
    const char* text;  // the body, or in the message
  };
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::vector<Case> cases{
      {"length", ok + "Content-Length: 5\r\n\r\nhello", std::nullopt, "hello"},
      {"chunks", ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: x\r\n\r\n", std::nullopt, "hello"},
      {"until the end", ok + "\r\nhello", std::nullopt, "hello"},
      {"no body", "HTTP/1.1 204 No Content\r\n\r\n", std::nullopt, ""},
      {"announced", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\n" + ok + "Content-Length: 5\r\n\r\nhello", std::nullopt,
       "hello"},
      {"cut length", ok + "Content-Length: 6\r\n\r\nhello", ErrorCode::io, "ended the body before its end"},
      {"cut chunk", ok + "Transfer-Encoding: chunked\r\n\r\n6\r\nhello", ErrorCode::io, "ended the body before its end"},
      {"cut between chunks", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", ErrorCode::io, "ended the body before its end"},
      {"bad chunk", ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello", ErrorCode::corrupt, "broken HTTP body"},
      {"nothing", "", ErrorCode::io, "closed the connection without an answer"},
      {"cut header", ok + "Content-Le", ErrorCode::io, "closed the connection without an answer"},
      {"no HTTP", "hello\r\n\r\n", ErrorCode::corrupt, "no HTTP answer"},
      {"long header", ok + "X: " + std::string(100'000, 'x'), ErrorCode::limit, "HTTP header of more than 65536 bytes"},
      {"101", "HTTP/1.1 101 Switching Protocols\r\n\r\n", ErrorCode::corrupt, "changed the protocol"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.what);
    TlsServer server([&](std::unique_ptr<TlsStream> stream) {
      std::array<std::byte, 1000> request{};
      stream->read_some(request);
      write_text(*stream, c.sent);
      stream->close();
    });
    const auto client = make_http_client(connect_to(server), "h");
    std::string body;
    const auto thrown = thrown_by([&] {
      client->exchange({"GET", "/", {}}, nullptr);
      body = text_of_body(*client);
    });
    if (c.code) {
      CHECK(thrown.code == *c.code);
      CHECK_MESSAGE(contains(thrown.text, c.text), thrown.text);
    } else {
      CHECK(thrown.text == "nothing was thrown");
      CHECK(body == c.text);
    }
  }
}

TEST_CASE("a connection that breaks in a body, without a word") {
  for (const std::string head : {"Content-Length: 100\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n64\r\nhello", "\r\nhello"}) {
    CAPTURE(head);
    TlsServer server([&](std::unique_ptr<TlsStream> stream) {
      // What is left unread would reset the connection, and then it is chance which of the two the client sees.
      std::array<std::byte, 4096> request{};
      stream->read_some(request);
      write_text(*stream, "HTTP/1.1 200 OK\r\n" + head);
    });
    const auto client = make_http_client(connect_to(server), "h");
    client->exchange({"GET", "/", {}}, nullptr);
    const auto thrown = thrown_by([&] { text_of_body(*client); });
    CHECK(thrown.code == ErrorCode::io);
    CHECK(thrown.retry);
    CHECK_MESSAGE(contains(thrown.text, "closed the connection"), thrown.text);
  }
}

TEST_CASE("an answer that was not finished is no whole one") {
  TlsServer server([&](std::unique_ptr<TlsStream> stream) {
    const auto http = make_http_server(std::move(stream), {});
    if (!http->next_request()) return;
    http->start_response(200, {});
    const std::string part(100'000, 'x');
    http->write_body(std::as_bytes(std::span(part)));
  });
  const auto client = make_http_client(connect_to(server), "h");
  CHECK(client->exchange({"GET", "/", {}}, nullptr).status == 200);
  CHECK(thrown_by([&] { text_of_body(*client); }).code == ErrorCode::io);
}

TEST_CASE("nothing of ours can add a field or a request") {
  TlsServer server([](std::unique_ptr<TlsStream> stream) {
    const auto http = make_http_server(std::move(stream), {});
    while (http->next_request()) {
      CHECK(thrown_by([&] { http->respond(200, {{"X", "a\r\nSet-Cookie: b"}}, ""); }).code == ErrorCode::invalid_argument);
    }
  });
  const std::vector<HttpRequest> requests{
      {"GET", "/a b", {}},
      {"GET", "", {}},
      {"GET", "/\r\nX: y", {}},
      {"GE T", "/", {}},
      {"", "/", {}},
      {"GET", "/", {{"X:", "y"}}},
      {"GET", "/", {{"X", "y\r\nZ: z"}}},
      {"GET", "/", {{"X", std::string("y\0z", 3)}}},
  };
  const auto client = make_http_client(connect_to(server), "h");
  for (const auto& request : requests) {
    const auto once = make_http_client(connect_to(server), "h");
    CHECK(thrown_by([&] { once->exchange(request, nullptr); }).code == ErrorCode::invalid_argument);
  }
  CHECK(thrown_by([&] { client->exchange({"GET", "/", {}}, nullptr); }).code == ErrorCode::io);
}

TEST_CASE("a source that is not as long as it said") {
  class Liar final : public Source {
   public:
    explicit Liar(std::size_t bytes) : left_(bytes) {}
    std::size_t read(std::span<std::byte> into) override {
      const std::size_t count = std::min(into.size(), left_);
      left_ -= count;
      return count;
    }
    void rewind() override {}
    std::optional<std::uint64_t> size() const override { return 5; }
    std::string name() const override { return "liar"; }

   private:
    std::size_t left_;
  };
  TlsServer server([](std::unique_ptr<TlsStream> stream) { echo(std::move(stream)); });
  for (const std::size_t bytes : {0, 4, 6, 1'000'000}) {
    CAPTURE(bytes);
    const auto client = make_http_client(connect_to(server), "h");
    Liar liar(bytes);
    const auto thrown = thrown_by([&] { client->exchange({"PUT", "/", {}}, &liar); });
    CHECK_MESSAGE(contains(thrown.text, "liar changed while it was sent"), thrown.text);
  }
}
