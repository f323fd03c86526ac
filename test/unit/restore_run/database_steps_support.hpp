// A controller machine with a database for the steps that work on it: a folder as the store, with users and a replica set as mongod has
// them in front of it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <jujubackup/archive_writer.hpp>

#include "../database/database_support.hpp"
#include "../machine/controller_root.hpp"
#include "restore_run/step.hpp"

namespace test {

// Keeps documents in a folder, and takes what a folder does not know itself: logins, users, roles, and a replica set.
class GuardedDatabase final : public jujubackup::Database {
 public:
  explicit GuardedDatabase(const std::string& directory) : folder_(jujubackup::folder_database(directory)) {}

  std::unique_ptr<jujubackup::DatabaseSession> open(const jujubackup::DatabaseLogin& login, jujubackup::Job* job) override;
  void dump(const jujubackup::MongoToolCall& call, jujubackup::Job* job) override {
    calls.push_back(call);
    folder_->dump(call, job);
    if (after_dump) after_dump(call);
  }
  void restore(const jujubackup::MongoToolCall& call, jujubackup::Job* job) override {
    calls.push_back(call);
    roles_while_restoring = roles;
    if (fail_restore) throw jujubackup::Error(jujubackup::ErrorCode::program, "mongorestore: broken");
    folder_->restore(call, job);
  }
  jujubackup::DatabaseFacts facts(jujubackup::Job* job) override { return folder_->facts(job); }

  // Answers of its own; nothing: the folder's.
  std::optional<std::string> answer(const std::string& name, const jujubackup::Value& command);

  std::map<std::string, std::string> users;  // with passwords; none: anybody may do anything
  std::vector<std::string> roles, roles_while_restoring;
  std::string config;                     // of the replica set, as JSON; "": never initiated
  std::vector<std::string> states;        // one for each time that somebody asks whether it is primary, or healthy; the last stays
  std::vector<std::string> reconfigured;  // "force" or "ask", and the members' addresses
  std::vector<jujubackup::MongoToolCall> calls;
  std::vector<jujubackup::DatabaseLogin> logins;
  std::function<void(const jujubackup::MongoToolCall&)> after_dump;
  bool fail_restore = false;
  int refuse_connections = 0;

 private:
  std::string next_state() {
    if (states.empty()) return "PRIMARY";
    std::string state = states.front();
    if (states.size() > 1) states.erase(states.begin());
    return state;
  }
  std::unique_ptr<jujubackup::Database> folder_;
};

class GuardedSession final : public jujubackup::DatabaseSession {
 public:
  GuardedSession(GuardedDatabase& database, std::unique_ptr<jujubackup::DatabaseSession> session)
      : database_(database), session_(std::move(session)) {}
  std::string run(std::string_view database, std::string_view command, jujubackup::Job* job) override {
    const jujubackup::Value parsed = jujubackup::parse_json(command, jujubackup::database::answer_limits());
    const auto own = database_.answer(parsed.object()->front().first, parsed);
    return own ? *own : session_->run(database, command, job);
  }

 private:
  GuardedDatabase& database_;
  std::unique_ptr<jujubackup::DatabaseSession> session_;
};

inline std::unique_ptr<jujubackup::DatabaseSession> GuardedDatabase::open(const jujubackup::DatabaseLogin& login, jujubackup::Job* job) {
  using jujubackup::Error;
  using jujubackup::ErrorCode;
  logins.push_back(login);
  if (refuse_connections > 0) {
    --refuse_connections;
    throw Error(ErrorCode::io, "connection refused", true);
  }
  const auto user = users.find(login.username);
  const bool is_known = user != users.end() && user->second == login.password;
  if (!is_known && !(login.username.empty() && users.empty())) throw Error(ErrorCode::permission, "the database refuses the login");
  return std::make_unique<GuardedSession>(*this, folder_->open(login, job));
}

inline std::optional<std::string> GuardedDatabase::answer(const std::string& name, const jujubackup::Value& command) {
  using jujubackup::Error;
  using jujubackup::ErrorCode;
  using jujubackup::database::text_in;
  const std::string ok = R"({"ok":1})";
  const std::string first = text_in(command, name);
  const auto program = [](const std::string& text) { return Error(ErrorCode::program, "the database refuses: " + text); };
  if (name == "createUser") {
    if (!users.emplace(first, text_in(command, "pwd")).second) throw program("User already exists");
    return ok;
  }
  if (name == "updateUser") {
    if (!users.contains(first)) throw program("User not found");
    users[first] = text_in(command, "pwd");
    return ok;
  }
  if (name == "dropUser") {
    if (users.erase(first) == 0) throw program("User not found");
    return ok;
  }
  if (name == "usersInfo") {
    const std::string user = text_in(*command.find(name), "user");
    return users.contains(user) ? R"({"users":[{"user":"x"}],"ok":1})" : R"({"users":[],"ok":1})";
  }
  if (name == "createRole") {
    if (std::find(roles.begin(), roles.end(), first) != roles.end()) throw program("Role \"" + first + "@admin\" already exists");
    roles.push_back(first);
    return ok;
  }
  if (name == "dropRole") {
    if (std::erase(roles, first) == 0) throw program("Role '" + first + "@admin' not found");
    return ok;
  }
  if (name == "replSetGetConfig") {
    if (config.empty()) throw program("no replset config has been received");
    return R"({"config":)" + config + R"(,"ok":1})";
  }
  if (name == "replSetInitiate" || name == "replSetReconfig") {
    const jujubackup::Value& wanted = *command.find(name);
    const jujubackup::Value* force = command.find("force");
    std::string line = name == "replSetInitiate" ? "initiate" : force != nullptr && *force->boolean() ? "force" : "ask";
    for (const jujubackup::Value& member : *wanted.find("members")->array()) line += " " + text_in(member, "host");
    reconfigured.push_back(line);
    config = jujubackup::write_json(wanted);
    return ok;
  }
  if (name == "hello") return next_state() == "PRIMARY" ? R"({"isWritablePrimary":true,"ok":1})" : R"({"isWritablePrimary":false,"ok":1})";
  if (name == "replSetGetStatus") {
    const std::string state = next_state();
    return R"({"members":[{"name":"a:1","health":1,"stateStr":"PRIMARY"},{"name":"b:1","health":)" +
           std::string(state == "DOWN" ? "0" : "1") + R"(,"stateStr":")" + (state == "PRIMARY" ? "SECONDARY" : state) + R"("}],"ok":1})";
  }
  return std::nullopt;
}

// A machine with its agent.conf, its database, and the context of one step.
struct MachineFixture {
  explicit MachineFixture(const ControllerRoot& machine = {}) {
    make_controller_root(root, machine);
    copy_dump(directory);
    database = std::make_unique<GuardedDatabase>(directory);
    database->users["machine-0"] = state_password;
    std::filesystem::create_directories(staging);
    context.root = root;
    context.work_dir = root + "/var/lib/juju/restore";
    std::filesystem::create_directories(context.work_dir);
    context.staging_dir = staging;
    context.tools.database = database.get();
    context.report = &report;
  }

  // The password of another agent.conf, at `path` below the root.
  void make_conf(const std::string& path, const std::string& password, const std::string& machine_id = "0",
                 const std::string& version = "2.9.50") {
    ControllerRoot conf;
    conf.version = version;
    conf.machine_id = machine_id;
    std::string text = agent_conf_text(conf);
    text.replace(text.find(state_password), std::string(state_password).size(), password);
    write_file(root + "/" + path, text);
  }

  std::unique_ptr<jujubackup::DatabaseSession> session() { return jujubackup::folder_database(directory)->open({}, nullptr); }
  std::string one(const std::string& where, const std::string& filter) {
    const auto found = jujubackup::database::find_one(*session(), jujubackup::database::parse_namespace(where), object(filter), nullptr);
    return found ? jujubackup::write_json(*found) : "";
  }
  std::size_t count(const std::string& where) {
    return jujubackup::database::find_all(*session(), jujubackup::database::parse_namespace(where), {}, nullptr).size();
  }
  void insert(const std::string& where, const std::string& document) {
    jujubackup::database::insert_one(*session(), jujubackup::database::parse_namespace(where), value(document), nullptr);
  }
  std::vector<std::string> content() const { return snapshot(directory); }

  Scratch scratch;
  std::string root = scratch / "root", directory = scratch / "db", staging = scratch / "staging";
  std::string conf_path = "var/lib/juju/agents/machine-0/agent.conf";
  std::unique_ptr<GuardedDatabase> database;
  jujubackup::StepReport report;
  jujubackup::restore_run::StepContext context;
};

// Runs a step as the executor does: prepared once, done, and done again as after a crash.
template <typename Step>
jujubackup::Value do_twice(const Step& step, jujubackup::restore_run::StepContext& context) {
  const jujubackup::Value prepared = prepare(step, context);
  act(step, prepared, context);
  act(step, prepared, context);
  return prepared;
}

}  // namespace test
