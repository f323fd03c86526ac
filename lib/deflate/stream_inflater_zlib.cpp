#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "deflate/deflate.hpp"
#include "deflate/names.hpp"

namespace jujubackup::deflate {

struct StreamInflater::State {
  z_stream z{};
  bool damaged = false;

  State() {
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { inflateEnd(&z); }
};

StreamInflater::StreamInflater() : state_(std::make_unique<State>()) {}
StreamInflater::StreamInflater(StreamInflater&&) noexcept = default;
StreamInflater& StreamInflater::operator=(StreamInflater&&) noexcept = default;
StreamInflater::~StreamInflater() = default;

void StreamInflater::reset() {
  inflateReset(&state_->z);
  state_->damaged = false;
}

StreamInflater::Step StreamInflater::inflate(std::span<const std::byte> in, std::span<std::byte> out) {
  if (state_->damaged) return {0, 0, false, true};
  constexpr std::size_t most = std::numeric_limits<uInt>::max();
  in = in.first(std::min(in.size(), most));
  out = out.first(std::min(out.size(), most));
  std::byte nothing{};  // zlib wants a place even if nothing may be there
  z_stream& z = state_->z;
  z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(in.empty() ? &nothing : in.data()));
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(out.empty() ? &nothing : out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int result = ::inflate(&z, Z_NO_FLUSH);
  // At the end zlib gives back what it took too much; Z_BUF_ERROR only says that it could do nothing.
  state_->damaged = result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR;
  return {in.size() - z.avail_in, out.size() - z.avail_out, result == Z_STREAM_END, state_->damaged};
}

std::string stream_inflater_name() { return fmt::format("zlib {}", zlibVersion()); }

}  // namespace jujubackup::deflate
