#include "crypto/xxh3.hpp"

namespace jujubackup {

XXH128_hash_t xxh3_128(const void* bytes, std::size_t size_bytes) noexcept { return XXH3_128bits(bytes, size_bytes); }

XXH_errorcode xxh3_128_update(XXH3_state_t* state, const void* bytes, std::size_t size_bytes) noexcept {
  return XXH3_128bits_update(state, bytes, size_bytes);
}

}  // namespace jujubackup
