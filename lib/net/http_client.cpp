#include <array>
#include <optional>
#include <vector>

#include "base/text.hpp"
#include "net/http.hpp"
#include "net/http_body.hpp"
#include "net/http_fields.hpp"

namespace jujubackup {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t max_header_bytes = std::size_t{64} << 10;
// In front of a chunk: its size in hexadecimal digits and a line end. Behind it: a line end.
constexpr std::size_t chunk_head_bytes = 18;
constexpr std::size_t chunk_tail_bytes = 2;
constexpr std::array<std::string_view, 3> own_fields{"Host", "Content-Length", "Transfer-Encoding"};

class Client final : public HttpClient {
 public:
  Client(std::unique_ptr<TlsStream> stream, std::string host)
      : stream_(std::move(stream)), host_(std::move(host)), wire_(*stream_), buffer_(http_buffer_bytes) {
    buffer_.reserve(http_read_bytes);
  }

  HttpResponse exchange(const HttpRequest& request, Source* body) override {
    if (parser_ && !parser_->is_done()) throw Error(ErrorCode::internal, "the HTTP answer before was not read to its end");
    if (spent_) throw Error(ErrorCode::io, "the connection with " + stream_->peer() + " takes no further request", true);
    parser_.reset();
    spent_ = true;
    const auto size = body == nullptr ? std::nullopt : body->size();
    const std::string head = head_of(request, body != nullptr, size);
    std::optional<Error> write_error;
    bool sent = false;
    try {
      sent = send(head, body, size);
    } catch (const Error& error) {
      // What the peer said before it hung up is what tells why.
      if (error.code() != ErrorCode::io || !breaks_connection_) throw;
      write_error = error;
    }
    HttpResponse response;
    try {
      response = read_head();
    } catch (const Error& error) {
      if (write_error && error.code() != ErrorCode::cancelled) throw Error(*write_error);
      throw;
    }
    spent_ = !sent || write_error.has_value() || !parser_->get().keep_alive();
    return response;
  }

  std::size_t read_body(std::span<std::byte> into) override {
    if (!parser_) return 0;
    return read_http_body(wire_, buffer_, *parser_, into);
  }

  TlsStream& stream() noexcept override { return *stream_; }

 private:
  std::string head_of(const HttpRequest& request, bool has_body, std::optional<std::uint64_t> size) const {
    if (!is_token(request.method) || !is_visible(request.target)) {
      throw Error(ErrorCode::invalid_argument, quoted_name(request.method + " " + request.target) + " is no HTTP request");
    }
    std::string head = request.method + " " + request.target + " HTTP/1.1\r\n";
    append_field(head, "Host", host_);
    append_fields(head, request.fields, own_fields);
    if (size || (!has_body && request.method != "GET")) {
      append_field(head, "Content-Length", std::to_string(size.value_or(0)));
    } else if (has_body) {
      append_field(head, "Transfer-Encoding", "chunked");
    }
    return head + "\r\n";
  }

  // False: the answer came first.
  bool send(const std::string& head, Source* body, std::optional<std::uint64_t> size) {
    breaks_connection_ = true;
    write_all(*stream_, head);
    if (body == nullptr) return true;
    std::vector<std::byte> piece(chunk_head_bytes + http_buffer_bytes + chunk_tail_bytes);
    std::uint64_t total = 0;
    for (;;) {
      const auto room = std::span(piece).subspan(chunk_head_bytes, http_buffer_bytes);
      breaks_connection_ = false;
      const std::size_t count = body->read(room);
      breaks_connection_ = true;
      total += count;
      if (size && (total > *size || (count == 0 && total < *size))) {
        breaks_connection_ = false;
        throw Error(ErrorCode::io, body->name() + " changed while it was sent");
      }
      auto bytes = room.first(count);
      if (!size) bytes = frame(piece, count);
      while (!bytes.empty()) {
        const std::size_t written = stream_->write_unless_answered(bytes);
        if (written == 0) return false;
        bytes = bytes.subspan(written);
      }
      if (count == 0) return true;
    }
  }

  // The chunk around the bytes that are in place already; the last one has none.
  static std::span<std::byte> frame(std::vector<std::byte>& piece, std::size_t count) {
    std::string head;
    append_chunk_size(head, count);
    const std::size_t begin = chunk_head_bytes - head.size();
    std::memcpy(piece.data() + begin, head.data(), head.size());
    std::memcpy(piece.data() + chunk_head_bytes + count, "\r\n", chunk_tail_bytes);
    return std::span(piece).subspan(begin, head.size() + count + chunk_tail_bytes);
  }

  HttpResponse read_head() {
    for (;;) {
      parser_.emplace();
      set_limits(*parser_, max_header_bytes);
      boost::beast::error_code ec;
      http::read_header(wire_, buffer_, *parser_, ec);
      if (ec) explain(ec);
      const int status = static_cast<int>(parser_->get().result_int());
      // 100 Continue and the like only announce the answer.
      if (status >= 200) break;
      if (status == 101) throw Error(ErrorCode::corrupt, stream_->peer() + " changed the protocol without being asked");
    }
    const auto& message = parser_->get();
    HttpResponse response;
    response.status = static_cast<int>(message.result_int());
    response.reason = std::string(message.reason().data(), message.reason().size());
    response.fields = copy_fields(message);
    return response;
  }

  [[noreturn]] void explain(const boost::beast::error_code& ec) {
    parser_.reset();
    wire_.rethrow();
    if (ec == http::error::end_of_stream || ec == http::error::partial_message) {
      throw Error(ErrorCode::io, stream_->peer() + " closed the connection without an answer", true);
    }
    if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
      throw Error(ErrorCode::limit, stream_->peer() + " sent an HTTP header of more than " + std::to_string(max_header_bytes) + " bytes");
    }
    throw Error(ErrorCode::corrupt, stream_->peer() + " sent no HTTP answer: " + ec.message());
  }

  std::unique_ptr<TlsStream> stream_;
  std::string host_;
  BeastStream wire_;
  boost::beast::flat_buffer buffer_;
  std::optional<HttpParser<false>> parser_;
  bool spent_ = false;
  bool breaks_connection_ = false;  // what fails now is the connection, not the source
};

}  // namespace

std::unique_ptr<HttpClient> make_http_client(std::unique_ptr<TlsStream> stream, std::string host) {
  return std::make_unique<Client>(std::move(stream), std::move(host));
}

}  // namespace jujubackup
