#include "crypto/sha_together.hpp"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define JUJUBACKUP_SHA __attribute__((target("sha,sse4.1")))

namespace jujubackup {
namespace {

alignas(16) constexpr std::array<std::uint32_t, 64> sha256_constants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

__m128i load(const void* from) noexcept { return _mm_loadu_si128(static_cast<const __m128i*>(from)); }
void store(void* to, __m128i value) noexcept { _mm_storeu_si128(static_cast<__m128i*>(to), value); }

struct Sha1 {
  __m128i abcd, e;  // e: in the highest word, before the block's first rounds
  __m128i before;   // abcd, four rounds ago: e is made from it
  __m128i w[4];     // the last sixteen words of the message's schedule

  // Rounds 4 * group to 4 * group + 3.
  template <unsigned group>
  JUJUBACKUP_SHA void rounds() noexcept {
    __m128i& next = w[group % 4];
    if constexpr (group >= 4) {
      next = _mm_sha1msg2_epu32(_mm_xor_si128(_mm_sha1msg1_epu32(next, w[(group + 1) % 4]), w[(group + 2) % 4]), w[(group + 3) % 4]);
    }
    const __m128i added = group == 0 ? _mm_add_epi32(e, next) : _mm_sha1nexte_epu32(before, next);
    before = abcd;
    abcd = _mm_sha1rnds4_epu32(abcd, added, group / 5);
  }
};

struct Sha256 {
  __m128i abef, cdgh;
  __m128i w[4];

  template <unsigned group>
  JUJUBACKUP_SHA void rounds() noexcept {
    __m128i& next = w[group % 4];
    if constexpr (group >= 4) {
      const __m128i older = _mm_alignr_epi8(w[(group + 3) % 4], w[(group + 2) % 4], 4);
      next = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(next, w[(group + 1) % 4]), older), w[(group + 3) % 4]);
    }
    const __m128i added = _mm_add_epi32(next, load(&sha256_constants[std::size_t{4} * group]));
    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, added);
    abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(added, 0x0e));
  }
};

template <unsigned group>
JUJUBACKUP_SHA void rounds_of_both(Sha1& one, Sha256& two) noexcept {
  one.rounds<group>();
  two.rounds<group>();
}

}  // namespace

bool can_sha_together() noexcept {
  static const bool can = [] {
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSE4_1) == 0) return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
  }();
  return can;
}

JUJUBACKUP_SHA void sha_together(ShaStates& states, std::span<const std::byte> blocks) noexcept {
  const __m128i last_first = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);    // of 16 bytes
  const __m128i word_by_word = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);  // the bytes of each of four

  Sha1 one{};
  one.abcd = _mm_shuffle_epi32(load(states.sha1.data()), 0x1b);
  one.e = _mm_set_epi32(static_cast<int>(states.sha1[4]), 0, 0, 0);
  Sha256 two{};
  const __m128i badc = _mm_shuffle_epi32(load(states.sha256.data()), 0xb1);
  const __m128i hgfe = _mm_shuffle_epi32(load(&states.sha256[4]), 0x1b);
  two.abef = _mm_alignr_epi8(badc, hgfe, 8);
  two.cdgh = _mm_blend_epi16(hgfe, badc, 0xf0);

  for (; blocks.size() >= sha_block_bytes; blocks = blocks.subspan(sha_block_bytes)) {
    for (std::size_t i = 0; i < 4; ++i) {
      const __m128i words = load(blocks.data() + 16 * i);
      one.w[i] = _mm_shuffle_epi8(words, last_first);
      two.w[i] = _mm_shuffle_epi8(words, word_by_word);
    }
    const Sha1 one_before = one;
    const Sha256 two_before = two;
    rounds_of_both<0>(one, two);
    rounds_of_both<1>(one, two);
    rounds_of_both<2>(one, two);
    rounds_of_both<3>(one, two);
    rounds_of_both<4>(one, two);
    rounds_of_both<5>(one, two);
    rounds_of_both<6>(one, two);
    rounds_of_both<7>(one, two);
    rounds_of_both<8>(one, two);
    rounds_of_both<9>(one, two);
    rounds_of_both<10>(one, two);
    rounds_of_both<11>(one, two);
    rounds_of_both<12>(one, two);
    rounds_of_both<13>(one, two);
    rounds_of_both<14>(one, two);
    rounds_of_both<15>(one, two);
    one.rounds<16>();
    one.rounds<17>();
    one.rounds<18>();
    one.rounds<19>();
    one.e = _mm_sha1nexte_epu32(one.before, one_before.e);
    one.abcd = _mm_add_epi32(one.abcd, one_before.abcd);
    two.abef = _mm_add_epi32(two.abef, two_before.abef);
    two.cdgh = _mm_add_epi32(two.cdgh, two_before.cdgh);
  }

  store(states.sha1.data(), _mm_shuffle_epi32(one.abcd, 0x1b));
  states.sha1[4] = static_cast<std::uint32_t>(_mm_extract_epi32(one.e, 3));
  const __m128i feba = _mm_shuffle_epi32(two.abef, 0x1b);
  const __m128i dchg = _mm_shuffle_epi32(two.cdgh, 0xb1);
  store(states.sha256.data(), _mm_blend_epi16(feba, dchg, 0xf0));
  store(&states.sha256[4], _mm_alignr_epi8(dchg, feba, 8));
}

}  // namespace jujubackup

#undef JUJUBACKUP_SHA

#else

namespace jujubackup {

bool can_sha_together() noexcept { return false; }
void sha_together(ShaStates&, std::span<const std::byte>) noexcept {}

}  // namespace jujubackup

#endif
