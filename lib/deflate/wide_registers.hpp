// What ISA-L leaves behind.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace jujubackup::deflate {

#if defined(__x86_64__)
__attribute__((target("avx"))) inline void zero_upper_halves() noexcept { _mm256_zeroupper(); }
#endif

// To be called behind each function of ISA-L that may use AVX: none of them clears the upper halves of its registers, as the ABI asks for,
// and until somebody does, every older instruction of the thread has to keep them. Digests took a fifth longer by it.
inline void clear_wide_registers() noexcept {
#if defined(__x86_64__)
  static const bool has_avx = __builtin_cpu_supports("avx") != 0;
  if (has_avx) zero_upper_halves();
#endif
}

}  // namespace jujubackup::deflate
