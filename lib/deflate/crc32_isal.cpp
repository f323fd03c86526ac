#include <isa-l.h>

#include "base/wide_registers.hpp"
#include "deflate/deflate.hpp"

namespace jujubackup::deflate {

std::uint32_t crc32(std::uint32_t crc, std::span<const std::byte> bytes) {
  if (bytes.empty()) return crc;
  crc = crc32_gzip_refl(crc, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  clear_wide_registers();
  return crc;
}

}  // namespace jujubackup::deflate
