#include "bson/document.hpp"

#include <cmath>
#include <cstring>

#include <jujubackup/error.hpp>

namespace jujubackup::bson {
namespace {

[[noreturn]] void invalid(const std::string& why) { throw Error(ErrorCode::corrupt, "invalid BSON: " + why); }

std::uint32_t read_u32(std::span<const std::byte> bytes) noexcept {
  return std::to_integer<std::uint32_t>(bytes[0]) | std::to_integer<std::uint32_t>(bytes[1]) << 8 |
         std::to_integer<std::uint32_t>(bytes[2]) << 16 | std::to_integer<std::uint32_t>(bytes[3]) << 24;
}

std::uint64_t read_u64(std::span<const std::byte> bytes) noexcept {
  return read_u32(bytes) | static_cast<std::uint64_t>(read_u32(bytes.subspan(4))) << 32;
}

// The length of the text that begins `bytes`, without its NUL.
std::size_t text_bytes(std::span<const std::byte> bytes, const char* what) {
  const void* end = bytes.empty() ? nullptr : std::memchr(bytes.data(), 0, bytes.size());
  if (end == nullptr) invalid(std::string(what) + " without an end");
  return static_cast<std::size_t>(static_cast<const std::byte*>(end) - bytes.data());
}

std::size_t at_most(std::uint64_t wanted, std::span<const std::byte> rest) {
  if (wanted > rest.size()) invalid("a value past the end");
  return static_cast<std::size_t>(wanted);
}

// A string with its length before it.
std::size_t counted_text_bytes(std::span<const std::byte> rest) {
  at_most(4, rest);
  const std::uint32_t length = read_u32(rest);
  if (length == 0) invalid("a string without an end");
  const std::size_t size = at_most(std::uint64_t{4} + length, rest);
  if (rest[size - 1] != std::byte{0}) invalid("a string without an end");
  return size;
}

std::size_t document_bytes(std::span<const std::byte> rest) {
  at_most(4, rest);
  const std::uint32_t length = read_u32(rest);
  if (length < 5) invalid("an embedded document of an impossible length");
  const std::size_t size = at_most(length, rest);
  if (rest[size - 1] != std::byte{0}) invalid("an embedded document without an end");
  return size;
}

// How many bytes of `rest` the value of that type takes. Types as of bsonspec.org 1.1, the deprecated ones included.
std::size_t value_bytes(std::uint8_t type, std::span<const std::byte> rest) {
  switch (type) {
    case 0x06:  // undefined
    case 0x0a:  // null
    case 0x7f:  // max key
    case 0xff:  // min key
      return 0;
    case 0x08:  // boolean
      return at_most(1, rest);
    case 0x10:  // int32
      return at_most(4, rest);
    case 0x01:  // double
    case 0x09:  // date
    case 0x11:  // timestamp
    case 0x12:  // int64
      return at_most(8, rest);
    case 0x07:  // object id
      return at_most(12, rest);
    case 0x13:  // decimal128
      return at_most(16, rest);
    case 0x02:  // string
    case 0x0d:  // code
    case 0x0e:  // symbol
      return counted_text_bytes(rest);
    case 0x0c:  // DBPointer
      return at_most(counted_text_bytes(rest) + 12, rest);
    case 0x03:  // document
    case 0x04:  // array
      return document_bytes(rest);
    case 0x05:  // binary: length, subtype, bytes
      at_most(5, rest);
      return at_most(std::uint64_t{5} + read_u32(rest), rest);
    case 0x0b: {  // regular expression: pattern, options
      const std::size_t pattern = text_bytes(rest, "a regular expression") + 1;
      return pattern + text_bytes(rest.subspan(pattern), "a regular expression") + 1;
    }
    case 0x0f: {  // code with scope: length of all, code, document
      at_most(4, rest);
      const std::uint32_t length = read_u32(rest);
      if (length < 14) invalid("code with scope of an impossible length");
      return at_most(length, rest);
    }
    default: invalid("unknown type " + std::to_string(type));
  }
}

}  // namespace

std::optional<std::string_view> Field::string() const noexcept {
  if (!is(Type::string) || value.size() < 5) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(value.data()) + 4, value.size() - 5);
}

std::optional<std::int64_t> Field::integer() const noexcept {
  if (is(Type::int32) && value.size() == 4) return static_cast<std::int32_t>(read_u32(value));
  if (is(Type::int64) && value.size() == 8) return static_cast<std::int64_t>(read_u64(value));
  if (!is(Type::real) || value.size() != 8) return std::nullopt;
  const std::uint64_t bits = read_u64(value);
  double number = 0;
  std::memcpy(&number, &bits, sizeof number);
  // 2^63 is the first double that no int64 holds; the comparison is false for what is no number.
  constexpr double beyond = 9223372036854775808.0;
  if (!(number >= -beyond && number < beyond) || std::trunc(number) != number) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

void for_each_field(std::span<const std::byte> document, const std::function<bool(const Field&)>& visit) {
  if (document.size() < 5) invalid("shorter than an empty document");
  if (read_u32(document) != document.size()) invalid("the length is not that of the document");
  if (document.back() != std::byte{0}) invalid("no terminating zero byte");

  std::span<const std::byte> rest = document.subspan(4, document.size() - 5);
  while (!rest.empty()) {
    Field field;
    field.type = std::to_integer<std::uint8_t>(rest.front());
    // A zero byte where a type is due would end the document before its length says so.
    if (field.type == 0) invalid("it ends before its length says so");
    rest = rest.subspan(1);
    const std::size_t name_bytes = text_bytes(rest, "a name");
    field.name = std::string_view(reinterpret_cast<const char*>(rest.data()), name_bytes);
    rest = rest.subspan(name_bytes + 1);
    const std::size_t size = value_bytes(field.type, rest);
    field.value = rest.first(size);
    rest = rest.subspan(size);
    if (!visit(field)) return;
  }
}

std::optional<Field> find_field(std::span<const std::byte> document, std::string_view name) {
  std::optional<Field> found;
  for_each_field(document, [&](const Field& field) {
    if (field.name != name) return true;
    found = field;
    return false;
  });
  return found;
}

}  // namespace jujubackup::bson
