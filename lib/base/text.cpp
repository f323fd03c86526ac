#include "base/text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace jujubackup {
namespace {

// The letter of a short escape; 0 if there is none.
char short_escape(char32_t rune) {
  switch (rune) {
    case '\a': return 'a';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    case '\v': return 'v';
    default: return 0;
  }
}

void append_escaped(std::string& out, char32_t rune) {
  const auto value = static_cast<unsigned>(rune);
  if (const char letter = short_escape(rune); letter != 0) {
    out += {'\\', letter};
  } else if (rune < 0x80) {
    out += fmt::format("\\x{:02x}", value);
  } else if (rune < 0x10000) {
    out += fmt::format("\\u{:04x}", value);
  } else {
    out += fmt::format("\\U{:08x}", value);
  }
}

std::string escape(std::string_view text, std::string_view with_backslash) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Rune rune = rune_at(text, at);
    if (!rune.valid) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(text[at])));
    } else if (is_printable(rune.value)) {
      if (with_backslash.find(text[at]) != std::string_view::npos) out += '\\';
      out += text.substr(at, rune.length);
    } else {
      append_escaped(out, rune.value);
    }
    at += rune.length;
  }
  return out;
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string go_quote(std::string_view text) { return '"' + escape(text, "\"\\") + '"'; }

std::string printable(std::string_view text) { return escape(text, ""); }

std::string quoted_name(std::string_view name) {
  constexpr std::size_t longest = 200;
  return '"' + printable(name.substr(0, longest)) + (name.size() > longest ? "...\"" : "\"");
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace jujubackup
