// Making BSON for tests, byte by byte: also what no real writer makes.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace test {

inline std::string little_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}

// One element: type, name, raw value.
inline std::string element(int type, std::string_view name, std::string_view value) {
  std::string out(1, static_cast<char>(type));
  out += name;
  out += '\0';
  out += value;
  return out;
}

inline std::string document(std::string_view elements) {
  std::string out = little_endian(elements.size() + 5, 4);
  out += elements;
  out += '\0';
  return out;
}

inline std::string bson_text(std::string_view text) {
  std::string out = little_endian(text.size() + 1, 4);
  out += text;
  out += '\0';
  return out;
}

inline std::string bson_double(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return little_endian(bits, 8);
}

inline std::string string_field(std::string_view name, std::string_view text) { return element(0x02, name, bson_text(text)); }
inline std::string int32_field(std::string_view name, std::int32_t value) {
  return element(0x10, name, little_endian(static_cast<std::uint32_t>(value), 4));
}
inline std::string int64_field(std::string_view name, std::int64_t value) {
  return element(0x12, name, little_endian(static_cast<std::uint64_t>(value), 8));
}

}  // namespace test
