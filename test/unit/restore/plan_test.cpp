#include "base/json.hpp"
#include "restore/mongorestore_arguments.hpp"
#include "restore_support.hpp"

using jujubackup::RestoreKind;
using jujubackup::RestoreOptions;
using jujubackup::RestorePlan;
using test::Sides;

namespace {

constexpr RestoreKind kinds[] = {RestoreKind::database_only, RestoreKind::full_machine,     RestoreKind::copy_controller,
                                 RestoreKind::files_only,    RestoreKind::recover_survivor, RestoreKind::single_then_enable_ha};

// Each in the situation that it is for.
RestorePlan plan_of_kind(RestoreKind kind) {
  Sides sides = test::sides_of("2.9.50");
  sides.backup.agents = {{"3", "77", "198.51.100.3"}, {"4", "77", ""}};
  if (kind == RestoreKind::full_machine) test::make_single(sides);
  if (kind != RestoreKind::database_only && kind != RestoreKind::recover_survivor && kind != RestoreKind::files_only)
    test::make_fresh(sides);
  if (kind == RestoreKind::files_only) test::make_single(sides);
  if (kind == RestoreKind::recover_survivor) {
    for (auto& member : sides.target.database->members) member.healthy = member.self;
  }
  if (kind == RestoreKind::copy_controller) sides.target.database->models.resize(1);
  // The size of the archive's parts changes with the test's data and nothing else.
  RestoreOptions options;
  options.kind = kind;
  test::ToldHosts hosts;
  return jujubackup::plan_restore(std::move(sides.backup), std::move(sides.target), options, &hosts);
}

std::vector<std::string> names_of(const RestorePlan& plan) {
  std::vector<std::string> names;
  for (const auto& step : plan.steps) names.push_back(step.name);
  return names;
}

template <typename Action>
const Action* action_in(const RestorePlan& plan) {
  for (const auto& step : plan.steps) {
    if (const auto* action = std::get_if<Action>(&step.action)) return action;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("the text of a plan of each kind") {
  for (const RestoreKind kind : kinds) {
    const RestorePlan plan = plan_of_kind(kind);
    CAPTURE(name_of(kind));
    CHECK(!plan.blocked());
    const std::string path = test::data_path("restore/plan-" + std::string(name_of(kind)) + ".txt");
    const std::string text = to_text(plan);
    if (std::getenv("JUJUBACKUP_REWRITE_GOLDENS") != nullptr) {
      test::write_file(path, text);
      FAIL_CHECK("rewritten: " << path);
      continue;
    }
    CHECK(text == test::read_file(path));
  }
}

TEST_CASE("no form of a plan holds a secret") {
  for (const RestoreKind kind : kinds) {
    const RestorePlan plan = plan_of_kind(kind);
    for (const std::string& text : {to_text(plan), to_json(plan), restore_steps_to_json(plan.steps)}) {
      for (const std::string secret : {test::state_password, "Invented/Api+Password", "invented-old-password", "SU5WRU5URUQ6IG5vIGtleQ",
                                       "aW52ZW50ZWQgc2hhcmVkIHNlY3JldA", "PRIVATE KEY"}) {
        CHECK(text.find(secret) == std::string::npos);
      }
    }
  }
}

TEST_CASE("the JSON of a plan") {
  const RestorePlan plan = plan_of_kind(RestoreKind::single_then_enable_ha);
  jujubackup::TextLimits limits;
  limits.max_bytes = std::size_t{4} << 20;
  const jujubackup::Value value = jujubackup::parse_json(to_json(plan), limits);
  CHECK(*value.find("kind")->string() == "single-then-enable-ha");
  CHECK(*value.find("blocked")->boolean() == false);
  CHECK(value.find("checks")->array()->size() == plan.checks.size());
  CHECK(value.find("steps")->array()->size() == plan.steps.size());
  CHECK(*value.find("backup")->find("juju-version")->string() == "2.9.50");
  CHECK(*value.find("target")->find("database")->find("replica-set")->string() == "juju");
  CHECK(value.find("commands-after")->array()->size() == 1);
}

TEST_CASE("what undo of mongorestore needs") {
  const RestorePlan plan = plan_of_kind(RestoreKind::database_only);
  const auto* step = action_in<jujubackup::RestoreDatabase>(plan);
  const auto* saved = action_in<jujubackup::SaveCollections>(plan);
  REQUIRE(saved != nullptr);
  // "juju.younger" is not in the backup and juju.statuseshistory is left out: neither is touched, so neither is saved.
  CHECK(saved->namespaces == std::vector<std::string>{"blobstore.blobstore.files", "juju.controllers", "juju.machines", "juju.models"});
  CHECK(step->kept_dump == saved->directory);
  CHECK(step->new_namespaces.size() + saved->namespaces.size() == step->namespaces.size());
  const RestorePlan copy = plan_of_kind(RestoreKind::copy_controller);
  CHECK(action_in<jujubackup::RestoreDatabase>(copy)->into_database == "jujucontroller");
  CHECK(action_in<jujubackup::RestoreDatabase>(copy)->new_namespaces.empty());
  CHECK(action_in<jujubackup::MergeController>(copy)->kept_dump == saved->directory);
}

TEST_CASE("steps come back from their JSON as they were") {
  for (const RestoreKind kind : kinds) {
    const RestorePlan plan = plan_of_kind(kind);
    CHECK(jujubackup::parse_restore_steps(restore_steps_to_json(plan.steps)) == plan.steps);
  }
  for (const char* bad :
       {"", "{}", "[1]", "[{}]", R"([{"name":"x","what":"","target":"","undo":"","undoable":true,"needs":[],"parameters":{}}])",
        R"([{"name":"stop-database","what":"","target":"","undo":"","undoable":true,"needs":[],"parameters":{"service":1}}])"}) {
    CAPTURE(bad);
    const auto error = test::error_of([&] { jujubackup::parse_restore_steps(bad); });
    REQUIRE(error);
    CHECK(error->code() == jujubackup::ErrorCode::corrupt);
  }
}

TEST_CASE("agents stop with the secondaries first and start with the primary") {
  const RestorePlan plan = plan_of_kind(RestoreKind::database_only);
  std::vector<std::string> order;
  for (const auto& step : plan.steps) {
    if (const auto* stop = std::get_if<jujubackup::StopAgent>(&step.action)) order.push_back("stop " + stop->host.machine_id);
    if (const auto* start = std::get_if<jujubackup::StartAgent>(&step.action)) order.push_back("start " + start->host.machine_id);
  }
  CHECK(order == std::vector<std::string>{"stop 1", "stop 2", "stop 0", "start 0", "start 2", "start 1"});
}

TEST_CASE("the tree of a lost machine comes back as it was") {
  Sides sides = test::sides_of("2.9.50");
  test::make_single(sides);
  sides.target = {};
  sides.target.root = "/";
  sides.target.data_dir = "var/lib/juju";
  sides.target.is_root = true;
  RestoreOptions options;
  const RestorePlan plan = jujubackup::plan_restore(sides.backup, sides.target, options, nullptr);
  CHECK(plan.kind == RestoreKind::full_machine);
  // Nothing says that it has another address, so agent.conf is that of the backup to the byte.
  CHECK(names_of(plan) == std::vector<std::string>{"save-files", "unpack-root", "install-services", "initiate-replica-set",
                                                   "set-database-user", "restore-database", "fix-database", "wait-database", "start-agent",
                                                   "wait-agents"});
  const auto* saved = action_in<jujubackup::SaveFiles>(plan);
  const auto* unpacked = action_in<jujubackup::UnpackRoot>(plan);
  REQUIRE(saved != nullptr);
  REQUIRE(unpacked != nullptr);
  CHECK(unpacked->paths == std::vector<std::string>{"home/ubuntu/.ssh/authorized_keys", "var/lib/juju/agents/machine-0",
                                                    "var/lib/juju/init", "var/lib/juju/nonce.txt", "var/lib/juju/server.pem",
                                                    "var/lib/juju/shared-secret", "var/lib/juju/system-identity", "var/lib/juju/tools"});
  CHECK(saved->paths == unpacked->paths);
  CHECK(action_in<jujubackup::SetDatabaseUser>(plan)->create);
}

TEST_CASE("agents of units and a machine of another number are left or put aside") {
  Sides sides = test::sides_of("2.9.50");
  test::make_single(sides);
  test::make_fresh(sides);
  sides.target.machine_agents = {"machine-7"};
  sides.target.machine_id = "7";
  sides.target.other_agents = {"unit-x-0"};
  RestoreOptions options;
  options.kind = RestoreKind::full_machine;
  const RestorePlan plan = jujubackup::plan_restore(sides.backup, sides.target, options, nullptr);
  const auto& saved = action_in<jujubackup::SaveFiles>(plan)->paths;
  CHECK(std::count(saved.begin(), saved.end(), "var/lib/juju/agents/machine-7") == 1);
  CHECK(std::count(saved.begin(), saved.end(), "var/lib/juju/agents/machine-0") == 1);
  CHECK(std::count(saved.begin(), saved.end(), "var/lib/juju/agents/unit-x-0") == 0);
  const auto* database = action_in<jujubackup::RestoreDatabase>(plan);
  CHECK(database->username == "machine-7");
  CHECK(database->conf_path == "var/lib/juju/restore/kept/var/lib/juju/agents/machine-7/agent.conf");
  const auto* user = action_in<jujubackup::SetDatabaseUser>(plan);
  CHECK(user->username == "machine-0");
  CHECK(user->create);
}

TEST_CASE("what of the dump is left out") {
  Sides sides = test::sides_of("2.9.50");
  sides.backup.collections.push_back({"logs", "logs.m", 5});
  const auto namespaces = [&](RestoreKind kind, bool history) {
    RestoreOptions options;
    options.kind = kind;
    options.include_status_history = history;
    const RestorePlan plan = jujubackup::plan_restore(sides.backup, sides.target, options, nullptr);
    return action_in<jujubackup::RestoreDatabase>(plan)->namespaces;
  };
  const auto has = [](const std::vector<std::string>& names, const char* name) {
    return std::count(names.begin(), names.end(), name) == 1;
  };
  CHECK(!has(namespaces(RestoreKind::database_only, false), "juju.statuseshistory"));
  CHECK(has(namespaces(RestoreKind::database_only, true), "juju.statuseshistory"));
  CHECK(!has(namespaces(RestoreKind::database_only, true), "logs.logs.m"));
  CHECK(has(namespaces(RestoreKind::full_machine, false), "juju.statuseshistory"));
  CHECK(has(namespaces(RestoreKind::full_machine, false), "logs.logs.m"));
  CHECK(has(namespaces(RestoreKind::copy_controller, false), "juju.clouds"));
  CHECK(!has(namespaces(RestoreKind::copy_controller, false), "juju.models"));
  CHECK(!has(namespaces(RestoreKind::full_machine, false), "admin.system.version"));
}

TEST_CASE("mongorestore's arguments, by generation") {
  using jujubackup::MongoGeneration;
  jujubackup::restore::MongorestoreCall call;
  call.address = "localhost:37017";
  call.username = "machine-0";
  call.db_path = "/var/lib/juju/db";
  call.replay_oplog = true;
  const auto arguments = [&](MongoGeneration generation) {
    call.generation = generation;
    std::string text;
    for (const std::string& each : mongorestore_arguments(call)) text += (text.empty() ? "" : " ") + each;
    return text;
  };
  CHECK(arguments(MongoGeneration::offline) == "--drop --journal --oplogReplay --dbpath /var/lib/juju/db");
  CHECK(
      arguments(MongoGeneration::oplog) ==
      "--ssl --sslAllowInvalidCertificates --authenticationDatabase admin --host localhost:37017 --username machine-0 --drop --oplogReplay "
      "--batchSize 10");
  CHECK(arguments(MongoGeneration::modern) ==
        "-vvvvv --drop --writeConcern=majority --host localhost --port 37017 --authenticationDatabase=admin --username machine-0 --ssl "
        "--sslAllowInvalidCertificates --stopOnError --maintainInsertionOrder --oplogReplay");
}
