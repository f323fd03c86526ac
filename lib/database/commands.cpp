#include "database/commands.hpp"

#include <charconv>
#include <cmath>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"

namespace jujubackup::database {
namespace {

constexpr std::int64_t batch_documents = 1000;
// A server that always says there is more must not keep us for ever.
constexpr std::size_t max_batches = 1'000'000;

Value::Object majority() { return {{"w", "majority"}, {"wtimeout", 60'000}}; }

// The server's words are shown, so they are made fit for that; they may quote a key, never a password.
std::string server_text(const Value& error) {
  const std::string text = text_in(error, "errmsg");
  return text.empty() ? "no reason given" : printable(std::string_view(text).substr(0, 500));
}

Value checked_write(DatabaseSession& session, const Namespace& where, Value::Object command, Job* job) {
  command.emplace_back("writeConcern", majority());
  Value answer = run(session, where.database, std::move(command), job);
  const Value* errors = answer.find("writeErrors");
  if (errors != nullptr && errors->array() != nullptr && !errors->array()->empty()) {
    throw Error(ErrorCode::program, "the database did not write to " + where.text() + ": " + server_text(errors->array()->front()));
  }
  const Value* concern = answer.find("writeConcernError");
  if (concern != nullptr && concern->object() != nullptr) {
    throw Error(ErrorCode::program,
                "what was written to " + where.text() + " is not on a majority of the members: " + server_text(*concern), true);
  }
  return answer;
}

struct Cursor {
  std::int64_t id = 0;
  const Value::Array* batch = nullptr;
};

Cursor cursor_of(const Value& answer, const char* batch_name) {
  const Value* cursor = answer.find("cursor");
  Cursor result;
  if (cursor != nullptr) {
    result.id = integer_in(*cursor, "id").value_or(0);
    const Value* batch = cursor->find(batch_name);
    result.batch = batch == nullptr ? nullptr : batch->array();
  }
  if (result.batch == nullptr) throw Error(ErrorCode::program, "the database answered without documents");
  return result;
}

std::string name_of_command(const Value::Object& command) { return command.empty() ? "" : command.front().first; }

void drop(DatabaseSession& session, const std::string& database, Value::Object command, Job* job) {
  command.emplace_back("writeConcern", majority());
  try {
    run(session, database, std::move(command), job);
  } catch (const Error& error) {
    // mongod before 7 says so; later it is no error.
    if (error.code() != ErrorCode::program || error.message().find("ns not found") == std::string::npos) throw;
  }
}

// What is in {"$numberLong": "5"}; null if it is no such wrapping.
const std::string* wrapped(const Value& value, std::string_view key) {
  const Value::Object* object = value.object();
  if (object == nullptr || object->size() != 1 || object->front().first != key) return nullptr;
  return object->front().second.string();
}

std::optional<std::int64_t> whole(double number) {
  if (!(std::abs(number) < 9e15) || std::trunc(number) != number) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

template <typename Number>
std::optional<Number> parsed(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> real_of(const Value& value) {
  if (const double* number = value.real()) return *number;
  const std::string* text = wrapped(value, "$numberDouble");
  return text == nullptr ? std::nullopt : parsed<double>(*text);
}

bool same_objects(const Value::Object& a, const Value::Object& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].first != b[i].first || !same(a[i].second, b[i].second)) return false;
  }
  return true;
}

bool same_arrays(const Value::Array& a, const Value::Array& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!same(a[i], b[i])) return false;
  }
  return true;
}

}  // namespace

TextLimits answer_limits() {
  // A document may have 100 levels, and each may be two of Extended JSON.
  return {std::size_t{48} << 20, 250, std::size_t{4} << 20};
}

Namespace parse_namespace(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == text.size()) {
    throw Error(ErrorCode::invalid_argument, quoted_name(text) + " does not name a collection");
  }
  return {std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
}

Value run(DatabaseSession& session, std::string_view database, Value::Object command, Job* job) {
  const std::string name = name_of_command(command);
  const std::string answer = session.run(database, write_json(Value(std::move(command))), job);
  try {
    return parse_json(answer, answer_limits());
  } catch (Error& error) {
    error.add_context("answer to " + name);
    throw;
  }
}

void for_each_document(DatabaseSession& session, const Namespace& where, const Value::Object& filter,
                       const std::function<bool(const Value&)>& visit, Job* job) {
  Value answer = run(session, where.database, {{"find", where.collection}, {"filter", filter}, {"batchSize", batch_documents}}, job);
  Cursor cursor = cursor_of(answer, "firstBatch");
  for (std::size_t batches = 1;; ++batches) {
    for (const Value& document : *cursor.batch) {
      if (visit(document)) continue;
      if (cursor.id == 0) return;
      const Value::Array ids = {Value::Object{{"$numberLong", std::to_string(cursor.id)}}};
      run(session, where.database, {{"killCursors", where.collection}, {"cursors", ids}}, job);
      return;
    }
    if (cursor.id == 0) return;
    if (batches > max_batches) throw Error(ErrorCode::limit, where.text() + " does not end");
    job_check(job);
    const Value::Object id = {{"$numberLong", std::to_string(cursor.id)}};
    answer = run(session, where.database, {{"getMore", id}, {"collection", where.collection}, {"batchSize", batch_documents}}, job);
    cursor = cursor_of(answer, "nextBatch");
  }
}

std::vector<Value> find_all(DatabaseSession& session, const Namespace& where, const Value::Object& filter, Job* job,
                            std::size_t max_documents) {
  std::vector<Value> documents;
  for_each_document(
      session, where, filter,
      [&](const Value& document) {
        if (documents.size() >= max_documents) throw Error(ErrorCode::limit, where.text() + " holds too many documents");
        documents.push_back(document);
        return true;
      },
      job);
  return documents;
}

std::optional<Value> find_one(DatabaseSession& session, const Namespace& where, const Value::Object& filter, Job* job) {
  const Value answer =
      run(session, where.database, {{"find", where.collection}, {"filter", filter}, {"limit", 1}, {"singleBatch", true}}, job);
  const Cursor cursor = cursor_of(answer, "firstBatch");
  if (cursor.batch->empty()) return std::nullopt;
  return cursor.batch->front();
}

void insert_one(DatabaseSession& session, const Namespace& where, Value document, Job* job) {
  checked_write(session, where, {{"insert", where.collection}, {"documents", Value::Array{std::move(document)}}}, job);
}

std::int64_t update(DatabaseSession& session, const Namespace& where, Value::Object filter, Value update, UpdateHow how, Job* job) {
  Value::Object one = {{"q", std::move(filter)}, {"u", std::move(update)}, {"upsert", how.upsert}, {"multi", how.multi}};
  const Value answer = checked_write(session, where, {{"update", where.collection}, {"updates", Value::Array{Value(std::move(one))}}}, job);
  return integer_in(answer, "n").value_or(0);
}

void put(DatabaseSession& session, const Namespace& where, const Value& document, Job* job) {
  const Value* id = document.find("_id");
  if (id == nullptr) throw Error(ErrorCode::corrupt, "a document of " + where.text() + " has no _id");
  update(session, where, {{"_id", *id}}, document, {true, false}, job);
}

std::int64_t remove(DatabaseSession& session, const Namespace& where, Value::Object filter, Job* job) {
  Value::Object one = {{"q", std::move(filter)}, {"limit", 0}};
  const Value answer = checked_write(session, where, {{"delete", where.collection}, {"deletes", Value::Array{Value(std::move(one))}}}, job);
  return integer_in(answer, "n").value_or(0);
}

void drop_collection(DatabaseSession& session, const Namespace& where, Job* job) {
  drop(session, where.database, {{"drop", where.collection}}, job);
}

void drop_database(DatabaseSession& session, const std::string& database, Job* job) { drop(session, database, {{"dropDatabase", 1}}, job); }

std::vector<std::string> database_names(DatabaseSession& session, Job* job) {
  const Value answer = run(session, "admin", {{"listDatabases", 1}, {"nameOnly", true}}, job);
  std::vector<std::string> names;
  const Value* databases = answer.find("databases");
  if (databases == nullptr || databases->array() == nullptr) throw Error(ErrorCode::program, "the database does not list its databases");
  for (const Value& each : *databases->array()) names.push_back(text_in(each, "name"));
  return names;
}

std::vector<std::string> collection_names(DatabaseSession& session, const std::string& database, Job* job) {
  std::vector<std::string> names;
  Value answer = run(session, database, {{"listCollections", 1}, {"nameOnly", true}, {"cursor", Value::Object()}}, job);
  Cursor cursor = cursor_of(answer, "firstBatch");
  for (std::size_t batches = 1;; ++batches) {
    for (const Value& each : *cursor.batch) {
      const std::string type = text_in(each, "type");
      if (type.empty() || type == "collection") names.push_back(text_in(each, "name"));
    }
    if (cursor.id == 0) return names;
    if (batches > max_batches) throw Error(ErrorCode::limit, "the collections of " + database + " do not end");
    const Value::Object id = {{"$numberLong", std::to_string(cursor.id)}};
    answer = run(session, database, {{"getMore", id}, {"collection", "$cmd.listCollections"}}, job);
    cursor = cursor_of(answer, "nextBatch");
  }
}

std::string text_in(const Value& document, std::string_view key) {
  const Value* value = document.find(key);
  const std::string* text = value == nullptr ? nullptr : value->string();
  return text == nullptr ? "" : *text;
}

std::optional<std::int64_t> integer_in(const Value& document, std::string_view key) {
  const Value* value = document.find(key);
  return value == nullptr ? std::nullopt : integer_of(*value);
}

const Value* at_path(const Value& document, std::string_view dotted) {
  const Value* at = &document;
  while (at != nullptr) {
    const std::size_t dot = dotted.find('.');
    at = at->find(dotted.substr(0, dot));
    if (dot == std::string_view::npos) break;
    dotted.remove_prefix(dot + 1);
  }
  return at;
}

std::optional<std::int64_t> integer_of(const Value& value) {
  if (const std::int64_t* number = value.integer()) return *number;
  for (const char* key : {"$numberInt", "$numberLong"}) {
    if (const std::string* text = wrapped(value, key)) return parsed<std::int64_t>(*text);
  }
  const std::optional<double> number = real_of(value);
  return number ? whole(*number) : std::nullopt;
}

Value with_field(const Value& document, std::string_view key, Value value) {
  Value::Object object = document.object() == nullptr ? Value::Object() : *document.object();
  for (auto& [name, old] : object) {
    if (name != key) continue;
    old = std::move(value);
    return object;
  }
  object.emplace_back(std::string(key), std::move(value));
  return object;
}

Value without_field(const Value& document, std::string_view key) {
  Value::Object object = document.object() == nullptr ? Value::Object() : *document.object();
  std::erase_if(object, [&](const auto& field) { return field.first == key; });
  return object;
}

bool same(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  const auto integer_a = integer_of(a), integer_b = integer_of(b);
  if (integer_a || integer_b) return integer_a == integer_b;
  const auto real_a = real_of(a), real_b = real_of(b);
  if (real_a || real_b) return real_a == real_b;
  if (a.string() != nullptr && b.string() != nullptr) return *a.string() == *b.string();
  if (a.boolean() != nullptr && b.boolean() != nullptr) return *a.boolean() == *b.boolean();
  if (a.array() != nullptr && b.array() != nullptr) return same_arrays(*a.array(), *b.array());
  if (a.object() != nullptr && b.object() != nullptr) return same_objects(*a.object(), *b.object());
  if (a.unsigned_integer() != nullptr && b.unsigned_integer() != nullptr) return *a.unsigned_integer() == *b.unsigned_integer();
  return false;
}

}  // namespace jujubackup::database
