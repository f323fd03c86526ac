#include "database/facts.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "base/json.hpp"
#include "test_support.hpp"

using namespace jujubackup;

namespace {

std::string json(std::string text) {
  std::replace(text.begin(), text.end(), '\'', '"');
  return text;
}

// Answers by the command's name, "find machines" for a find; what it was not told of is an unknown command or an empty collection.
class ScriptedSession final : public DatabaseSession {
 public:
  std::map<std::string, std::string> answers;

  std::string run(std::string_view /*database*/, std::string_view command, Job* /*job*/) override {
    const Value parsed = parse_json(command);
    const auto& [name, first] = parsed.object()->front();
    const std::string key = name == "find" ? "find " + *first.string() : name;
    const auto answer = answers.find(key);
    if (answer != answers.end() && name == "find") return batch(answer->second);
    if (answer != answers.end()) return json(answer->second);
    if (name == "find" || name == "listCollections") return batch("");
    throw Error(ErrorCode::program, "no such command: '" + name + "'");
  }

  static std::string batch(const std::string& documents) {
    return json("{'cursor': {'id': {'$numberLong': '0'}, 'firstBatch': [" + documents + "]}, 'ok': {'$numberDouble': '1.0'}}");
  }
};

ScriptedSession old_mongod() {
  ScriptedSession session;
  session.answers = {{"buildInfo", "{'version': '2.6.12'}"}, {"isMaster", "{'ismaster': true}"}, {"listDatabases", "{'databases': []}"}};
  return session;
}

}  // namespace

TEST_CASE("facts: an old mongod has neither hello nor a command for its configuration") {
  ScriptedSession session = old_mongod();
  session.answers["isMaster"] = "{'ismaster': true, 'setName': 'juju'}";
  session.answers["replSetGetStatus"] =
      "{'members': [{'_id': {'$numberInt': '7'}, 'name': '[fd00::1]:37017', 'health': {'$numberDouble': '1.0'}, 'stateStr': 'PRIMARY', "
      "'self': true}, {'_id': {'$numberInt': '1'}, 'name': 'b:1', 'health': {'$numberInt': '0'}, 'stateStr': 'DOWN'}, {}]}";
  session.answers["find system.replset"] =
      "{'members': [{'_id': {'$numberInt': '7'}, 'host': '[fd00::1]:37017', 'tags': {'juju-machine-id': '0'}}]}";
  const DatabaseFacts facts = database::gather_facts(session, "", nullptr);
  CHECK(facts.mongo_version == "2.6.12");
  CHECK(facts.replica_set == "juju");
  REQUIRE(facts.members.size() == 3);
  CHECK(facts.members[0].address == "[fd00::1]:37017");
  CHECK(facts.members[0].machine_id == "0");
  CHECK(facts.members[0].healthy);
  CHECK(facts.members[0].self);
  CHECK(facts.members[1].state == "DOWN");
  CHECK_FALSE(facts.members[1].healthy);
  CHECK_FALSE(facts.members[1].self);
  CHECK(facts.members[1].machine_id.empty());
  CHECK_FALSE(facts.has_juju);
}

TEST_CASE("facts: no replica set, no controller") {
  ScriptedSession session = old_mongod();
  session.answers["hello"] = "{'isreplicaset': true}";
  const DatabaseFacts facts = database::gather_facts(session, "0", nullptr);
  CHECK(facts.replica_set.empty());
  CHECK(facts.members.empty());
  CHECK_FALSE(facts.has_juju);
  CHECK(facts.version.is_zero());
  CHECK(facts.namespaces.empty());
}

TEST_CASE("facts: of the controller model alone, the settled private address first") {
  ScriptedSession session = old_mongod();
  session.answers["find controllers"] = "{'_id': 'e', 'model-uuid': 'm'}";
  session.answers["find models"] =
      "{'_id': 'm', 'name': 'controller', 'controller-uuid': 'c', 'cloud': 'aws', 'cloud-credential': 'aws/bob/default'}, {'_id': 'w'}";
  session.answers["find settings"] = "{'_id': 'm:e', 'settings': {'agent-version': 'never seen'}}";
  session.answers["find instanceData"] = "{'_id': 'm:1', 'instanceid': 'i-1'}";
  const std::string job = "'jobs': [{'$numberInt': '2'}, {'$numberInt': '1'}], 'model-uuid': 'm'";
  session.answers["find machines"] =
      "{'machineid': '0', " + job +
      ", 'series': 'focal', 'addresses': [{'value': '10.0.0.1', 'networkscope': 'local-cloud'}], 'preferredprivateaddress': {'value': "
      "'10.0.0.9'}}, {'machineid': '1', " +
      job +
      ", 'base': {'os': 'ubuntu', 'channel': '22.04/stable'}, 'addresses': [{'value': '127.0.0.1', 'networkscope': 'local-machine'}, "
      "{'value': "
      "'b.example'}], 'machineaddresses': [{'value': 'fd00::2', 'networkscope': 'local-cloud'}]}, {'machineid': '2', " +
      job +
      ", 'addresses': [{'value': 'fe80::1', 'networkscope': 'link-local'}]}, {'machineid': '0', 'jobs': [{'$numberInt': '2'}], "
      "'model-uuid': "
      "'other'}, {'machineid': '0', 'jobs': [{'$numberInt': '1'}], 'life': {'$numberInt': '1'}}, {'machineid': '1', 'life': {'$numberInt': "
      "'2'}}";
  const DatabaseFacts facts = database::gather_facts(session, "1", nullptr);
  CHECK(facts.has_juju);
  CHECK(facts.controller_uuid == "c");
  CHECK(facts.cloud == "aws");
  CHECK(facts.cloud_credential == "aws#bob#default");
  CHECK(facts.version.is_zero());
  CHECK(facts.instance_id == "i-1");
  CHECK(facts.models.size() == 2);
  CHECK(facts.other_machines == 1);
  CHECK(facts.controller_hosts == std::vector<ControllerHost>{{"0", "10.0.0.9", false}, {"1", "fd00::2", true}, {"2", "", false}});
  REQUIRE(facts.controller_machines.size() == 3);
  CHECK(facts.controller_machines[0].series == "focal");
  CHECK(facts.controller_machines[1].base == "ubuntu@22.04");
}

TEST_CASE("facts: a controller whose document is lost is found by its model's name") {
  ScriptedSession session = old_mongod();
  session.answers["find models"] = "{'_id': 'w', 'name': 'default'}, {'_id': 'm', 'name': 'controller', 'controller-uuid': 'c'}";
  CHECK(database::gather_facts(session, "", nullptr).controller_model_uuid == "m");
}

TEST_CASE("facts: namespaces without mongod's own") {
  ScriptedSession session = old_mongod();
  session.answers["listDatabases"] = "{'databases': [{'name': 'local'}, {'name': 'config'}, {'name': 'juju'}, {'name': 'admin'}]}";
  session.answers["listCollections"] = ScriptedSession::batch("{'name': 'system.users'}, {'name': 'b.c'}, {'name': 'a'}");
  CHECK(database::gather_facts(session, "", nullptr).namespaces == std::vector<std::string>{"admin.a", "admin.b.c", "juju.a", "juju.b.c"});
}

TEST_CASE("facts: answers that make no sense are no facts") {
  ScriptedSession session = old_mongod();
  session.answers["isMaster"] = "{'setName': 'juju'}";
  session.answers["replSetGetConfig"] = "{'config': [1]}";
  session.answers["replSetGetStatus"] = "{'members': {'a': 1}}";
  session.answers["find machines"] = "{'jobs': 3, 'life': 'x', 'addresses': [7]}";
  const DatabaseFacts facts = database::gather_facts(session, "", nullptr);
  CHECK(facts.members.empty());
  CHECK(facts.other_machines == 1);
}

TEST_CASE("facts: what is refused or lost is an error") {
  class Refusing final : public DatabaseSession {
   public:
    std::string run(std::string_view, std::string_view, Job*) override { throw Error(ErrorCode::permission, "no"); }
  } session;
  const auto error = test::error_of([&] { database::gather_facts(session, "", nullptr); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::permission);
}
