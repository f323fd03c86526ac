// A command to a folder as it came, and what taking it apart and answering it have in common.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/error.hpp>
#include <jujubackup/job.hpp>

#include "database/extended_json.hpp"
#include "database/folder_commands.hpp"

namespace jujubackup::database {

struct FolderSession::Call {
  std::string name;
  std::string database;
  Document command;
  std::string collection;  // what the command's first value says, if it is a string
  std::string_view json;
  Job* job = nullptr;

  Namespace where() const { return {database, collection}; }
};

// How every answer ends.
inline constexpr std::string_view fine = R"("ok":{"$numberDouble":"1.0"}})";

inline std::string number(std::int64_t value) { return R"({"$numberLong":")" + std::to_string(value) + "\"}"; }

inline std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

inline Document document_in(Document document, std::string_view name) {
  const auto field = bson::find_field(document, name);
  return field && field->is(bson::Type::document) ? field->value : Document();
}

inline std::int64_t number_in(Document document, std::string_view name, std::int64_t otherwise) {
  const auto field = bson::find_field(document, name);
  return field ? field->integer().value_or(otherwise) : otherwise;
}

// As mongod: true and numbers other than zero.
inline bool is_set(Document document, std::string_view name) {
  const auto field = bson::find_field(document, name);
  if (!field) return false;
  if (field->is(bson::Type::boolean)) return field->value.front() != std::byte{0};
  return field->integer().value_or(0) != 0;
}

inline std::vector<Document> documents_in(Document document, std::string_view name) {
  const auto list = bson::find_field(document, name);
  if (!list || !list->is(bson::Type::array)) throw Error(ErrorCode::program, "a command without " + std::string(name));
  std::vector<Document> documents;
  bson::for_each_field(list->value, [&](const bson::Field& item) {
    if (!item.is(bson::Type::document)) throw Error(ErrorCode::program, "an element of " + std::string(name) + " is no document");
    documents.push_back(item.value);
    return true;
  });
  return documents;
}

}  // namespace jujubackup::database
