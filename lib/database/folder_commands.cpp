#include "database/folder_commands.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "database/extended_json.hpp"

namespace jujubackup::database {
namespace {

using bson::Field;
using bson::Type;

constexpr std::int64_t first_batch_documents = 101;
constexpr std::size_t max_batch_bytes = std::size_t{16} << 20;
constexpr std::size_t max_answer_bytes = std::size_t{47} << 20;
constexpr std::size_t max_cursors = 64;

constexpr std::string_view fine = R"("ok":{"$numberDouble":"1.0"}})";

std::string number(std::int64_t value) { return R"({"$numberLong":")" + std::to_string(value) + "\"}"; }

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

Document document_in(Document document, std::string_view name) {
  const auto field = bson::find_field(document, name);
  return field && field->is(Type::document) ? field->value : Document();
}

std::int64_t number_in(Document document, std::string_view name, std::int64_t otherwise) {
  const auto field = bson::find_field(document, name);
  return field ? field->integer().value_or(otherwise) : otherwise;
}

// As mongod: true and numbers other than zero.
bool is_set(Document document, std::string_view name) {
  const auto field = bson::find_field(document, name);
  if (!field) return false;
  if (field->is(Type::boolean)) return field->value.front() != std::byte{0};
  return field->integer().value_or(0) != 0;
}

std::vector<Document> documents_in(Document document, std::string_view name) {
  const auto list = bson::find_field(document, name);
  if (!list || !list->is(Type::array)) throw Error(ErrorCode::program, "a command without " + std::string(name));
  std::vector<Document> documents;
  bson::for_each_field(list->value, [&](const Field& item) {
    if (!item.is(Type::document)) throw Error(ErrorCode::program, "an element of " + std::string(name) + " is no document");
    documents.push_back(item.value);
    return true;
  });
  return documents;
}

bson::Bytes with_id(Document document) {
  if (bson::find_field(document, "_id")) return {document.begin(), document.end()};
  bson::Builder out;
  const auto id = new_object_id();
  out.append("_id", object_id_type, id);
  bson::for_each_field(document, [&](const Field& field) {
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

struct FolderSession::Call {
  std::string name;
  std::string database;
  Document command;
  std::string collection;  // what the command's first value says, if it is a string
  std::string_view json;
  Job* job = nullptr;

  Namespace where() const { return {database, collection}; }
};

const std::map<std::string, FolderSession::Answer, std::less<>>& FolderSession::answers() {
  using S = FolderSession;
  static const std::map<std::string, Answer, std::less<>> all = {
      {"ping", &S::ok},
      {"endSessions", &S::ok},
      {"logout", &S::ok},
      {"fsync", &S::ok},
      {"hello", &S::hello},
      {"isMaster", &S::hello},
      {"ismaster", &S::hello},
      {"buildInfo", &S::build_info},
      {"buildinfo", &S::build_info},
      {"replSetGetStatus", &S::replica_status},
      {"replSetGetConfig", &S::replica_config},
      {"replSetReconfig", &S::set_replica_config},
      {"replSetInitiate", &S::set_replica_config},
      {"createUser", &S::ok},
      {"updateUser", &S::ok},
      {"dropUser", &S::ok},
      {"usersInfo", &S::no_users},
      {"createRole", &S::ok},
      {"updateRole", &S::ok},
      {"dropRole", &S::ok},
      {"rolesInfo", &S::no_users},
      {"grantRolesToUser", &S::ok},
      {"revokeRolesFromUser", &S::ok},
      {"listDatabases", &S::list_databases},
      {"listCollections", &S::list_collections},
      {"find", &S::find},
      {"getMore", &S::get_more},
      {"killCursors", &S::kill_cursors},
      {"count", &S::count},
      {"insert", &S::insert},
      {"update", &S::update},
      {"delete", &S::remove},
      {"drop", &S::drop},
      {"dropDatabase", &S::drop_database},
  };
  return all;
}

std::string FolderSession::run(std::string_view database, std::string_view command, Job* job) {
  job_check(job);
  const bson::Bytes document = bson_of_json(command);
  Call call;
  bool first = true;
  bson::for_each_field(document, [&](const Field& field) {
    if (std::exchange(first, false)) {
      call.name = field.name;
      call.collection = field.string().value_or("");
    }
    return false;
  });
  const auto answer = answers().find(call.name);
  if (answer == answers().end()) throw Error(ErrorCode::program, "no such command: " + quoted_name(call.name));
  call.database = database;
  call.command = document;
  call.json = command;
  call.job = job;
  return (this->*answer->second)(call);
}

std::string FolderSession::ok(const Call& /*call*/) { return "{" + std::string(fine); }

std::string FolderSession::hello(const Call& /*call*/) {
  return R"({"ismaster":true,"isWritablePrimary":true,"secondary":false,"setName":"juju","me":"localhost:37017",)" + std::string(fine);
}

std::string FolderSession::build_info(const Call& /*call*/) { return R"({"version":"4.4.30",)" + std::string(fine); }

std::string FolderSession::replica_config(const Call& /*call*/) {
  if (state_->replica_config.empty()) {
    state_->replica_config =
        R"({"_id":"juju","version":{"$numberInt":"1"},"members":[{"_id":{"$numberInt":"0"},"host":"localhost:37017","tags":{"juju-machine-id":"0"}}]})";
  }
  return R"({"config":)" + state_->replica_config + "," + std::string(fine);
}

std::string FolderSession::set_replica_config(const Call& call) {
  const Document config = document_in(call.command, call.name);
  if (config.empty() || documents_in(config, "members").size() != 1) {
    throw Error(ErrorCode::program, "a folder's replica set has one member");
  }
  state_->replica_config = json_of_bson(config);
  return ok(call);
}

std::string FolderSession::replica_status(const Call& call) {
  const Value answer = parse_json(replica_config(call), answer_limits());
  const Value* config = answer.find("config");
  std::string set, host;
  if (config != nullptr) {
    set = text_in(*config, "_id");
    const Value* members = config->find("members");
    if (members != nullptr && members->array() != nullptr && !members->array()->empty()) host = text_in(members->array()->front(), "host");
  }
  return R"({"set":)" + quoted(set) + R"(,"myState":{"$numberInt":"1"},"members":[{"_id":{"$numberInt":"0"},"name":)" + quoted(host) +
         R"(,"health":{"$numberDouble":"1.0"},"state":{"$numberInt":"1"},"stateStr":"PRIMARY","self":true}],)" + std::string(fine);
}

std::string FolderSession::no_users(const Call& call) {
  return call.name == "usersInfo" ? R"({"users":[],)" + std::string(fine) : R"({"roles":[],)" + std::string(fine);
}

std::string FolderSession::list_databases(const Call& /*call*/) {
  std::string list;
  for (const std::string& name : state_->folder.databases()) list += (list.empty() ? "" : ",") + (R"({"name":)" + quoted(name) + "}");
  return R"({"databases":[)" + list + "]," + std::string(fine);
}

std::string FolderSession::list_collections(const Call& call) {
  std::string list;
  for (const std::string& name : state_->folder.collections(call.database)) {
    list += (list.empty() ? "" : ",") + (R"({"name":)" + quoted(name) + R"(,"type":"collection","options":{}})");
  }
  return R"({"cursor":{"id":{"$numberLong":"0"},"ns":)" + quoted(call.database + ".$cmd.listCollections") + R"(,"firstBatch":[)" + list +
         "]}," + std::string(fine);
}

std::string FolderSession::batch_of(Cursor cursor, std::int64_t id, std::int64_t documents, const char* name, Job* job) {
  std::string list;
  bool ended = cursor.reader == nullptr;
  const auto take = [&](std::string json) {
    if (json.size() > max_answer_bytes) throw Error(ErrorCode::limit, "a document of " + cursor.where.text() + " is too large as JSON");
    if (!list.empty() && list.size() + json.size() > max_batch_bytes) {
      cursor.waiting = std::move(json);
      return false;
    }
    if (!list.empty()) list += ',';
    list += json;
    --cursor.left;
    --documents;
    return true;
  };
  bool goes_on = !ended;
  if (cursor.waiting && documents > 0) goes_on = take(*std::exchange(cursor.waiting, std::nullopt));
  while (goes_on && !ended && documents > 0 && cursor.left > 0) {
    job_check(job);
    const auto document = cursor.reader->next();
    if (!document) {
      ended = true;
    } else if (matches(*document, cursor.filter)) {
      goes_on = take(json_of_bson(*document));
    }
  }
  ended = ended || cursor.left == 0;
  const std::string where = cursor.where.text();
  if (!ended) {
    if (cursors_.size() >= max_cursors) throw Error(ErrorCode::limit, "too many open cursors");
    if (id == 0) id = next_cursor_++;
    cursors_.emplace(id, std::move(cursor));
  }
  return R"({"cursor":{"id":)" + number(ended ? 0 : id) + R"(,"ns":)" + quoted(where) + ",\"" + name + "\":[" + list + "]}," +
         std::string(fine);
}

std::string FolderSession::find(const Call& call) {
  Cursor cursor;
  cursor.where = call.where();
  if (state_->folder.has(cursor.where)) cursor.reader = std::make_unique<BsonReader>(state_->folder.bson_path(cursor.where));
  const Document filter = document_in(call.command, "filter");
  cursor.filter = filter.empty() ? bson::Builder().finish() : bson::Bytes(filter.begin(), filter.end());
  const std::int64_t limit = number_in(call.command, "limit", 0);
  constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();
  // A negative limit means one batch.
  cursor.left = static_cast<std::uint64_t>(limit == 0 ? no_limit : std::abs(std::max(limit, -no_limit)));
  const bool one_batch = limit < 0 || is_set(call.command, "singleBatch");
  const std::int64_t documents = std::max<std::int64_t>(number_in(call.command, "batchSize", first_batch_documents), 0);
  const std::int64_t before = next_cursor_;
  std::string answer = batch_of(std::move(cursor), 0, documents, "firstBatch", call.job);
  if (one_batch && cursors_.erase(before) != 0) {
    const std::string open = R"("id":)" + number(before);
    answer.replace(answer.find(open), open.size(), R"("id":)" + number(0));
  }
  return answer;
}

std::string FolderSession::get_more(const Call& call) {
  const std::int64_t id = number_in(call.command, "getMore", 0);
  const auto cursor = cursors_.find(id);
  if (cursor == cursors_.end()) throw Error(ErrorCode::program, "cursor id not found");
  Cursor taken = std::move(cursor->second);
  cursors_.erase(cursor);
  std::int64_t documents = number_in(call.command, "batchSize", 0);
  if (documents <= 0) documents = std::numeric_limits<std::int64_t>::max();
  return batch_of(std::move(taken), id, documents, "nextBatch", call.job);
}

std::string FolderSession::kill_cursors(const Call& call) {
  const auto list = bson::find_field(call.command, "cursors");
  if (list && list->is(Type::array)) {
    bson::for_each_field(list->value, [&](const Field& id) {
      cursors_.erase(id.integer().value_or(0));
      return true;
    });
  }
  return ok(call);
}

std::string FolderSession::count(const Call& call) {
  const Document query = document_in(call.command, "query");
  std::int64_t counted = 0;
  state_->folder.for_each(
      call.where(),
      [&](Document document) {
        if (query.empty() || matches(document, query)) ++counted;
        return true;
      },
      call.job);
  return R"({"n":)" + number(counted) + "," + std::string(fine);
}

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

std::string FolderSession::drop(const Call& call) {
  if (!state_->folder.drop(call.where())) throw Error(ErrorCode::program, "ns not found");
  return ok(call);
}

std::string FolderSession::drop_database(const Call& call) {
  state_->folder.drop_database(call.database);
  return ok(call);
}

}  // namespace jujubackup::database
