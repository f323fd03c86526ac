#include "controller/wire_fields.hpp"

#include <jujubackup/error.hpp>

#include "base/text.hpp"

namespace jujubackup {
namespace {

Error wrong(std::string_view key, std::string_view what) {
  return {ErrorCode::corrupt, "\"" + std::string(key) + "\" in a message of Juju's API is not " + std::string(what)};
}

const Value* present(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

}  // namespace

std::string text_at(const Value& object, std::string_view key) {
  const Value* value = present(object, key);
  if (value == nullptr) return {};
  if (value->string() == nullptr) throw wrong(key, "a string");
  return *value->string();
}

std::int64_t integer_at(const Value& object, std::string_view key) {
  const Value* value = present(object, key);
  if (value == nullptr) return 0;
  if (value->integer() == nullptr) throw wrong(key, "a whole number of 64 bits");
  return *value->integer();
}

const Value::Array& array_at(const Value& object, std::string_view key) {
  static const Value::Array none;
  const Value* value = present(object, key);
  if (value == nullptr) return none;
  if (value->array() == nullptr) throw wrong(key, "a list");
  return *value->array();
}

std::string shown_text(std::string_view text) {
  constexpr std::size_t longest = 4096;
  const bool cut = text.size() > longest;
  text = text.substr(0, longest);
  std::string shown;
  for (;;) {
    const std::size_t end = text.find('\n');
    shown += printable(text.substr(0, end));
    if (end == std::string_view::npos) break;
    shown += '\n';
    text.remove_prefix(end + 1);
  }
  if (cut) shown += "...";
  return shown;
}

}  // namespace jujubackup
