#include <array>
#include <charconv>
#include <optional>

#include "base/text.hpp"
#include "net/http.hpp"
#include "net/http_body.hpp"
#include "net/http_fields.hpp"
#include "net/websocket.hpp"

namespace jujubackup {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

using Clock = std::chrono::steady_clock;

// The rest of a request that is worth reading for the sake of the connection.
constexpr std::uint64_t max_drained_bytes = std::uint64_t{64} << 10;
// Closing with bytes of the peer unread would reset the connection, and the peer might lose our answer. So long it may go on sending.
constexpr std::chrono::seconds linger_time{2};
constexpr std::size_t together_bytes = std::size_t{16} << 10;
constexpr std::array<std::string_view, 3> own_fields{"Content-Length", "Transfer-Encoding", "Connection"};

class Server final : public HttpServer {
 public:
  Server(std::unique_ptr<TlsStream> stream, const HttpServerOptions& options)
      : stream_(std::move(stream)), options_(options), wire_(*stream_), buffer_(http_buffer_bytes + options.header_bytes) {
    buffer_.reserve(http_read_bytes);
  }

  std::optional<HttpRequest> next_request() override {
    if (over_ || (parser_ && !answered_)) return end();
    answered_ = false;
    parser_.emplace();
    set_limits(*parser_, options_.header_bytes);
    try {
      if (buffer_.size() == 0 && !stream_->wait_readable(first_ ? options_.header_timeout : options_.keep_alive)) return end();
      if (const int status = read_head(); status != 0) {
        refuse(status);
        return std::nullopt;
      }
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      return end();
    }
    if (over_) return std::nullopt;
    first_ = false;
    const auto& message = parser_->get();
    keep_alive_ = message.keep_alive();
    const auto expect = message[http::field::expect];
    continue_due_ = !parser_->is_done() && has_word({expect.data(), expect.size()}, "100-continue");
    stream_->set_idle_timeout(options_.idle);
    HttpRequest request;
    request.method = std::string(message.method_string().data(), message.method_string().size());
    request.target = std::string(message.target().data(), message.target().size());
    request.fields = copy_fields(message);
    wants_websocket_ = request.method == "GET" && names(request, "Upgrade", "websocket") && names(request, "Connection", "upgrade");
    if (wants_websocket_) upgrade_ = request;
    return request;
  }

  std::size_t read_body(std::span<std::byte> into) override {
    if (!parser_) return 0;
    if (std::exchange(continue_due_, false)) write_all(*stream_, "HTTP/1.1 100 Continue\r\n\r\n");
    try {
      return read_http_body(wire_, buffer_, *parser_, into);
    } catch (...) {
      keep_alive_ = false;
      throw;
    }
  }

  void respond(int status, const HttpFields& fields, std::string_view body) override {
    begin(status, fields, body.size());
    write_body(std::as_bytes(std::span(body)));
    finish_response();
  }

  void start_response(int status, const HttpFields& fields) override {
    std::optional<std::uint64_t> size;
    if (const std::string* text = fields.find("Content-Length")) {
      std::uint64_t number = 0;
      const auto [last, error] = std::from_chars(text->data(), text->data() + text->size(), number);
      if (error != std::errc() || last != text->data() + text->size())
        throw Error(ErrorCode::internal, "a Content-Length that is no number");
      size = number;
    }
    begin(status, fields, size);
  }

  void write_body(std::span<const std::byte> bytes) override {
    if (bytes.empty()) return;
    if (left_) {
      if (bytes.size() > *left_) throw Error(ErrorCode::internal, "more bytes than the Content-Length said");
      *left_ -= bytes.size();
      put(bytes);
      return;
    }
    append_chunk_size(pending_, bytes.size());
    put(bytes);
    pending_ += "\r\n";
  }

  void finish_response() override {
    if (left_.value_or(0) != 0) throw Error(ErrorCode::internal, "fewer bytes than the Content-Length said");
    if (!left_) pending_ += "0\r\n\r\n";
    flush();
    answered_ = true;
    if (keep_alive_ && !parser_->is_done()) keep_alive_ = drain(false);
    if (!keep_alive_) linger();
  }

  bool wants_websocket() const override { return wants_websocket_; }

  std::unique_ptr<WebSocket> accept_websocket(const WebSocketOptions& options) override {
    over_ = true;
    return answer_websocket(std::move(stream_), std::string(static_cast<const char*>(buffer_.data().data()), buffer_.size()), upgrade_,
                            options);
  }

  TlsStream& stream() noexcept override { return *stream_; }

 private:
  static bool names(const HttpRequest& request, std::string_view field, std::string_view word) {
    const std::string* value = request.fields.find(field);
    return value != nullptr && has_word(*value, word);
  }

  std::nullopt_t end() noexcept {
    over_ = true;
    stream_->close();
    return std::nullopt;
  }

  // The status to refuse with, or 0; over_ if the peer is done.
  int read_head() {
    wire_.deadline = Clock::now() + options_.header_timeout;
    beast::error_code ec;
    http::read_header(wire_, buffer_, *parser_, ec);
    wire_.deadline.reset();
    if (wire_.timed_out()) return 408;
    wire_.rethrow();
    if (ec == http::error::end_of_stream || ec == http::error::partial_message) {
      end();
      return 0;
    }
    if (ec == http::error::header_limit || ec == http::error::buffer_overflow) return 431;
    if (ec) return 400;
    const auto& message = parser_->get();
    // Beast knows what to make of Content-Length and chunked, and refuses both together. Any other coding would leave open where the body
    // ends (RFC 9112, section 6.3).
    const auto coding = message.find(http::field::transfer_encoding);
    const bool good_coding = coding == message.end() || equal_ignoring_case({coding->value().data(), coding->value().size()}, "chunked");
    return message.version() == 11 && message.count(http::field::host) == 1 && good_coding ? 0 : 400;
  }

  void refuse(int status) {
    const std::string text = std::to_string(status) + " " + std::string(reason_of(status));
    over_ = true;
    write_all(*stream_, "HTTP/1.1 " + text + "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: " +
                            std::to_string(text.size() + 1) + "\r\n\r\n" + text + "\n");
    linger();
  }

  void begin(int status, const HttpFields& fields, std::optional<std::uint64_t> size) {
    if (!parser_ || answered_ || over_) throw Error(ErrorCode::internal, "an HTTP answer without a request");
    if (!parser_->is_done()) {
      const auto left = parser_->content_length_remaining();
      // A peer that was not told to go on will not send the body; one that is in the midst of a long one should stop.
      if (continue_due_) {
        keep_alive_ = false;
      } else if (left) {
        keep_alive_ = keep_alive_ && *left <= max_drained_bytes;
      } else {
        keep_alive_ = keep_alive_ && drain(true);
      }
    }
    left_ = size;
    std::string head = "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason_of(status)) + "\r\n";
    append_fields(head, fields, own_fields);
    if (!keep_alive_) append_field(head, "Connection", "close");
    if (size) {
      append_field(head, "Content-Length", std::to_string(*size));
    } else {
      append_field(head, "Transfer-Encoding", "chunked");
    }
    pending_ = head + "\r\n";
  }

  // Small pieces wait for each other; each write is a TLS record.
  void put(std::span<const std::byte> bytes) {
    if (pending_.size() + bytes.size() <= together_bytes) {
      pending_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return;
    }
    flush();
    write_all(*stream_, bytes);
  }

  void flush() {
    write_all(*stream_, pending_);
    pending_.clear();
  }

  // The rest of the request's body; false if it is not at its end then.
  bool drain(bool only_what_is_there) {
    std::array<std::byte, 4096> dropped{};
    try {
      for (std::uint64_t total = 0; total < max_drained_bytes;) {
        if (only_what_is_there && buffer_.size() == 0 && !stream_->wait_readable(std::chrono::milliseconds(0))) return false;
        const std::size_t count = read_http_body(wire_, buffer_, *parser_, dropped);
        if (parser_->is_done()) return true;
        total += count;
      }
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
    }
    return false;
  }

  void linger() {
    const bool peer_may_send = !parser_->is_done();
    over_ = true;
    stream_->close();
    if (!peer_may_send) return;
    const auto deadline = Clock::now() + linger_time;
    std::array<std::byte, 16384> dropped{};
    try {
      for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0 || !stream_->wait_readable(left) || stream_->read_some(dropped) == 0) return;
      }
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
    }
  }

  std::unique_ptr<TlsStream> stream_;
  HttpServerOptions options_;
  BeastStream wire_;
  beast::flat_buffer buffer_;
  std::optional<HttpParser<true>> parser_;
  HttpRequest upgrade_;
  bool first_ = true;
  bool over_ = false;      // no further request
  bool answered_ = false;  // the request at hand
  bool keep_alive_ = false;
  bool continue_due_ = false;  // the peer waits for "100 Continue"
  bool wants_websocket_ = false;
  std::optional<std::uint64_t> left_;  // of the answer's Content-Length; nothing: chunked
  std::string pending_;
};

}  // namespace

std::unique_ptr<HttpServer> make_http_server(std::unique_ptr<TlsStream> stream, const HttpServerOptions& options) {
  return std::make_unique<Server>(std::move(stream), options);
}

}  // namespace jujubackup
