// Both sides of a WebSocket: Beast's stream is the same class for either.
#include "net/websocket.hpp"

#include <array>
#include <memory>
#include <mutex>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "base/text.hpp"
#include "net/beast_stream.hpp"
#include "net/http_fields.hpp"

namespace jujubackup {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

using Clock = std::chrono::steady_clock;

// As long as Juju's client gives a handshake.
constexpr std::chrono::seconds handshake_timeout{45};
// How long close() waits for the peer's own close frame.
constexpr std::chrono::milliseconds close_timeout{500};
constexpr std::size_t piece_bytes = std::size_t{16} << 10;
constexpr std::size_t max_refusal_bytes = std::size_t{16} << 10;
constexpr std::size_t max_line_bytes = 200;
constexpr std::array<std::string_view, 8> own_fields{
    "Host",           "Connection",       "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Extensions",
    "Content-Length", "Transfer-Encoding"};

// Beast's stream makes a timer, which blocking calls never start; but its executor holds three descriptors, so all share one.
std::shared_ptr<asio::io_context> shared_context() {
  static std::mutex mutex;
  static std::weak_ptr<asio::io_context> known;
  const std::lock_guard lock(mutex);
  auto context = known.lock();
  if (!context) {
    context = std::make_shared<asio::io_context>();
    known = context;
  }
  return context;
}

class Wire : public BeastStream {
 public:
  using executor_type = asio::io_context::executor_type;

  explicit Wire(TlsStream& stream) : BeastStream(stream), context_(shared_context()) {}
  executor_type get_executor() noexcept { return context_->get_executor(); }

  // The first bytes that are read from now on are kept: Beast does not hand out an answer that it does not like.
  void record() { recording_ = true; }
  std::string stop_recording() {
    recording_ = false;
    return std::exchange(recorded_, {});
  }

  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers, beast::error_code& ec) {
    const std::size_t count = BeastStream::read_some(buffers, ec);
    if (recording_ && recorded_.size() < max_refusal_bytes) {
      std::string piece(std::min(count, max_refusal_bytes - recorded_.size()), '\0');
      asio::buffer_copy(asio::buffer(piece), buffers);
      recorded_ += piece;
    }
    return count;
  }
  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers) {
    return BeastStream::read_some(buffers);
  }

 private:
  std::shared_ptr<asio::io_context> context_;
  bool recording_ = false;
  std::string recorded_;
};

// Found by Beast through the namespace of Wire. It stands at the end of a closing handshake, or where a peer broke the protocol.
void teardown(beast::role_type /*role*/, Wire& wire, beast::error_code& ec) {
  wire.stream().close();
  ec = {};
}

std::string first_line(std::string_view text) {
  text = text.substr(0, text.find_first_of("\r\n"));
  return printable(std::string(text.substr(0, max_line_bytes)));
}

class Socket final : public WebSocket {
 public:
  Socket(std::unique_ptr<TlsStream> stream, const WebSocketOptions& options)
      : stream_(std::move(stream)), options_(options), socket_(*stream_), piece_(piece_bytes, 0) {
    socket_.read_message_max(options.max_message_bytes);
    socket_.auto_fragment(false);
    socket_.write_buffer_bytes(piece_bytes);
    socket_.text(true);
  }

  void shake_hands(const std::string& host, const HttpRequest& request) {
    std::string checked;
    append_field(checked, "Host", host);
    append_fields(checked, request.fields, own_fields);
    if (request.method != "GET" || !is_visible(request.target))
      throw Error(ErrorCode::invalid_argument, "this is no request for a WebSocket");
    socket_.set_option(websocket::stream_base::decorator([&](websocket::request_type& message) {
      if (request.fields.find("User-Agent") == nullptr) message.set(beast::http::field::user_agent, "libjujubackup");
      for (const auto& [name, value] : request.fields.all()) {
        const auto same = [&n = name](std::string_view own) { return equal_ignoring_case(n, own); };
        if (std::none_of(own_fields.begin(), own_fields.end(), same)) message.insert(name, value);
      }
    }));
    wire().deadline = Clock::now() + handshake_timeout;
    wire().record();
    beast::error_code ec;
    socket_.handshake(host, request.target, ec);
    const std::string answer = wire().stop_recording();
    wire().rethrow();
    if (ec) throw Error(ErrorCode::io, refusal(answer, ec), true);
    begin();
  }

  void answer(std::string early, const HttpRequest& request) {
    beast::http::request<beast::http::empty_body> message;
    message.version(11);
    message.method_string(request.method);
    message.target(request.target);
    for (const auto& [name, value] : request.fields.all()) message.insert(name, value);
    beast::error_code ec;
    socket_.accept(message, ec);
    wire().rethrow();
    if (ec) throw Error(ErrorCode::corrupt, stream_->peer() + " asked for a WebSocket in a wrong way: " + ec.message());
    wire().put_back(std::move(early));
    begin();
  }

  void send(std::string_view text) override {
    beast::error_code ec;
    socket_.write(asio::buffer(text.data(), text.size()), ec);
    check(ec);
  }

  // Piece by piece, since Beast would otherwise make room for whatever size a frame declares.
  std::optional<std::string> receive() override {
    std::string message;
    do {
      beast::error_code ec;
      const std::size_t count = socket_.read_some(asio::buffer(piece_), ec);
      if (ec == websocket::error::closed) {
        wire().rethrow();
        return std::nullopt;
      }
      check(ec);
      message.append(piece_.data(), count);
    } while (!socket_.is_message_done());
    if (socket_.got_binary()) {
      shut(websocket::close_reason(websocket::close_code::unknown_data));
      throw Error(ErrorCode::corrupt, stream_->peer() + " sent a message that is no text");
    }
    return message;
  }

  // No status in the close frame, like Juju's own servers.
  void close() noexcept override { shut(websocket::close_reason()); }

  TlsStream& stream() noexcept override { return *stream_; }

 private:
  Wire& wire() { return socket_.next_layer(); }

  void begin() {
    wire().deadline.reset();
    // A reading of Beast's that timed out cannot be taken up again, so the waiting is done here, in front of each.
    wire().before_read = [this] { await(); };
  }

  void shut(const websocket::close_reason& reason) noexcept {
    try {
      stream_->set_job(nullptr);
      stream_->set_idle_timeout(close_timeout);
      wire().before_read = nullptr;
      wire().deadline = Clock::now() + close_timeout;
      beast::error_code ec;
      socket_.close(reason, ec);
    } catch (...) {
      // Nothing that the caller could do about it.
    }
    stream_->close();
  }

  void await() {
    const auto begin = Clock::now();
    const bool pings = options_.ping_every.count() > 0;
    const bool dies = options_.dead_after.count() > 0;
    for (auto next_ping = begin + options_.ping_every;;) {
      const auto now = Clock::now();
      auto patience = std::chrono::milliseconds(std::chrono::hours(1));
      if (pings) patience = std::min(patience, std::chrono::ceil<std::chrono::milliseconds>(next_ping - now));
      if (dies) patience = std::min(patience, std::chrono::ceil<std::chrono::milliseconds>(begin + options_.dead_after - now));
      if (stream_->wait_readable(std::max(patience, std::chrono::milliseconds(0)))) return;
      if (dies && Clock::now() >= begin + options_.dead_after) {
        throw Error(ErrorCode::io, stream_->peer() + " said nothing for " + std::to_string(options_.dead_after.count()) + " ms", true);
      }
      if (pings && Clock::now() >= next_ping) {
        // Between two reads Beast lets a control frame go out.
        beast::error_code ec;
        socket_.ping({}, ec);
        wire().rethrow();
        next_ping = Clock::now() + options_.ping_every;
      }
    }
  }

  void check(const beast::error_code& ec) {
    if (!ec) return;
    wire().rethrow();
    const std::string& peer = stream_->peer();
    if (ec == websocket::error::message_too_big || ec == websocket::error::buffer_overflow) {
      throw Error(ErrorCode::limit, peer + " sent a message of more than " + std::to_string(options_.max_message_bytes) + " bytes");
    }
    if (ec == websocket::error::closed) throw Error(ErrorCode::io, peer + " closed the connection", true);
    if (ec == websocket::condition::protocol_violation)
      throw Error(ErrorCode::corrupt, peer + " broke the WebSocket protocol: " + ec.message());
    if (ec == asio::error::eof || ec == asio::error::operation_aborted) throw Error(ErrorCode::io, peer + " closed the connection", true);
    throw Error(ErrorCode::io, "the WebSocket with " + peer + " broke: " + ec.message(), true);
  }

  std::string refusal(const std::string& bytes, const beast::error_code& ec) const {
    beast::http::response_parser<beast::http::string_body> parser;
    parser.eager(true);
    beast::error_code ignored;
    parser.put(asio::buffer(bytes), ignored);
    const auto status = parser.is_header_done() ? parser.get().result_int() : 0;
    if (status == 0) return stream_->peer() + " gave no answer of a WebSocket: " + ec.message();
    if (status == 101) return stream_->peer() + " answered for a WebSocket in a wrong way: " + ec.message();
    const std::string line = first_line(parser.get().body());
    return stream_->peer() + " refused the WebSocket: HTTP " + std::to_string(status) + (line.empty() ? "" : ": " + line);
  }

  std::unique_ptr<TlsStream> stream_;
  WebSocketOptions options_;
  websocket::stream<Wire, false> socket_;
  std::string piece_;
};

}  // namespace

std::unique_ptr<WebSocket> open_websocket(std::unique_ptr<TlsStream> stream, const std::string& host, const HttpRequest& request,
                                          const WebSocketOptions& options) {
  auto socket = std::make_unique<Socket>(std::move(stream), options);
  socket->shake_hands(host, request);
  return socket;
}

std::unique_ptr<WebSocket> answer_websocket(std::unique_ptr<TlsStream> stream, std::string early, const HttpRequest& request,
                                            const WebSocketOptions& options) {
  auto socket = std::make_unique<Socket>(std::move(stream), options);
  socket->answer(std::move(early), request);
  return socket;
}

}  // namespace jujubackup
