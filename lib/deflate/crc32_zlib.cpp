#include <zlib.h>

#include "deflate/deflate.hpp"

namespace jujubackup::deflate {

std::uint32_t crc32(std::uint32_t crc, std::span<const std::byte> bytes) {
  // Without a place it would give the start value instead of `crc`.
  return bytes.empty() ? crc : static_cast<std::uint32_t>(crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace jujubackup::deflate
