#include <jujubackup/error.hpp>

#include "deflate/deflate.hpp"
#include "deflate/encoder.hpp"
#include "deflate/incompressible.hpp"
#include "deflate/stored.hpp"

namespace jujubackup::deflate {
namespace {

constexpr std::size_t max_content_bytes = std::size_t{1} << 31;  // zlib and ISA-L count in 32 bits

// On data that is nearly random there is little to search for: the default level's search takes off 2 % (docs/levels.md).
constexpr int nearly_random_level = 1;

std::unique_ptr<Encoder> encoder_of(Level level) {
  switch (level) {
    case Level::fast: return make_fast_encoder();
    case Level::standard: return make_encoder(standard_level);
    case Level::compact: return make_encoder(compact_level);
  }
  const auto number = static_cast<int>(level);
  if (number < 1 || number > 9) throw Error(ErrorCode::invalid_argument, "the compression level must be 1 to 9");
  return make_encoder(number);
}

}  // namespace

Compressor::Compressor(Level level) : level_(level), used_(level), encoder_(encoder_of(level)) {}
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;
Compressor::~Compressor() = default;

void Compressor::append(Buffer& out, std::span<const std::byte> content) {
  if (content.size() > max_content_bytes) throw Error(ErrorCode::internal, "too much content for one deflate stream");
  const Randomness randomness = randomness_of(content);
  if (content.empty() || randomness == Randomness::full) {
    append_stored(out, content);
    return;
  }
  use(level_ == Level::standard && randomness == Randomness::nearly ? static_cast<Level>(nearly_random_level) : level_);
  const std::size_t begin = out.size();
  const std::size_t worst = stored_bytes(content.size());
  out.resize(begin + worst);
  const std::size_t size = encoder_->encode(content, std::span(out).subspan(begin));
  out.resize(begin + size);
  if (size == 0 || size >= worst) {
    out.resize(begin);
    append_stored(out, content);
  }
}

// One encoder at a time, since each has half a megabyte and more of working memory.
void Compressor::use(Level level) {
  if (used_ == level) return;
  encoder_.reset();
  encoder_ = encoder_of(level);
  used_ = level;
}

}  // namespace jujubackup::deflate
