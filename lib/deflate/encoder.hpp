// What a Compressor uses; each build has one of the encoder_*.cpp and one of the fast_encoder_*.cpp (see meson.build).
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace jujubackup::deflate {

class Encoder {
 public:
  Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  virtual ~Encoder() = default;
  // Writes one whole stream of `content`, which is not empty, and returns its length: 0 if it does not fit into `out`.
  virtual std::size_t encode(std::span<const std::byte> content, std::span<std::byte> out) = 0;
};

// The library's own level, 1 to 9.
std::unique_ptr<Encoder> make_encoder(int level);
inline constexpr int standard_level = 6;
// Its lowest level that makes every kind of BSON smaller than gzip -6 does, although each block of ours begins with an empty window.
extern const int compact_level;

std::unique_ptr<Encoder> make_fast_encoder();

}  // namespace jujubackup::deflate
