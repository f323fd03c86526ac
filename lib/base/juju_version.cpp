#include <jujubackup/juju_version.hpp>

#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <jujubackup/error.hpp>

#include "base/text.hpp"

namespace jujubackup {
namespace {

constexpr std::size_t max_digits = 9;

std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    if (digits == max_digits) return std::nullopt;
    value = value * 10 + static_cast<std::uint32_t>(text[digits] - '0');
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::string take_tag(std::string_view& text) {
  std::size_t letters = 0;
  while (letters < text.size() && text[letters] >= 'a' && text[letters] <= 'z') ++letters;
  std::string tag(text.substr(0, letters));
  text.remove_prefix(letters);
  return tag;
}

std::optional<JujuVersion> version_of(std::string_view text) {
  JujuVersion version;
  const auto major = take_number(text);
  if (!major || !take(text, '.')) return std::nullopt;
  const auto minor = take_number(text);
  if (!minor) return std::nullopt;
  if (take(text, '-')) {
    version.tag = take_tag(text);
    if (version.tag.size() < 2) return std::nullopt;
  } else if (!take(text, '.')) {
    return std::nullopt;
  }
  const auto patch = take_number(text);
  if (!patch) return std::nullopt;
  if (take(text, '.')) {
    const auto build = take_number(text);
    if (!build) return std::nullopt;
    version.build = *build;
  }
  if (!text.empty()) return std::nullopt;
  version.major = *major;
  version.minor = *minor;
  version.patch = *patch;
  return version;
}

std::strong_ordering compare_tags(const std::string& a, const std::string& b) {
  if (a == b) return std::strong_ordering::equal;
  if (a.empty()) return std::strong_ordering::greater;
  if (b.empty()) return std::strong_ordering::less;
  return a <=> b;
}

}  // namespace

JujuVersion JujuVersion::parse(std::string_view text) {
  auto version = version_of(text);
  if (!version) throw Error(ErrorCode::corrupt, "invalid version " + go_quote(text));
  return *std::move(version);
}

JujuVersion JujuVersion::unknown() {
  JujuVersion version;
  version.major = version.minor = version.patch = 9999;
  return version;
}

bool JujuVersion::is_zero() const noexcept { return major == 0 && minor == 0 && tag.empty() && patch == 0 && build == 0; }

bool JujuVersion::is_unknown() const noexcept { return major == 9999 && minor == 9999 && tag.empty() && patch == 9999 && build == 0; }

std::string JujuVersion::to_string() const {
  std::string text = tag.empty() ? fmt::format("{}.{}.{}", major, minor, patch) : fmt::format("{}.{}-{}{}", major, minor, tag, patch);
  if (build > 0) text += fmt::format(".{}", build);
  return text;
}

std::strong_ordering JujuVersion::operator<=>(const JujuVersion& other) const noexcept {
  if (const auto order = major <=> other.major; std::is_neq(order)) return order;
  if (const auto order = minor <=> other.minor; std::is_neq(order)) return order;
  if (const auto order = compare_tags(tag, other.tag); std::is_neq(order)) return order;
  if (const auto order = patch <=> other.patch; std::is_neq(order)) return order;
  return build <=> other.build;
}

}  // namespace jujubackup
