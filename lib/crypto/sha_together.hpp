// The step of SHA-1 and that of SHA-256 over the same blocks, side by side on one thread.
//
// What a processor has for either waits for its own results most of the time, and neither waits for the other's: both take about as long
// as SHA-256 alone and a fifth of it. OpenSSL has no such thing. See file_hasher.hpp for whole files.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace jujubackup {

inline constexpr std::size_t sha_block_bytes = 64;

struct ShaStates {
  std::array<std::uint32_t, 5> sha1{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  std::array<std::uint32_t, 8> sha256{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
};

// Whether this processor can: one of x86-64 with the SHA extensions.
bool can_sha_together() noexcept;
// `blocks` is a multiple of sha_block_bytes long. Only where it can be.
void sha_together(ShaStates& states, std::span<const std::byte> blocks) noexcept;

}  // namespace jujubackup
