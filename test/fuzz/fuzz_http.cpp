// HTTP and WebSocket over any bytes. The first byte says who reads them: a server, a client, or a WebSocket on either side's frames. What
// comes out must not depend on the pieces in which the bytes come in.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>

#include <jujubackup/error.hpp>

#include "net/http.hpp"

namespace {

using jujubackup::Error;

void require(bool good) {
  if (!good) std::abort();
}

class MemoryStream final : public jujubackup::TlsStream {
 public:
  MemoryStream(std::string bytes, std::size_t piece_bytes) : bytes_(std::move(bytes)), piece_bytes_(piece_bytes) {}
  std::size_t read_some(std::span<std::byte> into) override {
    const std::size_t count = std::min({into.size(), piece_bytes_, bytes_.size() - position_});
    std::memcpy(into.data(), bytes_.data() + position_, count);
    position_ += count;
    return count;
  }
  std::size_t write_some(std::span<const std::byte> bytes) override { return bytes.size(); }
  // A client sends its whole request first.
  std::size_t write_unless_answered(std::span<const std::byte> bytes) override { return bytes.size(); }
  bool wait_readable(std::chrono::milliseconds) override { return true; }
  void set_idle_timeout(std::chrono::milliseconds) noexcept override {}
  void set_job(const jujubackup::Job*) noexcept override {}
  std::string peer() const override { return "peer"; }
  void close() noexcept override {}
  void interrupt() noexcept override {}

 private:
  std::string bytes_;
  std::size_t piece_bytes_;
  std::size_t position_ = 0;
};

std::string text_of_body(auto& peer) {
  std::string text;
  std::array<std::byte, 777> piece{};
  while (const std::size_t count = peer.read_body(piece)) text.append(reinterpret_cast<const char*>(piece.data()), count);
  return text;
}

void append_fields(std::string& text, const jujubackup::HttpFields& fields) {
  for (const auto& [name, value] : fields.all()) text += name + "=" + value + "\n";
}

std::string as_server(std::unique_ptr<jujubackup::TlsStream> stream) {
  std::string text;
  const auto http = jujubackup::make_http_server(std::move(stream), {});
  while (const auto request = http->next_request()) {
    text += request->method + " " + request->target + "\n";
    append_fields(text, request->fields);
    if (http->wants_websocket()) {
      const auto socket = http->accept_websocket({});
      while (const auto message = socket->receive()) text += "message " + *message + "\n";
      return text + "closed";
    }
    // Without its body now and then: what is left of it has to be found by the server.
    if (request->target.size() % 2 == 0) text += text_of_body(*http);
    http->respond(200, {}, "good");
  }
  return text;
}

std::string as_client(std::unique_ptr<jujubackup::TlsStream> stream) {
  std::string text;
  const auto http = jujubackup::make_http_client(std::move(stream), "host");
  for (;;) {
    const auto response = http->exchange({"GET", "/", {}}, nullptr);
    text += std::to_string(response.status) + response.reason + "\n";
    append_fields(text, response.fields);
    text += text_of_body(*http);
  }
}

std::string run(std::uint8_t role, const std::string& bytes, std::size_t piece_bytes) {
  const std::string upgrade =
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  try {
    if (role % 3 == 1) return as_client(std::make_unique<MemoryStream>(bytes, piece_bytes));
    return as_server(std::make_unique<MemoryStream>(role % 3 == 0 ? bytes : upgrade + bytes, piece_bytes));
  } catch (const Error&) {
    // Which of two faults Beast names (no HTTP, or cut short) depends on the pieces.
    return "error";
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = run(data[0], bytes, SIZE_MAX);
  if (size <= 4096) require(run(data[0], bytes, 1) == whole);
  return 0;
}
