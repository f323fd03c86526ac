#include "crypto/age/bech32.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace jujubackup::age {
namespace {

constexpr std::string_view alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t checksum_digits = 6;
constexpr std::size_t longest = 1024;

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

class Checksum {
 public:
  explicit Checksum(std::string_view kind) {
    for (const char c : kind) add(static_cast<std::uint8_t>(lower(c) >> 5));
    add(0);
    for (const char c : kind) add(static_cast<std::uint8_t>(lower(c) & 31));
  }
  void add(std::uint8_t digit) {
    constexpr std::array<std::uint32_t, 5> generator = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    const std::uint32_t top = value_ >> 25;
    value_ = (value_ & 0x1ffffff) << 5 ^ digit;
    for (std::size_t i = 0; i < generator.size(); ++i) value_ ^= (top >> i & 1) != 0 ? generator[i] : 0;
  }
  std::uint32_t value() const { return value_; }

 private:
  std::uint32_t value_ = 1;
};

}  // namespace

std::optional<Secret> decode_bech32(std::string_view kind, std::string_view text) {
  if (text.size() > longest || !text.starts_with(kind) || text.substr(kind.size()).find('1') != 0) return std::nullopt;
  const bool upper_case = std::any_of(kind.begin(), kind.end(), is_upper);
  const std::string_view digits = text.substr(kind.size() + 1);
  if (digits.size() < checksum_digits) return std::nullopt;
  Checksum checksum(kind);
  Secret bytes((digits.size() - checksum_digits) * 5 / 8);
  std::uint32_t waiting = 0;
  unsigned waiting_bits = 0;
  std::size_t done = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const char c = digits[i];
    if (c != (upper_case ? upper(c) : lower(c))) return std::nullopt;
    const auto value = alphabet.find(lower(c));
    if (value == std::string_view::npos) return std::nullopt;
    checksum.add(static_cast<std::uint8_t>(value));
    if (i >= digits.size() - checksum_digits) continue;
    waiting = (waiting << 5 | static_cast<std::uint32_t>(value)) & 0xfff;
    waiting_bits += 5;
    if (waiting_bits < 8) continue;
    waiting_bits -= 8;
    bytes.bytes()[done++] = static_cast<std::byte>(waiting >> waiting_bits);
  }
  // What is left over are fewer than five zeros.
  if (checksum.value() != 1 || waiting_bits >= 5 || (waiting & ((1U << waiting_bits) - 1)) != 0) return std::nullopt;
  return bytes;
}

Secret encode_bech32(std::string_view kind, std::span<const std::byte> bytes) {
  const std::size_t data_digits = (bytes.size() * 8 + 4) / 5;
  Secret text(kind.size() + 1 + data_digits + checksum_digits);
  const bool upper_case = std::any_of(kind.begin(), kind.end(), is_upper);
  std::size_t done = 0;
  const auto put = [&](char c) { text.bytes()[done++] = static_cast<std::byte>(c); };
  const auto put_digit = [&](std::uint32_t digit) { put(upper_case ? upper(alphabet[digit]) : alphabet[digit]); };
  for (const char c : kind) put(c);
  put('1');
  Checksum checksum(kind);
  std::uint32_t waiting = 0;
  unsigned waiting_bits = 0;
  std::size_t next = 0;
  for (std::size_t i = 0; i < data_digits; ++i) {
    if (waiting_bits < 5) {
      waiting = (waiting << 8 | (next < bytes.size() ? std::to_integer<std::uint32_t>(bytes[next]) : 0)) & 0xfff;
      waiting_bits += 8;
      ++next;
    }
    waiting_bits -= 5;
    const std::uint32_t digit = waiting >> waiting_bits & 31;
    checksum.add(static_cast<std::uint8_t>(digit));
    put_digit(digit);
  }
  for (std::size_t i = 0; i < checksum_digits; ++i) checksum.add(0);
  const std::uint32_t sum = checksum.value() ^ 1;
  for (std::size_t i = 0; i < checksum_digits; ++i) put_digit(sum >> (5 * (checksum_digits - 1 - i)) & 31);
  return text;
}

}  // namespace jujubackup::age
