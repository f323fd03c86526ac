#include "crypto/age/base64.hpp"

#include <cstdint>

#include "base/encoding.hpp"

namespace jujubackup::age {
namespace {

constexpr std::uint32_t no_value = 0x80000000;

constexpr std::array<std::uint32_t, 256> make_values() {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<std::uint32_t, 256> values{};
  values.fill(no_value);
  for (std::uint32_t i = 0; i < 64; ++i) values[static_cast<unsigned char>(alphabet[i])] = i;
  return values;
}
constexpr std::array<std::uint32_t, 256> values = make_values();

constexpr std::uint32_t value_of(char c) { return values[static_cast<unsigned char>(c)]; }

}  // namespace

std::optional<std::size_t> decode_base64(std::string_view text, Padding padding, std::span<std::byte> out) noexcept {
  if (padding == Padding::required) {
    if (text.size() % 4 != 0) return std::nullopt;
    if (text.ends_with("==")) {
      text.remove_suffix(2);
    } else if (text.ends_with('=')) {
      text.remove_suffix(1);
    }
  }
  if (text.size() % 4 == 1 || out.size() < decoded_bound(text.size())) return std::nullopt;
  std::size_t done = 0;
  std::size_t at = 0;
  for (; at + 4 <= text.size(); at += 4, done += 3) {
    const std::uint32_t group =
        value_of(text[at]) << 18 | value_of(text[at + 1]) << 12 | value_of(text[at + 2]) << 6 | value_of(text[at + 3]);
    // A shift drops the mark of the first three.
    if (((value_of(text[at]) | value_of(text[at + 1]) | value_of(text[at + 2]) | group) & no_value) != 0) return std::nullopt;
    out[done] = static_cast<std::byte>(group >> 16);
    out[done + 1] = static_cast<std::byte>(group >> 8);
    out[done + 2] = static_cast<std::byte>(group);
  }
  const std::size_t rest = text.size() - at;  // 0, 2 or 3
  if (rest == 0) return done;
  const std::uint32_t third = rest == 3 ? value_of(text[at + 2]) : 0;
  if (((value_of(text[at]) | value_of(text[at + 1]) | third) & no_value) != 0) return std::nullopt;
  const std::uint32_t group = value_of(text[at]) << 18 | value_of(text[at + 1]) << 12 | third << 6;
  if ((group & (rest == 2 ? 0xffffU : 0xffU)) != 0) return std::nullopt;
  out[done++] = static_cast<std::byte>(group >> 16);
  if (rest == 3) out[done++] = static_cast<std::byte>(group >> 8);
  return done;
}

std::optional<std::vector<std::byte>> decode_raw_base64(std::string_view text) {
  std::vector<std::byte> out(decoded_bound(text.size()));
  const auto size = decode_base64(text, Padding::none, out);
  if (!size) return std::nullopt;
  out.resize(*size);
  return out;
}

std::string to_raw_base64(std::span<const std::byte> bytes) {
  std::string text = to_base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  return text;
}

}  // namespace jujubackup::age
