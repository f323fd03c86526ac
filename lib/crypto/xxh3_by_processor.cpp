// AVX2 and AVX-512 as well; libxxhash looks at the processor when one of these functions is called for the first time.
#include "crypto/xxh3.hpp"

#include <xxh_x86dispatch.h>

#include "base/wide_registers.hpp"

namespace jujubackup {
namespace {

// libxxhash notes down its choice without a lock, so let one thread do that alone.
void choose_once() noexcept {
  static const XXH128_hash_t chosen = XXH3_128bits_dispatch("", 0);
  static_cast<void>(chosen);
}

}  // namespace

XXH128_hash_t xxh3_128(const void* bytes, std::size_t size_bytes) noexcept {
  choose_once();
  const XXH128_hash_t hash = XXH3_128bits_dispatch(bytes, size_bytes);
  clear_wide_registers();
  return hash;
}

XXH_errorcode xxh3_128_update(XXH3_state_t* state, const void* bytes, std::size_t size_bytes) noexcept {
  choose_once();
  const XXH_errorcode result = XXH3_128bits_update_dispatch(state, bytes, size_bytes);
  clear_wide_registers();
  return result;
}

}  // namespace jujubackup
