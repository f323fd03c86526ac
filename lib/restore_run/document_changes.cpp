#include "restore_run/document_changes.hpp"

#include <utility>

#include <jujubackup/error.hpp>

#include "database/bson_file.hpp"
#include "io/temp_file.hpp"
#include "io/tree_files.hpp"
#include "io/walk.hpp"

namespace jujubackup::restore_run {

void keep_documents(const std::string& path, const std::vector<DocumentChange>& changes, DatabaseSession& session, Job* job) {
  if (look_at(path).kind != FileKind::missing) return;
  Value::Array kept;
  for (const DocumentChange& change : changes) {
    std::optional<Value> now = database::find_one(session, change.where, {{"_id", change.id}}, job);
    Value::Object one = {{"in", change.where.text()}, {"id", change.id}};
    if (now) one.emplace_back("document", std::move(*now));
    kept.emplace_back(std::move(one));
  }
  const std::string text = write_json(Value(std::move(kept)));
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

std::vector<DocumentChange> kept_documents(const std::string& path) {
  std::vector<DocumentChange> changes;
  if (look_at(path).kind == FileKind::missing) return changes;
  const TextLimits limits = database::answer_limits();
  const Value kept = parse_json(read_small_file(path, limits.max_bytes), limits);
  if (kept.array() == nullptr) throw Error(ErrorCode::corrupt, path + ": is no list of documents");
  for (const Value& each : *kept.array()) {
    const Value* id = each.find("id");
    const Value* document = each.find("document");
    if (id == nullptr) throw Error(ErrorCode::corrupt, path + ": a document without an id");
    DocumentChange change{database::parse_namespace(database::text_in(each, "in")), *id, std::nullopt};
    if (document != nullptr) change.after = *document;
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace jujubackup::restore_run
