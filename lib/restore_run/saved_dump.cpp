#include "restore_run/saved_dump.hpp"

#include <algorithm>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/json.hpp"
#include "database/folder.hpp"
#include "io/temp_file.hpp"
#include "io/walk.hpp"

namespace jujubackup::restore_run {
namespace {

constexpr const char* list_name = "saved.json";
constexpr std::size_t max_list_bytes = std::size_t{16} << 20;

}  // namespace

std::string saved_dump_dir(const std::string& directory) { return join_path(directory, "dump"); }

void begin_saved_dump(const std::string& directory) {
  // The list first: without it nobody takes the rest for whole.
  database::remove_durably(join_path(directory, list_name));
  database::remove_durably(directory);
  database::make_durable_directory(saved_dump_dir(directory));
}

std::vector<std::string> finish_saved_dump(const std::string& directory, const std::vector<std::string>& namespaces, Job* job) {
  database::Folder dump(saved_dump_dir(directory));
  // mongodump takes a whole database; what is put back must not be more than what is replaced.
  for (const database::Namespace& where : dump.namespaces()) {
    if (std::find(namespaces.begin(), namespaces.end(), where.text()) == namespaces.end()) dump.drop(where);
  }
  std::vector<std::string> missing;
  Value::Array list;
  for (const std::string& name : namespaces) {
    const database::Namespace where = database::parse_namespace(name);
    if (!dump.has(where)) {
      missing.push_back(name);
      continue;
    }
    dump.for_each(
        where, [](database::Document) { return true; }, job);
    list.emplace_back(name);
  }
  const std::string text = write_json(Value::Object{{"namespaces", std::move(list)}});
  TempFile file(directory);
  file.write(std::as_bytes(std::span(text)));
  file.publish(list_name, true);
  return missing;
}

std::optional<std::vector<std::string>> saved_namespaces(const std::string& directory) {
  const std::string path = join_path(directory, list_name);
  if (look_at(path).kind != FileKind::file) return std::nullopt;
  const Value list = parse_json(read_small_file(path, max_list_bytes), {max_list_bytes});
  const Value* names = list.find("namespaces");
  if (names == nullptr || names->array() == nullptr) throw Error(ErrorCode::corrupt, path + ": is no list of namespaces");
  std::vector<std::string> result;
  for (const Value& each : *names->array()) {
    if (each.string() != nullptr) result.push_back(*each.string());
  }
  return result;
}

}  // namespace jujubackup::restore_run
