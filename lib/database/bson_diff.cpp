#include "database/bson_diff.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <jujubackup/error.hpp>

namespace jujubackup::database {
namespace {

using bson::Builder;
using bson::Bytes;
using bson::Field;
using bson::Type;
using Document = std::span<const std::byte>;

constexpr std::uint8_t null_type = 0x0a;
constexpr std::int64_t max_array_items = 4'000'000;

[[noreturn]] void bad_diff() { throw Error(ErrorCode::corrupt, "an update of the oplog is not understood"); }

struct Changes {
  std::set<std::string, std::less<>> removed;
  std::map<std::string, Field, std::less<>> updated, inside;
  std::vector<Field> added;
  bool is_array = false;
  std::optional<std::int64_t> length;
};

template <typename Take>
void for_each_in(const Field& field, const Take& take) {
  if (!field.is(Type::document)) bad_diff();
  bson::for_each_field(field.value, [&](const Field& each) {
    take(each);
    return true;
  });
}

bool is_array_diff(Document diff) {
  const auto mark = bson::find_field(diff, "a");
  return mark && mark->is(Type::boolean);
}

Changes changes_of(Document diff) {
  Changes changes;
  changes.is_array = is_array_diff(diff);
  bson::for_each_field(diff, [&](const Field& field) {
    const std::string_view name = field.name;
    if (changes.is_array && name == "a") return true;
    if (changes.is_array && name == "l") {
      changes.length = field.integer();
    } else if (changes.is_array && name.starts_with('u')) {
      changes.updated.insert_or_assign(std::string(name.substr(1)), field);
    } else if (name.starts_with('s')) {
      changes.inside.insert_or_assign(std::string(name.substr(1)), field);
    } else if (name == "d") {
      for_each_in(field, [&](const Field& each) { changes.removed.emplace(each.name); });
    } else if (name == "u") {
      for_each_in(field, [&](const Field& each) { changes.updated.insert_or_assign(std::string(each.name), each); });
    } else if (name == "i") {
      for_each_in(field, [&](const Field& each) { changes.added.push_back(each); });
    } else {
      bad_diff();
    }
    return true;
  });
  return changes;
}

Bytes document_with(Document document, Changes changes) {
  std::set<std::string, std::less<>> added;
  for (const Field& field : changes.added) added.emplace(field.name);
  Builder out;
  bson::for_each_field(document, [&](const Field& field) {
    if (changes.removed.contains(field.name) || added.contains(field.name)) return true;
    const auto update = changes.updated.find(field.name);
    const auto inside = changes.inside.find(field.name);
    const bool fits = inside != changes.inside.end() && inside->second.is(Type::document) &&
                      field.is(is_array_diff(inside->second.value) ? Type::array : Type::document);
    if (update != changes.updated.end()) {
      out.append(field.name, update->second);
      changes.updated.erase(update);
    } else if (fits) {
      out.append(field.name, field.type, with_diff(field.value, inside->second.value));
    } else {
      out.append(field);
    }
    return true;
  });
  for (const auto& [name, field] : changes.updated) out.append(name, field);
  for (const Field& field : changes.added) out.append(field);
  return out.finish();
}

// One more than the last index that is updated.
std::int64_t end_of(const Changes& changes) {
  std::int64_t end = 0;
  for (const auto& [name, field] : changes.updated) {
    std::int64_t index = 0;
    const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    if (error != std::errc() || stop != name.data() + name.size() || index < 0 || index >= max_array_items) bad_diff();
    end = std::max(end, index + 1);
  }
  return end;
}

Bytes array_with(Document array, const Changes& changes) {
  Builder out;
  std::int64_t count = 0;
  const std::int64_t length = changes.length.value_or(max_array_items);
  if (length < 0 || length > max_array_items) bad_diff();
  bson::for_each_field(array, [&](const Field& item) {
    if (count >= length) return false;
    const std::string name = std::to_string(count++);
    const auto update = changes.updated.find(name);
    const auto inside = changes.inside.find(name);
    const bool fits = inside != changes.inside.end() && inside->second.is(Type::document) &&
                      item.is(is_array_diff(inside->second.value) ? Type::array : Type::document);
    if (update != changes.updated.end()) {
      out.append(name, update->second);
    } else if (fits) {
      out.append(name, item.type, with_diff(item.value, inside->second.value));
    } else {
      out.append(name, item);
    }
    return true;
  });
  // What is beyond the end; what lies between is null, as on the server.
  for (const std::int64_t end = std::min(length, end_of(changes)); count < end; ++count) {
    const std::string name = std::to_string(count);
    const auto update = changes.updated.find(name);
    if (update == changes.updated.end()) {
      out.append(name, null_type, {});
    } else {
      out.append(name, update->second);
    }
  }
  return out.finish();
}

}  // namespace

Bytes with_diff(Document document, Document diff) {
  Changes changes = changes_of(diff);
  return changes.is_array ? array_with(document, changes) : document_with(document, std::move(changes));
}

}  // namespace jujubackup::database
