#include "restore_run/document_changes.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <jujubackup/error.hpp>

#include "database/bson_file.hpp"
#include "io/temp_file.hpp"
#include "io/tree_files.hpp"
#include "io/walk.hpp"

namespace jujubackup::restore_run {
namespace {

// Those of the changes' collections that are not there.
Value::Array missing_collections(const std::vector<DocumentChange>& changes, DatabaseSession& session, Job* job) {
  std::set<std::string> touched;
  std::map<std::string, std::vector<std::string>> there;  // by database
  for (const DocumentChange& change : changes) {
    touched.insert(change.where.text());
    if (there.contains(change.where.database)) continue;
    there.emplace(change.where.database, database::collection_names(session, change.where.database, job));
  }
  Value::Array missing;
  for (const std::string& name : touched) {
    const database::Namespace where = database::parse_namespace(name);
    const std::vector<std::string>& names = there[where.database];
    if (std::find(names.begin(), names.end(), where.collection) == names.end()) missing.emplace_back(name);
  }
  return missing;
}

const Value::Array& list_in(const Value& kept, std::string_view key, const std::string& path) {
  const Value* list = kept.find(key);
  if (list == nullptr || list->array() == nullptr) throw Error(ErrorCode::corrupt, path + ": is not what was written");
  return *list->array();
}

}  // namespace

void keep_documents(const std::string& path, const std::vector<DocumentChange>& changes, DatabaseSession& session, Job* job) {
  if (look_at(path).kind != FileKind::missing) return;
  Value::Array kept;
  for (const DocumentChange& change : changes) {
    std::optional<Value> now = database::find_one(session, change.where, {{"_id", change.id}}, job);
    Value::Object one = {{"in", change.where.text()}, {"id", change.id}};
    if (now) one.emplace_back("document", std::move(*now));
    kept.emplace_back(std::move(one));
  }
  const std::string text = write_json(Value::Object{{"documents", std::move(kept)}, {"new", missing_collections(changes, session, job)}});
  if (text.size() > database::answer_limits().max_bytes) throw Error(ErrorCode::limit, "too many documents would be changed");
  database::make_durable_directory(parent_of(path));
  TempFile file(parent_of(path));
  file.write(std::as_bytes(std::span(text)));
  file.publish(path.substr(path.rfind('/') + 1), true);
}

void apply_changes(const std::vector<DocumentChange>& changes, DatabaseSession& session, Job* job) {
  for (const DocumentChange& change : changes) {
    if (change.after) {
      database::put(session, change.where, *change.after, job);
    } else {
      database::remove(session, change.where, {{"_id", change.id}}, job);
    }
  }
}

std::optional<KeptDocuments> kept_documents(const std::string& path) {
  if (look_at(path).kind == FileKind::missing) return std::nullopt;
  const TextLimits limits = database::answer_limits();
  const Value written = parse_json(read_small_file(path, limits.max_bytes), limits);
  KeptDocuments kept;
  for (const Value& each : list_in(written, "documents", path)) {
    const Value* id = each.find("id");
    const Value* document = each.find("document");
    if (id == nullptr) throw Error(ErrorCode::corrupt, path + ": a document without an id");
    DocumentChange change{database::parse_namespace(database::text_in(each, "in")), *id, std::nullopt};
    if (document != nullptr) change.after = *document;
    kept.before.push_back(std::move(change));
  }
  for (const Value& each : list_in(written, "new", path)) {
    if (each.string() != nullptr) kept.new_collections.push_back(database::parse_namespace(*each.string()));
  }
  return kept;
}

void put_back(const KeptDocuments& kept, DatabaseSession& session, Job* job) {
  apply_changes(kept.before, session, job);
  for (const database::Namespace& where : kept.new_collections) {
    if (!database::find_one(session, where, {}, job)) database::drop_collection(session, where, job);
  }
}

}  // namespace jujubackup::restore_run
