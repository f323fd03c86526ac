// What ISA-L and libxxhash leave behind.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace jujubackup {

#if defined(__x86_64__)
__attribute__((target("avx"))) inline void zero_upper_halves() noexcept { _mm256_zeroupper(); }
#endif

// To be called behind each function that may use AVX and does not clear the upper halves of its registers, as the ABI asks for: those of
// ISA-L and of libxxhash that choose by the processor. Until somebody does, every older instruction of the thread has to keep them. SHA-1
// and SHA-256 took a fifth longer by it, XXH3 by SSE2 nearly four times as long.
inline void clear_wide_registers() noexcept {
#if defined(__x86_64__)
  static const bool has_avx = __builtin_cpu_supports("avx") != 0;
  if (has_avx) zero_upper_halves();
#endif
}

}  // namespace jujubackup
