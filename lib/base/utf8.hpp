// UTF-8, one character at a time, with Go's idea of what is valid and printable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jujubackup {

struct Rune {
  char32_t value = 0;
  std::size_t length = 0;  // in bytes
  bool valid = false;      // if not, length is 1
};

// The character that begins at `at`, which must be inside `text`. No surrogates, no overlong forms, nothing above U+10FFFF.
Rune rune_at(std::string_view text, std::size_t at) noexcept;

// Each byte that belongs to no valid character becomes U+FFFD.
std::string to_valid_utf8(std::string_view text);

// strconv.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space.
bool is_printable(char32_t rune) noexcept;

}  // namespace jujubackup
