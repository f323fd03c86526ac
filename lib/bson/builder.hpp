// Writing one BSON document, out of fields of others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bson/document.hpp"

namespace jujubackup::bson {

using Bytes = std::vector<std::byte>;

class Builder {
 public:
  Builder();
  // `name` may have no NUL: Error(invalid_argument).
  void append(std::string_view name, std::uint8_t type, std::span<const std::byte> value);
  void append(std::string_view name, const Field& field) { append(name, field.type, field.value); }
  void append(const Field& field) { append(field.name, field.type, field.value); }
  void append_string(std::string_view name, std::string_view text);
  // The whole document; Error(limit) beyond max_document_bytes. Call once.
  Bytes finish();

 private:
  Bytes bytes_;
};

// Error(corrupt) unless `document` and all that is in it is well-formed and at most `max_depth` levels deep (mongod's own limit is 100).
void check_document(std::span<const std::byte> document, int max_depth = 100);

}  // namespace jujubackup::bson
