// The content of an age file: chunks of 64 KiB, each sealed by itself under its number, the last one marked (the STREAM construction).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "crypto/age/primitives.hpp"

namespace jujubackup::age {

inline constexpr std::size_t chunk_bytes = std::size_t{64} << 10;
inline constexpr std::size_t sealed_chunk_bytes = chunk_bytes + tag_bytes;
inline constexpr std::size_t payload_nonce_bytes = 16;

Secret payload_key(const Secret& file_key, Bytes nonce);

class ChunkCipher {
 public:
  explicit ChunkCipher(const Secret& key) : aead_(key.bytes()) {}
  // `out` is tag_bytes longer.
  void seal(std::uint64_t index, bool last, Bytes plain, std::span<std::byte> out);
  // `sealed` is the chunk `index`, `last` if nothing follows it; `out` is tag_bytes shorter. Error(corrupt) that tells what is wrong, where
  // that can be told; `out` is wiped then.
  void open(std::uint64_t index, bool last, Bytes sealed, std::span<std::byte> out);

 private:
  Aead aead_;
};

// How many bytes of content so many bytes of payload, without the nonce, hold. Error(corrupt) if no payload has that length.
std::uint64_t content_bytes(std::uint64_t sealed_bytes);

// Error(corrupt) unless a last chunk of that size may be there.
void check_last_chunk(std::uint64_t index, std::size_t sealed_bytes);

}  // namespace jujubackup::age
