// Base64 as the age format and SSH keys want it, canonical only, into memory of the caller's, since it may be secret.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jujubackup::age {

enum class Padding { none, required };

// The number of bytes put into `out`, which needs 3 for each 4 characters begun. Nothing unless `text` is canonical: the alphabet of RFC
// 4648 section 4, padded or not as told, unused bits zero.
std::optional<std::size_t> decode_base64(std::string_view text, Padding padding, std::span<std::byte> out) noexcept;
constexpr std::size_t decoded_bound(std::size_t characters) { return (characters + 3) / 4 * 3; }

// Without padding.
std::optional<std::vector<std::byte>> decode_raw_base64(std::string_view text);
// The same for what has exactly N bytes.
template <std::size_t N>
std::optional<std::array<std::byte, N>> decode_raw_base64_array(std::string_view text) {
  std::array<std::byte, decoded_bound((N * 8 + 5) / 6)> bytes{};
  if (text.size() != (N * 8 + 5) / 6 || decode_base64(text, Padding::none, bytes) != N) return std::nullopt;
  std::array<std::byte, N> exact{};
  for (std::size_t i = 0; i < N; ++i) exact[i] = bytes[i];
  return exact;
}
std::string to_raw_base64(std::span<const std::byte> bytes);

}  // namespace jujubackup::age
