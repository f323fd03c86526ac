#include <isa-l.h>

#include "deflate/deflate.hpp"

namespace jujubackup::deflate {

std::uint32_t crc32(std::uint32_t crc, std::span<const std::byte> bytes) {
  return bytes.empty() ? crc : crc32_gzip_refl(crc, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

}  // namespace jujubackup::deflate
