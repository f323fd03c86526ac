#include "crypto/age/ssh_wire.hpp"

#include <algorithm>
#include <string>

#include "crypto/age/base64.hpp"
#include "crypto/digest.hpp"

namespace jujubackup::age {

std::optional<std::uint32_t> WireReader::number() {
  if (rest_.size() < 4) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(rest_[i]);
  rest_ = rest_.subspan(4);
  return value;
}

std::optional<Bytes> WireReader::string() {
  const auto size = number();
  if (!size || *size > rest_.size()) return std::nullopt;
  const Bytes found = rest_.first(*size);
  rest_ = rest_.subspan(*size);
  return found;
}

std::optional<Bytes> WireReader::string(std::size_t size_bytes) {
  const auto found = string();
  return found && found->size() == size_bytes ? found : std::nullopt;
}

bool WireReader::skip(std::string_view text) {
  if (rest_.size() < text.size() || !std::ranges::equal(rest_.first(text.size()), bytes_of(text))) return false;
  rest_ = rest_.subspan(text.size());
  return true;
}

std::optional<Bytes> WireReader::positive() {
  constexpr std::size_t longest = 16384 / 8;
  constexpr std::byte sign{0x80};
  const auto found = string();
  if (!found || found->empty() || found->size() > longest + 1) return std::nullopt;
  Bytes magnitude = *found;
  if ((magnitude[0] & sign) != std::byte{}) return std::nullopt;
  if (magnitude[0] == std::byte{}) {
    magnitude = magnitude.subspan(1);
    if (magnitude.empty() || (magnitude[0] & sign) == std::byte{}) return std::nullopt;
  }
  return magnitude.size() <= longest ? std::optional(magnitude) : std::nullopt;
}

namespace {

void append_number(std::vector<std::byte>& out, std::size_t value) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) out.push_back(static_cast<std::byte>(value >> shift));
}

}  // namespace

void append_string(std::vector<std::byte>& out, Bytes bytes) {
  append_number(out, bytes.size());
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_positive(std::vector<std::byte>& out, Bytes magnitude) {
  const bool zero_in_front = !magnitude.empty() && (magnitude[0] & std::byte{0x80}) != std::byte{};
  append_number(out, magnitude.size() + (zero_in_front ? 1 : 0));
  if (zero_in_front) out.push_back(std::byte{});
  out.insert(out.end(), magnitude.begin(), magnitude.end());
}

std::string tag_of(Bytes wire) {
  const auto digest = sha256(wire);
  return to_raw_base64(std::span(digest).first(4));
}

}  // namespace jujubackup::age
