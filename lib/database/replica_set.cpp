#include "database/replica_set.hpp"

#include <jujubackup/error.hpp>

namespace jujubackup::database {
namespace {

bool says(const Error& error, std::string_view text) {
  return error.code() == ErrorCode::program && error.message().find(text) != std::string::npos;
}

bool is_missing_command(const Error& error) { return says(error, "no such c"); }

bool is_true(const Value& answer, std::string_view key) {
  const Value* value = answer.find(key);
  return value != nullptr && value->boolean() != nullptr && *value->boolean();
}

}  // namespace

std::optional<Value> replica_config(DatabaseSession& session, Job* job) {
  try {
    const Value answer = run(session, "admin", {{"replSetGetConfig", 1}}, job);
    const Value* config = answer.find("config");
    if (config == nullptr || config->object() == nullptr)
      throw Error(ErrorCode::program, "the replica set does not show its configuration");
    return *config;
  } catch (const Error& error) {
    // mongod before 3.0 has no such command; the name of the missing one follows "no such cmd" or "no such command".
    if (is_missing_command(error)) return find_one(session, {"local", "system.replset"}, {}, job);
    if (says(error, "no replset config") || says(error, "NotYetInitialized")) return std::nullopt;
    throw;
  }
}

bool is_primary(DatabaseSession& session, Job* job) {
  try {
    return is_true(run(session, "admin", {{"hello", 1}}, job), "isWritablePrimary");
  } catch (const Error& error) {
    if (!is_missing_command(error)) throw;
    return is_true(run(session, "admin", {{"isMaster", 1}}, job), "ismaster");
  }
}

std::vector<MemberHealth> member_health(DatabaseSession& session, Job* job) {
  const Value answer = run(session, "admin", {{"replSetGetStatus", 1}}, job);
  std::vector<MemberHealth> members;
  const Value* list = answer.find("members");
  if (list == nullptr || list->array() == nullptr) throw Error(ErrorCode::program, "the replica set does not show its members");
  for (const Value& member : *list->array()) {
    MemberHealth health;
    health.address = text_in(member, "name");
    health.state = text_in(member, "stateStr");
    const bool works = health.state == "PRIMARY" || health.state == "SECONDARY";
    health.healthy = works && integer_in(member, "health") == 1;
    members.push_back(std::move(health));
  }
  return members;
}

}  // namespace jujubackup::database
