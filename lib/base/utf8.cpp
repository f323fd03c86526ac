#include "base/utf8.hpp"

#include <algorithm>
#include <iterator>

#include "base/printable_ranges.hpp"

namespace jujubackup {
namespace {

struct Lead {
  std::size_t length;
  char32_t bits;
  char32_t smallest;  // what needs that many bytes
};

constexpr Lead no_lead{0, 0, 0};

Lead lead_of(unsigned char c) noexcept {
  if (c < 0x80) return {1, c, 0};
  if (c < 0xc2) return no_lead;
  if (c < 0xe0) return {2, c & 0x1fU, 0x80};
  if (c < 0xf0) return {3, c & 0x0fU, 0x800};
  if (c < 0xf5) return {4, c & 0x07U, 0x10000};
  return no_lead;
}

}  // namespace

Rune rune_at(std::string_view text, std::size_t at) noexcept {
  constexpr Rune invalid{0xfffd, 1, false};
  const Lead lead = lead_of(static_cast<unsigned char>(text[at]));
  if (lead.length == 0 || lead.length > text.size() - at) return invalid;
  char32_t value = lead.bits;
  for (std::size_t i = 1; i < lead.length; ++i) {
    const auto c = static_cast<unsigned char>(text[at + i]);
    if ((c & 0xc0) != 0x80) return invalid;
    value = value << 6 | (c & 0x3fU);
  }
  if (value < lead.smallest || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return invalid;
  return {value, lead.length, true};
}

std::string to_valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Rune rune = rune_at(text, at);
    out += rune.valid ? text.substr(at, rune.length) : std::string_view("\xef\xbf\xbd");
    at += rune.length;
  }
  return out;
}

bool is_printable(char32_t rune) noexcept {
  if (rune < 0x80) return rune >= 0x20 && rune < 0x7f;
  const auto* const after = std::upper_bound(std::begin(printable_ranges), std::end(printable_ranges), rune,
                                             [](char32_t value, const RuneRange& range) { return value < range.first; });
  return after != std::begin(printable_ranges) && rune <= std::prev(after)->last;
}

}  // namespace jujubackup
