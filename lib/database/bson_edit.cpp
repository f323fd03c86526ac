#include "database/bson_edit.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "database/bson_diff.hpp"

namespace jujubackup::database {
namespace {

using bson::Builder;
using bson::Bytes;
using bson::Field;
using bson::Type;

constexpr std::ptrdiff_t max_path_parts = 100;
constexpr std::uint8_t null_type = 0x0a;
// Each change copies the document once; an update that would copy more than this is no real one.
constexpr std::uint64_t max_copied_bytes = std::uint64_t{4} << 30;

bool is_container(const Field& field) { return field.is(Type::document) || field.is(Type::array); }

bool has_operators(const Field& field) {
  if (!field.is(Type::document)) return false;
  bool found = false;
  bson::for_each_field(field.value, [&](const Field& each) {
    found = each.name.starts_with('$');
    return false;
  });
  return found;
}

std::pair<std::string_view, std::string_view> split(std::string_view path) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return {path, {}};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

void check_path(std::string_view path) {
  if (path.empty() || path.starts_with('.') || path.ends_with('.') || path.find("..") != std::string_view::npos ||
      std::count(path.begin(), path.end(), '.') >= max_path_parts) {
    throw Error(ErrorCode::program, "a field's path is empty, or has empty or too many parts");
  }
}

using Test = std::function<bool(const Field&)>;

// Whether some value at `path` passes.
bool any_at(Document document, bool is_array, std::string_view path, const Test& test) {
  const auto [head, rest] = split(path);
  bool passes = false;
  bson::for_each_field(document, [&, head = head, rest = rest](const Field& field) {
    if (field.name == head) {
      passes = rest.empty() ? test(field) : is_container(field) && any_at(field.value, field.is(Type::array), rest, test);
      if (!passes && rest.empty() && field.is(Type::array)) {
        bson::for_each_field(field.value, [&](const Field& item) { return !(passes = test(item)); });
      }
    }
    // Not only the element of that index, but the field of that name of each element.
    if (!passes && is_array && field.is(Type::document)) passes = any_at(field.value, false, path, test);
    return !passes;
  });
  return passes;
}

bool is_in(const Field& value, const Field& list) {
  if (!list.is(Type::array)) throw Error(ErrorCode::program, "$in needs an array");
  bool found = false;
  bson::for_each_field(list.value, [&](const Field& item) { return !(found = equal(value, item)); });
  return found;
}

bool equals_at(Document document, const Field& wanted) {
  const auto here = [&](const Test& test) { return any_at(document, false, wanted.name, test); };
  if (here([&](const Field& field) { return equal(field, wanted); })) return true;
  return wanted.type == null_type && !here([](const Field&) { return true; });
}

bool passes_operators(Document document, std::string_view path, Document operators) {
  bool passes = true;
  bson::for_each_field(operators, [&](const Field& each) {
    const auto here = [&](const Test& test) { return any_at(document, false, path, test); };
    if (each.name == "$in" || each.name == "$nin") {
      passes = here([&](const Field& field) { return is_in(field, each); }) == (each.name == "$in");
    } else if (each.name == "$ne") {
      Field wanted = each;
      wanted.name = path;
      passes = !equals_at(document, wanted);
    } else if (each.name == "$exists") {
      const bool wanted = !each.value.empty() && each.value.front() != std::byte{0};
      passes = here([](const Field&) { return true; }) == wanted;
    } else {
      throw Error(ErrorCode::program, "a filter with " + quoted_name(each.name) + " is not understood");
    }
    return passes;
  });
  return passes;
}

// Writes what a field becomes; `old` is null where there is none.
using Edit = std::function<void(Builder&, std::string_view name, const Field* old)>;

Bytes empty_document() { return Builder().finish(); }

// `make`: what is missing on the way is made.
Bytes edited(Document document, std::string_view path, bool make, const Edit& edit) {
  const auto [head, rest] = split(path);
  Builder out;
  bool found = false;
  bson::for_each_field(document, [&, head = head, rest = rest](const Field& field) {
    if (field.name != head || found) {
      out.append(field);
      return true;
    }
    found = true;
    if (rest.empty()) {
      edit(out, head, &field);
    } else if (is_container(field)) {
      out.append(head, field.type, edited(field.value, rest, make, edit));
    } else if (make) {
      throw Error(ErrorCode::program, "a field is to be set inside of a value that is no document");
    } else {
      out.append(field);
    }
    return true;
  });
  if (!found && make) {
    if (rest.empty()) {
      edit(out, head, nullptr);
    } else {
      out.append(head, static_cast<std::uint8_t>(Type::document), edited(empty_document(), rest, make, edit));
    }
  }
  return out.finish();
}

bool is_pulled(const Field& item, const Field& condition) {
  if (condition.is(Type::document) && item.is(Type::document)) return matches(item.value, condition.value);
  return equal(item, condition);
}

void pull(Builder& out, std::string_view name, const Field& old, const Field& condition) {
  if (!old.is(Type::array)) throw Error(ErrorCode::program, "$pull needs an array");
  if (has_operators(condition)) throw Error(ErrorCode::program, "$pull with operators is not understood");
  Builder array;
  std::size_t kept = 0;
  bson::for_each_field(old.value, [&](const Field& item) {
    if (!is_pulled(item, condition)) array.append(std::to_string(kept++), item);
    return true;
  });
  out.append(name, static_cast<std::uint8_t>(Type::array), array.finish());
}

Bytes with_change(Document document, std::string_view kind, const Field& change) {
  check_path(change.name);
  if (kind == "$set") {
    return edited(document, change.name, true, [&](Builder& out, std::string_view name, const Field*) { out.append(name, change); });
  }
  if (kind == "$unset") return edited(document, change.name, false, [](Builder&, std::string_view, const Field*) {});
  if (kind == "$pull") {
    return edited(document, change.name, false,
                  [&](Builder& out, std::string_view name, const Field* old) { pull(out, name, *old, change); });
  }
  throw Error(ErrorCode::program, "an update with " + quoted_name(kind) + " is not understood");
}

Bytes with_operators(Document document, Document update) {
  Bytes result(document.begin(), document.end());
  std::uint64_t copied_bytes = 0;
  bson::for_each_field(update, [&](const Field& each) {
    if (each.name == "$v") return true;
    if (!each.is(Type::document)) throw Error(ErrorCode::program, "an update's " + quoted_name(each.name) + " is no document");
    bson::for_each_field(each.value, [&](const Field& change) {
      copied_bytes += result.size();
      if (copied_bytes > max_copied_bytes) throw Error(ErrorCode::limit, "an update changes too much at once");
      result = with_change(result, each.name, change);
      return true;
    });
    return true;
  });
  return result;
}

// `document` with the _id of `from`, which comes first, unless it has one.
Bytes with_id_of(Document document, Document from) {
  const auto id = bson::find_field(from, "_id");
  if (!id || bson::find_field(document, "_id") || has_operators(*id)) return {document.begin(), document.end()};
  Builder out;
  out.append(*id);
  bson::for_each_field(document, [&](const Field& field) {
    out.append(field);
    return true;
  });
  return out.finish();
}

}  // namespace

bool equal(const Field& a, const Field& b) {
  const auto number_a = a.integer(), number_b = b.integer();
  if (number_a || number_b) return number_a == number_b;
  return a.type == b.type && std::ranges::equal(a.value, b.value);
}

std::string key_of(const Field& value) {
  if (const auto number = value.integer()) return "n" + std::to_string(*number);
  std::string key = {'t', static_cast<char>(value.type)};
  key.append(reinterpret_cast<const char*>(value.value.data()), value.value.size());
  return key;
}

std::string id_key(Document document) {
  const auto id = bson::find_field(document, "_id");
  return id ? key_of(*id) : "";
}

bool matches(Document document, Document filter) {
  bool all = true;
  bson::for_each_field(filter, [&](const Field& wanted) {
    if (wanted.name.starts_with('$')) throw Error(ErrorCode::program, "a filter with " + quoted_name(wanted.name) + " is not understood");
    check_path(wanted.name);
    all = has_operators(wanted) ? passes_operators(document, wanted.name, wanted.value) : equals_at(document, wanted);
    return all;
  });
  return all;
}

bool is_replacement(Document update) {
  bool has_dollar = false;
  bson::for_each_field(update, [&](const Field& field) {
    has_dollar = field.name.starts_with('$');
    return false;
  });
  return !has_dollar;
}

Bytes updated(Document document, Document update) {
  if (!is_replacement(update)) return with_operators(document, update);
  const auto old_id = bson::find_field(document, "_id"), new_id = bson::find_field(update, "_id");
  if (old_id && new_id && !equal(*old_id, *new_id)) throw Error(ErrorCode::program, "a document's _id cannot be changed");
  return with_id_of(update, document);
}

Bytes upserted(Document filter, Document update) {
  if (is_replacement(update)) return with_id_of(update, filter);
  Bytes made = empty_document();
  bson::for_each_field(filter, [&](const Field& wanted) {
    if (!has_operators(wanted)) made = with_change(made, "$set", wanted);
    return true;
  });
  return with_operators(made, update);
}

std::optional<Bytes> replayed(std::optional<Document> document, Document change, Document id) {
  if (is_replacement(change)) {
    const auto version = bson::find_field(change, "$v");
    if (!version) return with_id_of(change, id);
  }
  // A change of what is gone: what removed it comes later in the oplog and was in the dump already.
  if (!document) return std::nullopt;
  const auto version = bson::find_field(change, "$v");
  if (!version || version->integer() != 2) return with_operators(*document, change);
  const auto diff = bson::find_field(change, "diff");
  if (!diff || !diff->is(Type::document)) throw Error(ErrorCode::corrupt, "an update of the oplog has no diff");
  return with_diff(*document, diff->value);
}

}  // namespace jujubackup::database
