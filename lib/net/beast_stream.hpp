// What Boost.Beast reads from and writes to: a TlsStream. Only the files that use Beast include this; it is slow to compile.
//
// Beast's own streams have no deadlines for blocking calls. Errors of ours pass through Beast as an error code and are thrown again behind
// it, with rethrow(): its functions are not made for exceptions.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/core/error.hpp>

#include <jujubackup/error.hpp>

#include "net/tls_stream.hpp"

namespace jujubackup {

class BeastStream {
 public:
  using ErrorCodeType = boost::beast::error_code;

  explicit BeastStream(TlsStream& stream) : stream_(&stream) {}

  // Waits for the first byte of each reading; throws where it ends without one. By default the stream's own idle timeout ends it.
  std::function<void()> before_read;
  // Until then all readings have to be done; else Error(io) and timed_out().
  std::optional<std::chrono::steady_clock::time_point> deadline;
  // What was read by somebody else before.
  void put_back(std::string bytes) { ready_ = std::move(bytes); }
  bool timed_out() const noexcept { return timed_out_; }

  // Throws what was caught on the way, if anything was.
  void rethrow() {
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers, ErrorCodeType& ec) {
    return caught(ec, [&]() -> std::size_t {
      for (auto at = boost::asio::buffer_sequence_begin(buffers); at != boost::asio::buffer_sequence_end(buffers); ++at) {
        const boost::asio::mutable_buffer into(*at);
        if (into.size() == 0) continue;
        const std::size_t count = read({static_cast<std::byte*>(into.data()), into.size()});
        if (count == 0) ec = boost::asio::error::eof;
        return count;
      }
      return 0;
    });
  }

  // Small buffers go out together: each write is a TLS record of its own.
  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers, ErrorCodeType& ec) {
    return caught(ec, [&]() -> std::size_t {
      const std::size_t total = boost::asio::buffer_size(buffers);
      boost::asio::const_buffer first;
      for (auto at = boost::asio::buffer_sequence_begin(buffers); first.size() == 0 && at != boost::asio::buffer_sequence_end(buffers);
           ++at) {
        first = boost::asio::const_buffer(*at);
      }
      if (first.size() == total || first.size() >= together_bytes)
        return write({static_cast<const std::byte*>(first.data()), first.size()});
      together_.resize(std::min(total, together_bytes));
      const std::size_t size = boost::asio::buffer_copy(boost::asio::buffer(together_), buffers);
      return write({reinterpret_cast<const std::byte*>(together_.data()), size});
    });
  }

  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers) {
    return or_throw([&](ErrorCodeType& ec) { return read_some(buffers, ec); });
  }
  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers) {
    return or_throw([&](ErrorCodeType& ec) { return write_some(buffers, ec); });
  }

  TlsStream& stream() noexcept { return *stream_; }

 private:
  static constexpr std::size_t together_bytes = std::size_t{16} << 10;

  template <typename Work>
  std::size_t caught(ErrorCodeType& ec, Work work) {
    ec = {};
    try {
      return work();
    } catch (...) {
      failure_ = std::current_exception();
      ec = boost::asio::error::fault;
      return 0;
    }
  }
  template <typename Work>
  static std::size_t or_throw(Work work) {
    ErrorCodeType ec;
    const std::size_t count = work(ec);
    if (ec) throw boost::system::system_error(ec);
    return count;
  }

  std::size_t read(std::span<std::byte> into) {
    if (!ready_.empty()) {
      const std::size_t count = std::min(into.size(), ready_.size());
      std::memcpy(into.data(), ready_.data(), count);
      ready_.erase(0, count);
      return count;
    }
    if (before_read) before_read();
    if (deadline) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
      timed_out_ = left.count() <= 0 || !stream_->wait_readable(left);
      if (timed_out_) throw Error(ErrorCode::io, stream_->peer() + " was too slow", true);
    }
    return stream_->read_some(into);
  }
  std::size_t write(std::span<const std::byte> bytes) {
    const std::size_t count = stream_->write_some(bytes);
    return count;
  }

  TlsStream* stream_;
  std::string ready_;
  std::string together_;
  std::exception_ptr failure_;
  bool timed_out_ = false;
};

}  // namespace jujubackup
