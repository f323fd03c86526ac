// The two functions of libxxhash that the time goes into, by the widest registers that the processor has, where the library can.
#pragma once

#include <xxhash.h>

#include <cstddef>

namespace jujubackup {

XXH128_hash_t xxh3_128(const void* bytes, std::size_t size_bytes) noexcept;
XXH_errorcode xxh3_128_update(XXH3_state_t* state, const void* bytes, std::size_t size_bytes) noexcept;

}  // namespace jujubackup
