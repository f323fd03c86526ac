// What changes documents of a folder: insert, update, delete.
#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <jujubackup/error.hpp>

#include "database/folder_call.hpp"
#include "database/folder_commands.hpp"

namespace jujubackup::database {
namespace {

bson::Bytes with_id(Document document) {
  if (bson::find_field(document, "_id")) return {document.begin(), document.end()};
  bson::Builder out;
  const auto id = new_object_id();
  out.append("_id", object_id_type, id);
  bson::for_each_field(document, [&](const bson::Field& field) {
    out.append(field);
    return true;
  });
  return out.finish();
}

std::string duplicate_key(std::int64_t written, std::size_t index) {
  return R"({"n":)" + number(written) + R"(,"writeErrors":[{"index":)" + number(static_cast<std::int64_t>(index)) +
         R"(,"code":{"$numberInt":"11000"},"errmsg":"duplicate key: _id"}],)" + std::string(fine);
}

}  // namespace

std::string FolderSession::insert(const Call& call) {
  std::vector<bson::Bytes> documents;
  for (const Document document : documents_in(call.command, "documents")) documents.push_back(with_id(document));
  std::set<std::string> wanted, there;
  for (const bson::Bytes& each : documents) wanted.insert(id_key(each));
  state_->folder.for_each(
      call.where(),
      [&](Document document) {
        const std::string key = id_key(document);
        if (wanted.contains(key)) there.insert(key);
        return true;
      },
      call.job);
  // As mongod, ordered: those before the first that is there already are inserted.
  std::size_t good = 0;
  while (good < documents.size() && there.insert(id_key(documents[good])).second) ++good;
  if (good > 0) {
    state_->folder.rewrite(
        call.where(), [](Document document, const Folder::Write& write) { write(document); },
        [&](const Folder::Write& write) {
          for (std::size_t i = 0; i < good; ++i) write(documents[i]);
        },
        call.job);
  }
  if (good < documents.size()) return duplicate_key(static_cast<std::int64_t>(good), good);
  return R"({"n":)" + number(static_cast<std::int64_t>(good)) + "," + std::string(fine);
}

FolderSession::Updated FolderSession::update_one(const Namespace& where, Document statement, Job* job) {
  const Document filter = document_in(statement, "q"), change = document_in(statement, "u");
  if (filter.empty() || change.empty()) throw Error(ErrorCode::program, "an update without a filter or a change");
  const bool multi = is_set(statement, "multi");
  if (multi && is_replacement(change)) throw Error(ErrorCode::program, "a whole document cannot replace several");
  Updated result;
  // First whether there is anything to change: what would stay as it is, is not written again.
  state_->folder.for_each(
      where,
      [&](Document document) {
        if (!matches(document, filter)) return true;
        ++result.matched;
        const bson::Bytes after = updated(document, change);
        if (!std::ranges::equal(after, document)) ++result.modified;
        return multi;
      },
      job);
  result.upserted = result.matched == 0 && is_set(statement, "upsert");
  if (result.modified == 0 && !result.upserted) return result;
  bool done = false;
  state_->folder.rewrite(
      where,
      [&](Document document, const Folder::Write& write) {
        if (done || !matches(document, filter)) return write(document);
        done = !multi;
        write(updated(document, change));
      },
      [&](const Folder::Write& write) {
        if (result.upserted) write(with_id(upserted(filter, change)));
      },
      job);
  return result;
}

std::string FolderSession::update(const Call& call) {
  std::int64_t matched = 0, modified = 0, upserted = 0;
  for (const Document statement : documents_in(call.command, "updates")) {
    const Updated one = update_one(call.where(), statement, call.job);
    matched += one.matched;
    modified += one.modified;
    if (one.upserted) ++upserted;
  }
  return R"({"n":)" + number(matched + upserted) + R"(,"nModified":)" + number(modified) + "," + std::string(fine);
}

std::string FolderSession::remove(const Call& call) {
  std::int64_t removed = 0;
  for (const Document statement : documents_in(call.command, "deletes")) {
    const Document filter = document_in(statement, "q");
    if (filter.empty()) throw Error(ErrorCode::program, "a delete without a filter");
    const bool one = number_in(statement, "limit", 0) == 1;
    bool any = false;
    state_->folder.for_each(
        call.where(),
        [&](Document document) {
          any = matches(document, filter);
          return !any;
        },
        call.job);
    if (!any) continue;
    std::int64_t here = 0;
    state_->folder.rewrite(
        call.where(),
        [&](Document document, const Folder::Write& write) {
          if ((one && here > 0) || !matches(document, filter)) return write(document);
          ++here;
        },
        {}, call.job);
    removed += here;
  }
  return R"({"n":)" + number(removed) + "," + std::string(fine);
}

}  // namespace jujubackup::database
