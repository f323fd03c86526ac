#include "database/folder_commands.hpp"

#include <string>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "database/folder_call.hpp"

namespace jujubackup::database {

using bson::Field;

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

std::string FolderSession::drop(const Call& call) {
  if (!state_->folder.drop(call.where())) throw Error(ErrorCode::program, "ns not found");
  return ok(call);
}

std::string FolderSession::drop_database(const Call& call) {
  state_->folder.drop_database(call.database);
  return ok(call);
}

}  // namespace jujubackup::database
