#include <fmt/format.h>
#include <zlib.h>

#include <new>

#include <jujubackup/error.hpp>

#include "deflate/encoder.hpp"
#include "deflate/names.hpp"

namespace jujubackup::deflate {
namespace {

class ZlibEncoder final : public Encoder {
 public:
  explicit ZlibEncoder(int level) {
    // Raw deflate, the usual memory.
    if (deflateInit2(&z_, level, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  }
  ~ZlibEncoder() override { deflateEnd(&z_); }

  std::size_t encode(std::span<const std::byte> content, std::span<std::byte> out) override {
    if (deflateReset(&z_) != Z_OK) throw Error(ErrorCode::internal, "zlib refused to compress");
    z_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(content.data()));
    z_.avail_in = static_cast<uInt>(content.size());
    z_.next_out = reinterpret_cast<Bytef*>(out.data());
    z_.avail_out = static_cast<uInt>(out.size());
    return ::deflate(&z_, Z_FINISH) == Z_STREAM_END ? out.size() - z_.avail_out : 0;
  }

 private:
  z_stream z_{};
};

}  // namespace

const int compact_level = 9;

std::unique_ptr<Encoder> make_encoder(int level) { return std::make_unique<ZlibEncoder>(level); }

std::string encoder_name(int level) { return fmt::format("zlib {} level {}", zlibVersion(), level); }

}  // namespace jujubackup::deflate
