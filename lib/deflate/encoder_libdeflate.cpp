#include <fmt/format.h>
#include <libdeflate.h>

#include <new>

#include "deflate/encoder.hpp"
#include "deflate/names.hpp"

namespace jujubackup::deflate {
namespace {

struct Free {
  void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
};

class LibdeflateEncoder final : public Encoder {
 public:
  explicit LibdeflateEncoder(int level) : compressor_(libdeflate_alloc_compressor(level)) {
    if (!compressor_) throw std::bad_alloc();
  }
  std::size_t encode(std::span<const std::byte> content, std::span<std::byte> out) override {
    return libdeflate_deflate_compress(compressor_.get(), content.data(), content.size(), out.data(), out.size());
  }

 private:
  std::unique_ptr<libdeflate_compressor, Free> compressor_;
};

}  // namespace

const int compact_level = 8;

std::unique_ptr<Encoder> make_encoder(int level) { return std::make_unique<LibdeflateEncoder>(level); }

// It cannot be asked at run time.
std::string encoder_name(int level) { return fmt::format("libdeflate {} level {}", LIBDEFLATE_VERSION_STRING, level); }

}  // namespace jujubackup::deflate
