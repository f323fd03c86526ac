#include <libdeflate.h>

#include "deflate/deflate.hpp"

namespace jujubackup::deflate {

std::uint32_t crc32(std::uint32_t crc, std::span<const std::byte> bytes) {
  // Without a place it would give the start value instead of `crc`.
  return bytes.empty() ? crc : libdeflate_crc32(crc, bytes.data(), bytes.size());
}

}  // namespace jujubackup::deflate
