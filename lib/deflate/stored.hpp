// Deflate's way of not compressing: blocks of up to 65535 bytes with a header of 5 bytes before each (RFC 1951 section 3.2.4).
#pragma once

#include <cstddef>
#include <span>

#include "base/buffer.hpp"

namespace jujubackup::deflate {

inline constexpr std::size_t stored_block_bytes = 65535;

// Of the whole stream; 5 for no content at all.
constexpr std::size_t stored_bytes(std::size_t content_bytes) noexcept {
  const std::size_t blocks = content_bytes == 0 ? 1 : (content_bytes - 1) / stored_block_bytes + 1;
  return content_bytes + 5 * blocks;
}

// Appends one whole stream.
void append_stored(Buffer& out, std::span<const std::byte> content);

}  // namespace jujubackup::deflate
