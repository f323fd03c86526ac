// Our forms of the odd values that go_json prints: lines of kind, tab, value on standard input.
#include <bit>
#include <charconv>
#include <cstdio>
#include <iostream>
#include <string>

#include <jujubackup/time.hpp>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace {

std::string forms_of(std::string_view kind, std::string_view value) {
  const char* const end = value.data() + value.size();
  if (kind == "string") {
    const auto bytes = jujubackup::from_hex(value).value();
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return jujubackup::write_json(text) + ' ' + jujubackup::go_quote(text);
  }
  if (kind == "float") {
    std::uint64_t bits = 0;
    std::from_chars(value.data(), end, bits, 16);
    return jujubackup::write_json(std::bit_cast<double>(bits));
  }
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  const char* const dot = std::from_chars(value.data(), end, seconds).ptr;
  std::from_chars(dot + 1, end, nanoseconds);
  const auto time = jujubackup::Timestamp::from_unix(seconds, nanoseconds);
  return jujubackup::write_json(time.rfc3339()) + ' ' + time.go_string() + ' ' + time.compact();
}

}  // namespace

int main() {
  try {
    for (std::string line; std::getline(std::cin, line);) {
      const auto tab = line.find('\t');
      std::cout << forms_of(std::string_view(line).substr(0, tab), std::string_view(line).substr(tab + 1)) << '\n';
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
