// The few commands that facts and steps send to a database, and what is read out of the answers.
//
// Documents are values in MongoDB Extended JSON 2: what comes from the database is in its canonical form ({"$numberInt": "1"}), and can be
// put back as it came. What is sent may be plain.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <jujubackup/database.hpp>

#include "base/json.hpp"

namespace jujubackup::database {

struct Namespace {
  std::string database, collection;
  std::string text() const { return database + "." + collection; }
};
// "juju.machines"; the collection may have dots. Error(invalid_argument) without a database and a collection.
Namespace parse_namespace(std::string_view text);

// One command and its answer.
Value run(DatabaseSession& session, std::string_view database, Value::Object command, Job* job);

// Calls `visit` for each document until it returns false; batch after batch, so that a collection may be of any size.
void for_each_document(DatabaseSession& session, const Namespace& where, const Value::Object& filter,
                       const std::function<bool(const Value&)>& visit, Job* job);
// More than `max_documents` is Error(limit).
std::vector<Value> find_all(DatabaseSession& session, const Namespace& where, const Value::Object& filter, Job* job,
                            std::size_t max_documents = 100'000);
std::optional<Value> find_one(DatabaseSession& session, const Namespace& where, const Value::Object& filter, Job* job);

// Each is majority-durable when it returns, and throws Error(program) also where the server took the command but not the document.
void insert_one(DatabaseSession& session, const Namespace& where, Value document, Job* job);
struct UpdateHow {
  bool upsert = false;
  bool multi = false;
};
// `update` is {"$set": ...} and the like, or a whole document. Returns how many matched; one that was inserted counts.
std::int64_t update(DatabaseSession& session, const Namespace& where, Value::Object filter, Value update, UpdateHow how, Job* job);
// The document with the same _id is replaced, or inserted if there is none.
void put(DatabaseSession& session, const Namespace& where, const Value& document, Job* job);
// All that match. Returns how many.
std::int64_t remove(DatabaseSession& session, const Namespace& where, Value::Object filter, Job* job);
// A collection, or a database, that is not there is fine.
void drop_collection(DatabaseSession& session, const Namespace& where, Job* job);
void drop_database(DatabaseSession& session, const std::string& database, Job* job);
std::vector<std::string> database_names(DatabaseSession& session, Job* job);
std::vector<std::string> collection_names(DatabaseSession& session, const std::string& database, Job* job);

// What is in a document; "", nothing or null where it is missing or of another kind.
std::string text_in(const Value& document, std::string_view key);
std::optional<std::int64_t> integer_in(const Value& document, std::string_view key);
const Value* at_path(const Value& document, std::string_view dotted);
// A whole number in any of its forms: 1, {"$numberInt": "1"}, {"$numberLong": "1"}, {"$numberDouble": "1.0"}.
std::optional<std::int64_t> integer_of(const Value& value);
// A copy in which `key` is `value`; in its place if it was there, else at the end.
Value with_field(const Value& document, std::string_view key, Value value);
Value without_field(const Value& document, std::string_view key);
// The same data: numbers by what they are, objects in order.
bool same(const Value& a, const Value& b);

// What an answer or a collection's document may be at most.
TextLimits answer_limits();

}  // namespace jujubackup::database
