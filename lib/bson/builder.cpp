#include "bson/builder.hpp"

#include <utility>

#include <jujubackup/error.hpp>

namespace jujubackup::bson {
namespace {

constexpr std::uint8_t code_with_scope = 0x0f;

void put_u32(std::span<std::byte> into, std::uint32_t number) {
  for (std::size_t i = 0; i < 4; ++i) into[i] = static_cast<std::byte>(number >> (8 * i) & 0xffu);
}

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

// The document at the end of code with scope: after a length, and code with a length of its own.
std::span<const std::byte> scope_of(std::span<const std::byte> value) {
  std::uint32_t code_bytes = 0;
  for (std::size_t i = 0; i < 4; ++i) code_bytes |= std::to_integer<std::uint32_t>(value[4 + i]) << (8 * i);
  if (code_bytes == 0 || std::uint64_t{8} + code_bytes > value.size()) throw Error(ErrorCode::corrupt, "invalid BSON: code past its end");
  return value.subspan(std::size_t{8} + code_bytes);
}

}  // namespace

Builder::Builder() : bytes_(4) {}

void Builder::append(std::string_view name, std::uint8_t type, std::span<const std::byte> value) {
  if (name.find('\0') != std::string_view::npos) throw Error(ErrorCode::invalid_argument, "a field's name holds a zero byte");
  bytes_.push_back(static_cast<std::byte>(type));
  const auto name_bytes = bytes_of(name);
  bytes_.insert(bytes_.end(), name_bytes.begin(), name_bytes.end());
  bytes_.push_back(std::byte{0});
  bytes_.insert(bytes_.end(), value.begin(), value.end());
}

void Builder::append_string(std::string_view name, std::string_view text) {
  Bytes value(4);
  put_u32(value, static_cast<std::uint32_t>(text.size() + 1));
  const auto text_bytes = bytes_of(text);
  value.insert(value.end(), text_bytes.begin(), text_bytes.end());
  value.push_back(std::byte{0});
  append(name, static_cast<std::uint8_t>(Type::string), value);
}

Bytes Builder::finish() {
  bytes_.push_back(std::byte{0});
  if (bytes_.size() > max_document_bytes) throw Error(ErrorCode::limit, "a document would be too large");
  put_u32(bytes_, static_cast<std::uint32_t>(bytes_.size()));
  return std::move(bytes_);
}

void check_document(std::span<const std::byte> document, int max_depth) {
  if (max_depth <= 0) throw Error(ErrorCode::corrupt, "invalid BSON: nested too deeply");
  for_each_field(document, [&](const Field& field) {
    if (field.is(Type::document) || field.is(Type::array)) check_document(field.value, max_depth - 1);
    if (field.type == code_with_scope) check_document(scope_of(field.value), max_depth - 1);
    return true;
  });
}

}  // namespace jujubackup::bson
