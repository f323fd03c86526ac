// A small tree of values: what JSON and YAML texts are read into and written from.
//
// Reading uses a library with limits of ours; writing is our own, since no library escapes, orders and formats as Go's
// encoding/json does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace jujubackup {

class Value {
 public:
  using Array = std::vector<Value>;
  // In order of appearance; a repeated key stays repeated.
  using Object = std::vector<std::pair<std::string, Value>>;

  Value() = default;  // null
  Value(bool value) : data_(value) {}
  Value(std::int64_t value) : data_(value) {}
  Value(int value) : data_(static_cast<std::int64_t>(value)) {}
  Value(std::uint64_t value) : data_(value) {}
  Value(double value) : data_(value) {}
  Value(std::string value) : data_(std::move(value)) {}
  Value(std::string_view value) : data_(std::string(value)) {}
  Value(const char* value) : data_(std::string(value)) {}
  Value(Array value) : data_(std::move(value)) {}
  Value(Object value) : data_(std::move(value)) {}

  bool is_null() const noexcept { return std::holds_alternative<std::monostate>(data_); }
  // Null unless the value is of that kind. Whole numbers are int64 if they fit, else uint64, else double.
  const bool* boolean() const noexcept { return std::get_if<bool>(&data_); }
  const std::int64_t* integer() const noexcept { return std::get_if<std::int64_t>(&data_); }
  const std::uint64_t* unsigned_integer() const noexcept { return std::get_if<std::uint64_t>(&data_); }
  const double* real() const noexcept { return std::get_if<double>(&data_); }
  const std::string* string() const noexcept { return std::get_if<std::string>(&data_); }
  const Array* array() const noexcept { return std::get_if<Array>(&data_); }
  const Object* object() const noexcept { return std::get_if<Object>(&data_); }

  // The last value under exactly `key`; null if this is no object or has no such key.
  const Value* find(std::string_view key) const noexcept;

 private:
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> data_;
};

struct TextLimits {
  std::size_t max_bytes = std::size_t{1} << 20;
  int max_depth = 32;
  std::size_t max_values = SIZE_MAX;  // two bytes of JSON can make forty of ours
};

// Error(corrupt) `invalid JSON at byte N`, Error(limit). Never quotes the text.
Value parse_json(std::string_view text, const TextLimits& limits = {});

enum class JsonStyle { compact, indented };  // indented: two spaces, a newline at the end
// As Go's encoder: HTML escapes (<, >, &, U+2028, U+2029), invalid UTF-8 as \ufffd, floats as Go formats them.
std::string write_json(const Value& value, JsonStyle style = JsonStyle::compact);
// One string with its quotes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace jujubackup
