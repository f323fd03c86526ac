// A folder database over a copy of the genuine dump, and documents in it.
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <jujubackup/database.hpp>

#include "base/json.hpp"
#include "bson/builder.hpp"
#include "database/commands.hpp"
#include "database/extended_json.hpp"
#include "test_support.hpp"

namespace test {

// "{'a': 1}" with single quotes for double ones.
inline std::string json(std::string text) {
  std::replace(text.begin(), text.end(), '\'', '"');
  return text;
}
inline jujubackup::Value value(const std::string& text) { return jujubackup::parse_json(json(text), {1 << 20, 100, 100'000}); }
inline jujubackup::Value::Object object(const std::string& text) { return *value(text).object(); }
inline std::string bson_text(const std::string& text) { return text_of(jujubackup::database::bson_of_json(json(text))); }

inline void copy_dump(const std::string& to) { std::filesystem::copy(data_path("dump"), to, std::filesystem::copy_options::recursive); }

// What the folder holds: every file's bytes.
inline std::vector<std::string> snapshot(const std::string& directory) {
  std::vector<std::string> all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) all.push_back(entry.path().string() + ": " + read_file(entry.path().string()));
  }
  std::sort(all.begin(), all.end());
  return all;
}

struct FolderFixture {
  explicit FolderFixture(bool with_dump = true) {
    if (with_dump) copy_dump(directory);
    database = jujubackup::folder_database(directory);
    session = database->open({}, nullptr);
  }
  jujubackup::Value run(const std::string& db, const std::string& command) {
    return jujubackup::parse_json(session->run(db, json(command), nullptr), jujubackup::database::answer_limits());
  }
  std::vector<jujubackup::Value> all(const std::string& where, const std::string& filter = "{}") {
    return jujubackup::database::find_all(*session, jujubackup::database::parse_namespace(where), object(filter), nullptr);
  }
  // The first, as canonical JSON; "" if there is none.
  std::string one(const std::string& where, const std::string& filter) {
    const auto found = jujubackup::database::find_one(*session, jujubackup::database::parse_namespace(where), object(filter), nullptr);
    return found ? jujubackup::write_json(*found) : "";
  }

  Scratch scratch;
  std::string directory = scratch / "db";
  std::unique_ptr<jujubackup::Database> database;
  std::unique_ptr<jujubackup::DatabaseSession> session;
};

inline jujubackup::ErrorCode code_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const jujubackup::Error& error) {
    return error.code();
  }
  return jujubackup::ErrorCode{0};
}

}  // namespace test
