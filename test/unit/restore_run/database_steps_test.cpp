#include "restore_run/database_steps.hpp"

#include <sys/stat.h>

#include "database_steps_support.hpp"
#include "recording_hosts.hpp"

using namespace jujubackup;
using namespace jujubackup::restore_run;
using namespace test;

namespace {

// The genuine dump with other machines, one more collection, and an oplog that speaks of what is staged and of what is not.
class Backup {
 public:
  explicit Backup(const MachineFixture& f) : dump_(f.scratch / "backup-dump") {
    copy_dump(dump_);
    write_file(dump_ + "/juju/machines.bson", bson_text("{'_id': 'of-the-backup', 'n': 1}"));
    write_file(dump_ + "/juju/extra.bson", bson_text("{'_id': 'new'}"));
    write_file(
        dump_ + "/oplog.bson",
        bson_text("{'op': 'n', 'ns': '', 'o': {'msg': 'x'}}") +
            bson_text("{'op': 'u', 'ns': 'juju.machines', 'o2': {'_id': 'of-the-backup'}, 'o': {'$set': {'n': 2}}}") +
            bson_text("{'op': 'c', 'ns': 'admin.$cmd', 'o': {'applyOps': [{'op': 'i', 'ns': 'juju.statuseshistory', 'o': {'_id': 'no'}}, "
                      "{'op': 'i', 'ns': 'juju.extra', 'o': {'_id': 'replayed'}}]}}") +
            bson_text("{'op': 'd', 'ns': 'juju.models', 'o': {'_id': '1be318f6-9460-4fe1-8eb4-b1df2db23b53'}}"));
    CreateOptions options;
    options.place.root = f.root;
    options.dump_dir = dump_;
    options.check_space = false;
    MemorySink sink(std::size_t{16} << 20);
    write_archive(plan_create(options).input(), sink);
    bytes_ = sink.bytes();
  }
  Archive open() const { return Archive::open(source_of_memory(bytes_, "backup.tar.gz")); }

 private:
  std::string dump_;
  std::vector<std::byte> bytes_;
};

SaveCollections save_of(const MachineFixture& f) {
  SaveCollections save;
  save.juju_version = JujuVersion::parse("2.9.50");
  save.address = "localhost:37017";
  save.username = "machine-0";
  save.conf_path = f.conf_path;
  save.namespaces = {"juju.clouds", "juju.machines"};
  save.directory = "var/lib/juju/restore/kept-dump";
  return save;
}

RestoreDatabase restore_of(const MachineFixture& f) {
  RestoreDatabase restore;
  restore.program = "mongorestore";
  restore.arguments = {"--drop", "--oplogReplay"};
  restore.address = "localhost:37017";
  restore.username = "machine-0";
  restore.conf_path = f.conf_path;
  restore.namespaces = {"juju.clouds", "juju.extra", "juju.machines"};
  restore.new_namespaces = {"juju.extra"};
  restore.kept_dump = "var/lib/juju/restore/kept-dump";
  restore.oplog_role = "oploger";
  restore.dump_bytes = 1 << 20;
  restore.log_path = "var/lib/juju/restore/mongorestore.log";
  return restore;
}

bool is_empty(const std::string& directory) { return std::filesystem::is_empty(directory); }

}  // namespace

TEST_CASE("save-collections: what will be replaced is dumped, private, whole, and nothing else") {
  MachineFixture f;
  const SaveCollections save = save_of(f);
  const std::string kept = f.root + "/" + save.directory;
  // What a killed process left.
  write_file(kept + "/dump/juju/half.bson", "half");
  f.database->after_dump = [](const MongoToolCall& call) { write_file(call.directory + "/juju/other.bson", bson_text("{'_id': 1}")); };
  do_twice(save, f.context);
  CHECK(read_file(kept + "/dump/juju/machines.bson") == read_file(data_path("dump/juju/machines.bson")));
  CHECK_FALSE(std::filesystem::exists(kept + "/dump/juju/half.bson"));
  CHECK_FALSE(std::filesystem::exists(kept + "/dump/juju/other.bson"));
  struct stat status = {};
  REQUIRE(::stat(kept.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
  REQUIRE(f.database->calls.size() == 2);
  const MongoToolCall& call = f.database->calls.back();
  CHECK(call.password == state_password);
  CHECK(call.namespaces == save.namespaces);
  for (const std::string& argument : call.arguments) {
    CHECK(argument.find(state_password) == std::string::npos);
    CHECK(argument != "--oplog");
    CHECK(argument != "--out");
  }
  CHECK(f.database->logins.back().ca_cert == ca_cert);
  undo(save, {}, f.context);
  CHECK(std::filesystem::exists(kept + "/dump/juju/machines.bson"));
}

TEST_CASE("save-collections: a dump that lacks a collection, or is cut, is a failure") {
  MachineFixture f;
  f.database->after_dump = [](const MongoToolCall& call) { std::filesystem::remove(call.directory + "/juju/clouds.bson"); };
  CHECK(code_of([&] { act(save_of(f), {}, f.context); }) == ErrorCode::program);
  f.database->after_dump = [](const MongoToolCall& call) { std::filesystem::resize_file(call.directory + "/juju/clouds.bson", 20); };
  CHECK(code_of([&] { act(save_of(f), {}, f.context); }) == ErrorCode::corrupt);
  f.database->after_dump = {};
  SaveCollections gone = save_of(f);
  gone.namespaces.emplace_back("juju.went");
  act(gone, {}, f.context);  // it is not in the database any more
}

TEST_CASE("restore-database: what is asked for is restored, with what the oplog says of it, and undone") {
  MachineFixture f;
  const Backup backup(f);
  Archive archive = backup.open();
  const auto before = f.content();
  do_twice(save_of(f), f.context);
  f.context.index = 1;
  const RestoreDatabase restore = restore_of(f);

  // Undo without act.
  f.context.archive = &archive;
  const Value prepared = prepare(restore, f.context);
  f.context.archive = nullptr;
  undo(restore, prepared, f.context);
  undo(restore, Value(), f.context);
  CHECK(f.content() == before);
  CHECK(f.database->calls.size() == 2);

  f.context.archive = &archive;
  const std::string left = *prepared.find("staged")->string() + "/left";
  for (int run = 0; run < 2; ++run) {
    write_file(left, "by a process that was killed");
    act(restore, prepared, f.context);
    CHECK(f.one("juju.machines", "{}") == json("{'_id':'of-the-backup','n':{'$numberInt':'2'}}"));
    CHECK(f.count("juju.machines") == 1);
    CHECK(f.count("juju.extra") == 2);
    CHECK(f.count("juju.statuseshistory") == 400);
    CHECK(f.count("juju.models") == 2);
    CHECK(is_empty(f.staging));
    CHECK(f.database->roles_while_restoring == std::vector<std::string>{"oploger"});
    CHECK(f.database->roles.empty());
    CHECK(f.database->calls.back().password == state_password);
  }
  struct stat status = {};
  REQUIRE(::stat((f.root + "/" + restore.log_path).c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);

  f.context.archive = nullptr;
  write_file(left, "by a process that was killed");
  undo(restore, prepared, f.context);
  CHECK(f.content() == before);
  CHECK(is_empty(f.staging));
  undo(restore, prepared, f.context);
  CHECK(f.content() == before);
}

TEST_CASE("restore-database: a collection that came after the plan and before the save is kept, one that went is dropped") {
  MachineFixture f;
  const Backup backup(f);
  Archive archive = backup.open();
  SaveCollections save = save_of(f);
  save.namespaces = {"juju.clouds", "juju.extra", "juju.machines"};  // juju.extra went since
  act(save, {}, f.context);
  RestoreDatabase restore = restore_of(f);
  restore.new_namespaces.clear();
  f.context.archive = &archive;
  const auto before = f.content();
  const Value prepared = do_twice(restore, f.context);
  CHECK(f.count("juju.extra") == 2);
  undo(restore, prepared, f.context);
  CHECK(f.content() == before);
}

TEST_CASE("restore-database: a tool that fails, and a job that is cancelled, leave no staged folder and no role") {
  MachineFixture f;
  const Backup backup(f);
  Archive archive = backup.open();
  const auto before = f.content();
  f.context.archive = &archive;
  act(save_of(f), {}, f.context);
  RestoreDatabase restore = restore_of(f);
  const Value prepared = prepare(restore, f.context);
  f.database->fail_restore = true;
  CHECK(code_of([&] { act(restore, prepared, f.context); }) == ErrorCode::program);
  CHECK(is_empty(f.staging));
  CHECK(f.database->roles.empty());
  f.database->fail_restore = false;
  f.database->roles = {"oploger"};  // of a process that was killed
  Job job;
  job.cancel();
  f.context.job = &job;
  CHECK(code_of([&] { act(restore, prepared, f.context); }) == ErrorCode::cancelled);
  CHECK(is_empty(f.staging));
  f.context.job = nullptr;
  undo(restore, prepared, f.context);
  CHECK(f.database->roles.empty());
  CHECK(f.content() == before);

  restore.namespaces.emplace_back("juju.not_in_the_archive");
  CHECK(code_of([&] { act(restore, prepared, f.context); }) == ErrorCode::corrupt);
  restore.namespaces = {"../x.y"};
  CHECK(code_of([&] { act(restore, prepared, f.context); }) == ErrorCode::invalid_argument);
  restore.namespaces = {"juju.../../x"};
  CHECK(code_of([&] { act(restore, prepared, f.context); }) == ErrorCode::corrupt);
  CHECK(is_empty(f.staging));
}

TEST_CASE("restore-database: what was saved must be there, and there must be space") {
  MachineFixture f;
  const Backup backup(f);
  Archive archive = backup.open();
  f.context.archive = &archive;
  act(save_of(f), {}, f.context);
  RestoreDatabase restore = restore_of(f);
  const Value prepared = do_twice(restore, f.context);
  std::filesystem::remove(f.root + "/" + restore.kept_dump + "/saved.json");
  const auto after = f.content();
  CHECK(code_of([&] { undo(restore, prepared, f.context); }) == ErrorCode::not_found);
  CHECK(f.content() == after);
  restore.dump_bytes = std::uint64_t{1} << 60;
  CHECK(code_of([&] { prepare(restore, f.context); }) == ErrorCode::no_space);
}

TEST_CASE("restore-database: into another database, which undo drops") {
  MachineFixture f;
  const Backup backup(f);
  Archive archive = backup.open();
  f.context.archive = &archive;
  const auto before = f.content();
  RestoreDatabase restore = restore_of(f);
  restore.arguments = {"--drop", "--nsFrom=juju.*", "--nsTo=jujucontroller.*"};
  restore.oplog_role.clear();
  restore.into_database = "jujucontroller";
  restore.new_namespaces.clear();
  const Value prepared = do_twice(restore, f.context);
  CHECK(f.count("jujucontroller.machines") == 1);
  CHECK(f.count("juju.machines") == 8);
  undo(restore, prepared, f.context);
  CHECK(f.content() == before);
  undo(restore, prepared, f.context);
}

TEST_CASE("restore-database: on the files of mongod 2.x, which is stopped for it and started whatever comes of it") {
  MachineFixture f;
  const Backup backup(f);
  Archive archive = backup.open();
  f.context.archive = &archive;
  RecordingServices services;
  services.runs_here = false;
  f.context.tools.services = &services;
  const auto before = f.content();
  act(save_of(f), {}, f.context);
  RestoreDatabase restore = restore_of(f);
  restore.generation = MongoGeneration::offline;
  restore.service = "juju-db";
  restore.oplog_role.clear();
  const std::vector<std::string> around = {"stop juju-db@here", "start juju-db@here"};
  const Value prepared = prepare(restore, f.context);
  act(restore, prepared, f.context);
  CHECK(services.take_calls() == around);
  CHECK(f.database->calls.back().password.empty());
  CHECK(f.count("juju.extra") == 2);
  f.database->fail_restore = true;
  CHECK(code_of([&] { act(restore, prepared, f.context); }) == ErrorCode::program);
  CHECK(services.take_calls() == around);
  f.database->fail_restore = false;
  undo(restore, prepared, f.context);
  CHECK(services.take_calls() == around);
  CHECK(f.content() == before);
}

TEST_CASE("set-database-user: the agent of before gives the new password") {
  MachineFixture f;
  const std::string old_conf = "var/lib/juju/restore/kept/agent.conf";
  f.make_conf(old_conf, "before");
  f.database->users = {{"machine-0", "before"}, {"admin", "x"}};
  SetDatabaseUser step{"localhost:37017", "machine-0", f.conf_path, old_conf, false};
  const Value prepared = do_twice(step, f.context);
  CHECK(write_json(prepared).find("before") == std::string::npos);
  CHECK(f.database->users["machine-0"] == state_password);
  undo(step, prepared, f.context);
  undo(step, prepared, f.context);
  CHECK(f.database->users["machine-0"] == "before");

  // Undo without act.
  const Value again = prepare(step, f.context);
  undo(step, again, f.context);
  CHECK(f.database->users["machine-0"] == "before");

  // The password is right already.
  f.database->users["machine-0"] = state_password;
  const Value nothing = do_twice(step, f.context);
  undo(step, nothing, f.context);
  CHECK(f.database->users["machine-0"] == state_password);

  // Neither password is.
  f.database->users["machine-0"] = "of somebody else";
  CHECK(code_of([&] { prepare(step, f.context); }) == ErrorCode::permission);
}

TEST_CASE("set-database-user: another machine's user is made, and dropped by undo") {
  MachineFixture f;
  const std::string old_conf = "var/lib/juju/restore/kept/agent.conf";
  f.make_conf(old_conf, "before", "3");
  f.database->users = {{"machine-3", "before"}};
  SetDatabaseUser step{"localhost:37017", "machine-0", f.conf_path, old_conf, true};
  const Value prepared = do_twice(step, f.context);
  CHECK(f.database->users["machine-0"] == state_password);
  undo(step, prepared, f.context);
  undo(step, prepared, f.context);
  CHECK(f.database->users == std::map<std::string, std::string>{{"machine-3", "before"}});
  step.create = false;
  CHECK(code_of([&] { act(step, prepare(step, f.context), f.context); }) == ErrorCode::not_found);
}

TEST_CASE("set-database-user: without any user, through the exception for localhost") {
  MachineFixture f;
  f.database->users.clear();
  const SetDatabaseUser step{"localhost:37017", "machine-0", f.conf_path, "", true};
  const Value prepared = do_twice(step, f.context);
  CHECK(f.database->users == std::map<std::string, std::string>{{"machine-0", state_password}});
  undo(step, prepared, f.context);
  CHECK(f.database->users.empty());
}

TEST_CASE("initiate-replica-set: what is there decides how this machine becomes its only member") {
  const std::string mine = "{'_id':2,'host':'10.0.0.1:37017','votes':0,'priority':0,'tags':{'juju-machine-id':'5','keep':'x'}}";
  const std::string other = "{'_id':1,'host':'10.0.0.2:37017'}";
  const std::string third = "{'_id':3,'host':'10.0.0.3:37017'}";
  const auto config = [](const std::string& members) {
    return json("{'_id':'juju','version':7,'members':[" + members + "],'settings':{'a':1}}");
  };
  struct Case {
    const char* name;
    std::string before;
    bool force;
    std::vector<std::string> sent;
    std::string after;  // the members
  };
  const std::string alone = "10.0.0.1:37017";
  const Case cases[] = {
      {"none", "", false, {"initiate " + alone}, "{'_id':1,'host':'10.0.0.1:37017','tags':{'juju-machine-id':'0'}}"},
      {"this one", config("{'_id':1,'host':'10.0.0.1:37017','tags':{'juju-machine-id':'0'}}"), false, {}, ""},
      {"another address", config(other), false, {"force " + alone}, "{'_id':2,'host':'10.0.0.1:37017','tags':{'juju-machine-id':'0'}}"},
      {"lost others",
       config(mine + "," + other + "," + third),
       true,
       {"force " + alone},
       "{'_id':2,'host':'10.0.0.1:37017','votes':1,'priority':1,'tags':{'juju-machine-id':'0','keep':'x'}}"},
      {"others alive", config(other + "," + mine + "," + third), false, {"ask 10.0.0.1:37017 10.0.0.3:37017", "ask " + alone}, ""},
  };
  for (const Case& each : cases) {
    CAPTURE(each.name);
    MachineFixture f;
    f.database->config = each.before;
    if (each.before.empty()) f.database->users.clear();
    InitiateReplicaSet step;
    step.member = alone;
    step.machine_id = "0";
    step.username = "machine-0";
    step.conf_path = f.conf_path;
    step.force = each.force;
    const Value prepared = prepare(step, f.context);
    undo(step, prepared, f.context);
    CHECK(f.database->reconfigured.empty());
    act(step, prepared, f.context);
    CHECK(f.database->reconfigured == each.sent);
    if (!each.after.empty()) CHECK(f.database->config.find(json(each.after)) != std::string::npos);
    if (std::string(each.name) == "others alive") continue;
    act(step, prepared, f.context);
    CHECK(f.database->reconfigured == each.sent);
    undo(step, prepared, f.context);
    undo(step, prepared, f.context);
    if (each.before.empty()) continue;
    const Value then = parse_json(each.before), now = parse_json(f.database->config);
    CHECK(database::same(*now.find("members"), *then.find("members")));
    CHECK(*database::integer_in(now, "version") >= 7);
    CHECK(now.find("settings") != nullptr);
  }
}

TEST_CASE("initiate-replica-set: waits for a primary, within its time, and can be cancelled") {
  MachineFixture f;
  InitiateReplicaSet step;
  step.member = "10.0.0.1:37017";
  step.machine_id = "0";
  step.username = "machine-0";
  step.conf_path = f.conf_path;
  f.database->states = {"SECONDARY", "PRIMARY"};
  std::vector<std::string> notes;
  Job job;
  job.on_note([&](std::string_view text) { notes.emplace_back(text); });
  f.context.job = &job;
  act(step, {}, f.context);
  CHECK(notes.size() == 1);

  f.database->states = {"SECONDARY"};
  step.timeout = std::chrono::seconds(0);
  CHECK(code_of([&] { act(step, {}, f.context); }) == ErrorCode::program);
  step.timeout = std::chrono::seconds(3600);
  job.on_note([&](std::string_view) { job.cancel(); });
  CHECK(code_of([&] { act(step, {}, f.context); }) == ErrorCode::cancelled);
}

TEST_CASE("initiate-replica-set: the set of other machines alone is not taken over without force") {
  MachineFixture f;
  f.database->config = json("{'_id':'juju','version':1,'members':[{'_id':1,'host':'b:1'},{'_id':2,'host':'c:1'}]}");
  InitiateReplicaSet step;
  step.member = "10.0.0.1:37017";
  step.username = "machine-0";
  step.conf_path = f.conf_path;
  CHECK(code_of([&] { act(step, {}, f.context); }) == ErrorCode::unsupported);
  CHECK(f.database->reconfigured.empty());
}

TEST_CASE("wait-database: until the members that there should be are healthy") {
  MachineFixture f;
  WaitDatabase step{"localhost:37017", "machine-0", f.conf_path, 2, std::chrono::seconds(60)};
  f.database->states = {"RECOVERING", "PRIMARY"};
  f.database->refuse_connections = 1;
  std::vector<std::string> notes;
  Job job;
  job.on_note([&](std::string_view text) { notes.emplace_back(text); });
  f.context.job = &job;
  do_twice(step, f.context);
  REQUIRE(notes.size() == 2);
  CHECK(notes[0].find("connection refused") != std::string::npos);
  CHECK(notes[1].find("b:1 is RECOVERING") != std::string::npos);
  undo(step, {}, f.context);
  step.timeout = std::chrono::seconds(0);
  step.members = 3;
  CHECK(code_of([&] { act(step, {}, f.context); }) == ErrorCode::program);
  step.members = 2;
  f.database->states = {"DOWN"};
  CHECK(code_of([&] { act(step, {}, f.context); }) == ErrorCode::program);
}

TEST_CASE("the steps of the database: nothing is done without one, or without a password") {
  MachineFixture f;
  f.context.tools.database = nullptr;
  const WaitDatabase step{"localhost:37017", "machine-0", f.conf_path, 1, std::chrono::seconds(0)};
  CHECK(code_of([&] { act(step, {}, f.context); }) == ErrorCode::invalid_argument);
  f.context.tools.database = f.database.get();
  std::string text = read_file(f.root + "/" + f.conf_path);
  text.erase(text.find("statepassword"), std::string("statepassword: \n").size() + std::string(state_password).size());
  write_file(f.root + "/" + f.conf_path, text);
  CHECK(code_of([&] { act(step, {}, f.context); }) == ErrorCode::invalid_argument);
}
