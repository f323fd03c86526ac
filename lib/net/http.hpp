// HTTP/1.1 and WebSocket over a TlsStream, both sides. Bodies are streamed; nothing here holds more than a buffer of one.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <jujubackup/io.hpp>

#include "net/tls_stream.hpp"

namespace jujubackup {

class HttpFields {
 public:
  HttpFields() = default;
  HttpFields(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  // The first value, without regard to case of the name; null if there is none.
  const std::string* find(std::string_view name) const noexcept;
  const std::vector<std::pair<std::string, std::string>>& all() const noexcept { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct HttpRequest {
  std::string method;  // "GET"
  std::string target;  // "/model/<uuid>/backups"
  HttpFields fields;   // without Host, Content-Length, Transfer-Encoding when sending: those are added
};

struct HttpResponse {
  int status = 0;
  std::string reason;
  HttpFields fields;
};

struct WebSocketOptions {
  std::size_t max_message_bytes = std::size_t{16} << 20;
  // While nothing comes, a ping goes out this often; 0: none.
  std::chrono::milliseconds ping_every{20'000};
  // Nothing at all from the peer for so long, not even a pong: Error(io). 0: for ever.
  std::chrono::milliseconds dead_after{60'000};
};

class WebSocket {
 public:
  virtual ~WebSocket() = default;
  virtual void send(std::string_view text) = 0;  // one text message
  // The next message, put together from its fragments; pings are answered meanwhile. Nothing: the peer closed in good order.
  // Error(limit) for a message that is too long, Error(corrupt) for one that is no text.
  virtual std::optional<std::string> receive() = 0;
  virtual void close() noexcept = 0;
  virtual TlsStream& stream() noexcept = 0;
};

// As client: upgrades a fresh connection. An answer other than 101 is Error(io) with the status and the first line of its body.
std::unique_ptr<WebSocket> open_websocket(std::unique_ptr<TlsStream> stream, const std::string& host, const HttpRequest& request,
                                          const WebSocketOptions& options);

// One connection of a client; one exchange after the other.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // Sends the request with the bytes of `body` (null: none), chunked if its size is not known, and returns the head of the answer. An
  // answer that comes before the body was sent ends the sending: also where the peer then stopped reading. GET may have a body.
  virtual HttpResponse exchange(const HttpRequest& request, Source* body) = 0;
  // Of the answer's body; 0 at its end. Error(io) if it is cut short.
  virtual std::size_t read_body(std::span<std::byte> into) = 0;
  virtual TlsStream& stream() noexcept = 0;
};
std::unique_ptr<HttpClient> make_http_client(std::unique_ptr<TlsStream> stream, std::string host);

struct HttpServerOptions {
  std::size_t header_bytes = std::size_t{16} << 10;
  std::chrono::milliseconds header_timeout{10'000};  // for the whole header of the first request
  std::chrono::milliseconds keep_alive{30'000};      // for the next request to begin
  std::chrono::milliseconds idle{60'000};            // of a body
};

// One connection of a server.
class HttpServer {
 public:
  virtual ~HttpServer() = default;
  // The next request; nothing when the peer is done or broke off. What is no HTTP/1.1, or too long, or too slow, is answered here (400,
  // 431, 408) and ends the connection likewise.
  virtual std::optional<HttpRequest> next_request() = 0;
  // Of the request's body, however it is framed ("Expect: 100-continue" is answered with the first read); 0 at its end.
  virtual std::size_t read_body(std::span<std::byte> into) = 0;
  // The whole answer. What is left of the request's body is read and dropped if it is small, or else the connection ends.
  virtual void respond(int status, const HttpFields& fields, std::string_view body) = 0;
  // The same in pieces: chunked, or with Content-Length if `fields` has one. The answer is only complete with finish().
  virtual void start_response(int status, const HttpFields& fields) = 0;
  virtual void write_body(std::span<const std::byte> bytes) = 0;
  virtual void finish_response() = 0;

  virtual bool wants_websocket() const = 0;
  // Answers 101 (no subprotocol, no compression). This object is spent then.
  virtual std::unique_ptr<WebSocket> accept_websocket(const WebSocketOptions& options) = 0;
  virtual TlsStream& stream() noexcept = 0;
};
std::unique_ptr<HttpServer> make_http_server(std::unique_ptr<TlsStream> stream, const HttpServerOptions& options);

}  // namespace jujubackup
