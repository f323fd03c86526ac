#include "database/folder.hpp"

#include <algorithm>
#include <string_view>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "io/tree_files.hpp"
#include "io/walk.hpp"

namespace jujubackup::database {
namespace {

constexpr std::string_view suffix = ".bson";
constexpr std::size_t max_database_name_bytes = 63;
// With ".metadata.json" still a file's name.
constexpr std::size_t max_collection_name_bytes = 235;

bool has_control(std::string_view name) {
  return std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_database_name(std::string_view name) {
  return !name.empty() && name.size() <= max_database_name_bytes && name.find_first_of("/\\. \"$*<>:|?") == std::string_view::npos &&
         !has_control(name);
}

bool is_collection_name(std::string_view name) {
  return !name.empty() && name.size() <= max_collection_name_bytes && !name.starts_with('.') && name.find('/') == std::string_view::npos &&
         !has_control(name);
}

}  // namespace

std::string Folder::database_path(const std::string& database) const {
  if (!is_database_name(database)) throw Error(ErrorCode::invalid_argument, quoted_name(database) + " is no name of a database");
  return join_path(directory_, database);
}

std::string Folder::bson_path(const Namespace& where) const {
  if (!is_collection_name(where.collection)) {
    throw Error(ErrorCode::invalid_argument, quoted_name(where.collection) + " is no name of a collection");
  }
  return join_path(database_path(where.database), where.collection + std::string(suffix));
}

std::string Folder::metadata_path(const Namespace& where) const {
  const std::string path = bson_path(where);
  return path.substr(0, path.size() - suffix.size()) + ".metadata.json";
}

std::vector<std::string> Folder::databases() const {
  std::vector<std::string> names = glob_names(directory_, "*");
  std::erase_if(names, [&](const std::string& name) {
    return !is_database_name(name) || look_at(join_path(directory_, name)).kind != FileKind::directory;
  });
  return names;
}

std::vector<std::string> Folder::collections(const std::string& database) const {
  std::vector<std::string> names;
  const std::string path = database_path(database);
  if (look_at(path).kind != FileKind::directory) return names;
  for (const std::string& file : glob_names(path, "*.bson")) {
    const std::string name = file.substr(0, file.size() - suffix.size());
    if (is_collection_name(name) && look_at(join_path(path, file)).kind == FileKind::file) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<Namespace> Folder::namespaces() const {
  std::vector<Namespace> all;
  for (const std::string& database : databases()) {
    for (std::string& collection : collections(database)) all.push_back({database, std::move(collection)});
  }
  return all;
}

bool Folder::has(const Namespace& where) const {
  const std::string path = bson_path(where);
  return look_at(parent_of(path)).kind == FileKind::directory && look_at(path).kind == FileKind::file;
}

void Folder::for_each(const Namespace& where, const std::function<bool(Document)>& visit, Job* job) const {
  if (!has(where)) return;
  BsonReader reader(bson_path(where));
  while (const auto document = reader.next()) {
    job_check(job);
    if (!visit(*document)) return;
  }
}

void Folder::rewrite(const Namespace& where, const std::function<void(Document, const Write&)>& visit,
                     const std::function<void(const Write&)>& end, Job* job) {
  const std::string path = bson_path(where);
  make_durable_directory(parent_of(path));
  BsonWriter writer(path);
  const Write write = [&](Document document) { writer.write(document); };
  if (visit) {
    for_each(
        where,
        [&](Document document) {
          visit(document, write);
          return true;
        },
        job);
  }
  if (end) end(write);
  writer.publish();
}

bool Folder::drop(const Namespace& where) {
  if (!has(where)) return false;
  // The description first: without it the collection is still whole.
  remove_durably(metadata_path(where));
  remove_durably(bson_path(where));
  return true;
}

void Folder::drop_database(const std::string& database) { remove_durably(database_path(database)); }

}  // namespace jujubackup::database
