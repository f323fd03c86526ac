#include "client/merge.hpp"

#include <algorithm>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/json.hpp"
#include "base/yaml.hpp"
#include "client/files.hpp"

namespace jujubackup::client {
namespace {

constexpr std::string_view entries_key = "controllers";

Value::Object read_file(std::string_view text) {
  TextLimits limits;
  limits.max_bytes = max_file_bytes;
  const Value file = parse_yaml(text, limits);
  if (file.is_null()) return {};
  if (file.object() == nullptr) throw Error(ErrorCode::corrupt, "it is not a mapping");
  return *file.object();
}

// In the order of the file; empty if there are none.
Value::Object entries_of(const Value::Object& file) {
  for (const auto& [key, value] : file) {
    if (key != entries_key || value.is_null()) continue;
    if (value.object() == nullptr) throw Error(ErrorCode::corrupt, std::string(entries_key) + " is not a mapping");
    return *value.object();
  }
  return {};
}

const Value* entry_of(const Value::Object& entries, std::string_view name) {
  const auto found = std::find_if(entries.begin(), entries.end(), [name](const auto& entry) { return entry.first == name; });
  return found == entries.end() ? nullptr : &found->second;
}

bool same(const Value& a, const Value& b) { return write_json(a) == write_json(b); }

void set(Value::Object& members, std::string_view key, Value value) {
  const auto found = std::find_if(members.begin(), members.end(), [key](const auto& member) { return member.first == key; });
  if (found == members.end()) {
    members.emplace_back(std::string(key), std::move(value));
  } else {
    found->second = std::move(value);
  }
}

}  // namespace

MergedFile merge_controllers(std::string_view here, std::string_view backup, const std::vector<std::string>& names) {
  Value::Object file = read_file(here);
  Value::Object entries = entries_of(file);
  const Value::Object theirs = entries_of(read_file(backup));
  MergedFile merged;
  for (const std::string& name : names) {
    const Value* wanted = entry_of(theirs, name);
    if (wanted == nullptr) continue;
    const Value* present = entry_of(entries, name);
    if (present != nullptr && same(*present, *wanted)) continue;
    set(entries, name, *wanted);
    merged.changed = true;
  }
  merged.text = here;
  if (!merged.changed) return merged;
  // As Juju writes them.
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  set(file, entries_key, std::move(entries));
  merged.text = write_yaml(file);
  if (merged.text.size() > max_file_bytes) throw Error(ErrorCode::limit, "the merged file is larger than any file of juju's");
  return merged;
}

std::vector<std::string> controller_names(std::string_view text) {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_of(read_file(text))) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<ClientDifference> compare_controller(std::string_view here, std::string_view backup, std::string_view name) {
  const Value::Object ours = entries_of(read_file(here));
  const Value::Object theirs = entries_of(read_file(backup));
  const Value* present = entry_of(ours, name);
  const Value* archived = entry_of(theirs, name);
  if (present == nullptr && archived == nullptr) return std::nullopt;
  if (present == nullptr) return ClientDifference::only_in_backup;
  if (archived == nullptr) return ClientDifference::only_here;
  return same(*present, *archived) ? ClientDifference::same : ClientDifference::differs;
}

}  // namespace jujubackup::client
