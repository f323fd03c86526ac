#include <jujubackup/controller_restore.hpp>

#include <algorithm>
#include <thread>

#include "scripted_peer.hpp"
#include "test_support.hpp"

using namespace jujubackup;
using test::refusal;
using test::response;
using test::Script;
using test::ScriptedPeer;

namespace {

const char* const model_uuid = "6d0c1a52-1111-4222-8333-94c7d2f0aa01";
const char* const id = "20161013-091500.6d0c1a52-1111-4222-8333-94c7d2f0aa01";

std::string login(const std::string& version, const std::string& access = "superuser") {
  const std::string facades = version == "2.0.0" ? "1" : version < "2.9.22" ? "1,2" : "1,2,3";
  return response(R"({"model-tag":"model-)" + std::string(model_uuid) + R"(","controller-tag":"controller-0f5e9b7c","server-version":")" +
                  version + R"(","user-info":{"identity":"user-admin","controller-access":")" + access +
                  R"("},"facades":[{"name":"Backups","versions":[)" + facades + R"(]},{"name":"Client","versions":[1,2]}]})");
}

std::string machine(const std::string& number, const char* status = "started", bool vote = true, const char* job = "JobManageModel") {
  const std::string has = vote ? "true" : "false";
  return '"' + number + R"(":{"jobs":[")" + job + R"("],"has-vote":)" + has + R"(,"wants-vote":true,"agent-status":{"status":")" + status +
         "\"}}";
}
std::string status_of(const std::string& machines) { return response(R"({"machines":{)" + machines + "}}"); }

const std::string fine = response("{}");
const std::string info = response(R"({"id":")" + std::string(id) + R"(","model":")" + model_uuid + R"(","checksum":"x","size":1})");
const std::string did_not = refusal("Restore did not finish successfully", "");
const std::string upgrading = refusal("upgrade in progress", "upgrade in progress");

struct Case {
  std::string version = "2.9.21";
  std::vector<std::pair<std::string, std::string>> answers;  // to "Client.FullStatus", ...; each is taken once
  std::string outcome;                                       // begins so
  std::vector<std::string> holds;                            // somewhere in it
  std::vector<std::string> calls;                            // that the controller heard, without logins
};

Script script_for(const Case& c) {
  Script script;
  for (int i = 0; i < 30; ++i) script.push_back({"Admin.Login", {login(c.version)}});
  for (const auto& [call, frame] : c.answers) script.push_back({call, {frame}});
  return script;
}

ConnectOptions connect_to(const ScriptedPeer& peer) {
  ConnectOptions options;
  options.endpoints = {peer.address()};
  options.ca_cert = peer.ca_cert();
  options.model_uuid = model_uuid;
  options.name = "prod";
  options.user = "admin";
  options.password = "hunter2";
  options.connect_timeout = std::chrono::seconds(10);
  return options;
}

ControllerRestoreOptions quick() {
  ControllerRestoreOptions options;
  options.backup_id = id;
  options.dial_every = options.busy_every = std::chrono::milliseconds(1);
  return options;
}

std::vector<std::string> calls_of(ScriptedPeer& peer) {
  std::vector<std::string> calls;
  for (const std::string& heard : peer.heard()) {
    const std::string word = heard.substr(0, heard.find('('));
    if (heard.starts_with("GET ") || word == "Admin") continue;
    const std::size_t name = heard.find(").") + 2;
    calls.push_back(heard.substr(name, heard.find(' ', name) - name));
  }
  return calls;
}

template <typename Action>
std::string outcome(Action action) {
  try {
    return action();
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("hunter2") == std::string::npos);
    CHECK(std::string(error.what()).find("<nil>") == std::string::npos);
    return std::string(name_of(error.code())) + ": " + error.what();
  }
}

const std::string release = "run \"jujubackup restore-backup --release -m prod:controller\"";

}  // namespace

TEST_CASE("a restore by ID, and what can go wrong with it") {
  const std::string one = status_of(machine("0") + "," + machine("1", "started", false) + "," + machine("2", "down") + "," +
                                    machine("3", "started", true, "JobHostUnits"));
  const std::string two = status_of(machine("0") + "," + machine("1"));
  const std::vector<std::pair<std::string, std::string>> good_start{{"Client.FullStatus", one}, {"Backups.Info", info}};
  const auto with = [&](std::vector<std::pair<std::string, std::string>> more) {
    std::vector<std::pair<std::string, std::string>> all = good_start;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  const std::vector<std::string> whole{"FullStatus", "Info", "PrepareRestore", "Restore", "FinishRestore"};
  const std::string ha = "unsupported: unable to restore backup in HA configuration.  For help see ";
  const Case cases[] = {
      {"2.9.21",
       with({{"Backups.PrepareRestore", fine}, {"Backups.Restore", fine}, {"Backups.FinishRestore", fine}}),
       "restored kept",
       {},
       whole},
      {"2.0.0",
       with({{"Backups.PrepareRestore", fine}, {"Backups.Restore", "CLOSE"}, {"Backups.FinishRestore", fine}}),
       "restored lost",
       {},
       whole},
      // Several controllers.
      {"2.4.0",
       {{"Client.FullStatus", two}},
       ha + "https://docs.jujucharms.com/devel/en/controllers-backup; 2 controllers",
       {"enable-ha"},
       {"FullStatus"}},
      {"2.6.1", {{"Client.FullStatus", two}}, ha + "https://docs.jujucharms.com/stable/controllers-backup; ", {}, {"FullStatus"}},
      {"2.9.21", {{"Client.FullStatus", two}}, ha + "https://jaas.ai/docs/controller-backups; ", {}, {"FullStatus"}},
      {"2.0.0",
       {{"Client.FullStatus", two},
        {"Backups.Info", info},
        {"Backups.PrepareRestore", fine},
        {"Backups.Restore", fine},
        {"Backups.FinishRestore", fine}},
       "restored kept (2 controllers are active, and one of them will be restored",
       {},
       whole},
      // Nothing was touched.
      {"2.9.22",
       {},
       "unsupported: Juju 2.9.22 restores nothing through its API",
       {"run \"jujubackup restore-backup --file FILE\" there"},
       {}},
      {"3.6.4", {}, "unsupported: Juju 3.6.4 restores nothing through its API", {}, {}},
      {"4.0.1", {}, "unsupported: ", {}, {}},
      {"2.9.21",
       {{"Client.FullStatus", one}, {"Backups.Info", refusal("backup metadata \\\"x\\\" not found", "not found")}},
       "not-found: ",
       {},
       {"FullStatus", "Info"}},
      {"2.9.21",
       {{"Client.FullStatus", one},
        {"Backups.Info", refusal("juju restore is in progress - functionality is limited to avoid data loss", "")}},
       "busy: juju restore is in progress",
       {release},
       {"FullStatus", "Info"}},
      // PrepareRestore.
      {"2.9.21",
       with({{"Backups.PrepareRestore", refusal("permission denied", "unauthorized access")}}),
       "permission: could not start prepare restore mode, server returned: permission denied",
       {},
       {"FullStatus", "Info", "PrepareRestore"}},
      {"2.9.21",
       with({{"Backups.PrepareRestore", refusal("juju restore is in progress - functionality is limited to avoid data loss", "")}}),
       "busy: could not start prepare restore mode, server returned: juju restore is in progress",
       {release},
       {"FullStatus", "Info", "PrepareRestore"}},
      {"2.9.21",
       with({{"Backups.PrepareRestore", upgrading},
             {"Backups.PrepareRestore", upgrading},
             {"Backups.PrepareRestore", fine},
             {"Backups.Restore", upgrading},
             {"Backups.Restore", fine},
             {"Backups.FinishRestore", upgrading},
             {"Backups.FinishRestore", fine}}),
       "restored kept",
       {},
       {"FullStatus", "Info", "PrepareRestore", "PrepareRestore", "PrepareRestore", "Restore", "Restore", "FinishRestore",
        "FinishRestore"}},
      {"2.9.21",
       with({{"Backups.PrepareRestore", "CLOSE"}, {"Backups.FinishRestore", did_not}}),
       "io: could not start prepare restore mode, server returned: ",
       {},
       {"FullStatus", "Info", "PrepareRestore", "FinishRestore"}},
      // Restore.
      {"2.9.21",
       with({{"Backups.PrepareRestore", fine},
             {"Backups.Restore", refusal("restore failed: no disk", "")},
             {"Backups.FinishRestore", did_not}}),
       "program: cannot perform restore: restore failed: no disk",
       {},
       whole},
      {"2.9.21",
       with({{"Backups.PrepareRestore", fine},
             {"Backups.Restore", refusal("restore failed: no disk", "")},
             {"Backups.FinishRestore", refusal("no", "")}}),
       "program: cannot perform restore: restore failed: no disk; and the controller still waits for the restore (no): it refuses nearly "
       "everything until you ",
       {release},
       whole},
      // FinishRestore.
      {"2.0.0",
       with({{"Backups.PrepareRestore", fine},
             {"Backups.Restore", "CLOSE"},
             {"Backups.FinishRestore", refusal("Restore did not finish succesfuly", "")}}),
       "program: cannot complete restore: Restore did not finish succesfuly",
       {"juju debug-log"},
       whole},
      {"2.9.21",
       with({{"Backups.PrepareRestore", fine},
             {"Backups.Restore", "CLOSE"},
             {"Backups.FinishRestore", refusal("juju restore is in progress - API is disabled to prevent data loss", "")},
             {"Backups.FinishRestore", "CLOSE"},
             {"Backups.FinishRestore", refusal("setting status \\\"FAILED\\\": invalid restore transition: CHECKED => FAILED", "")}}),
       "restored lost",
       {},
       {"FullStatus", "Info", "PrepareRestore", "Restore", "FinishRestore", "FinishRestore", "FinishRestore"}},
  };
  for (const Case& c : cases) {
    ScriptedPeer peer(script_for(c));
    ControllerRestoreOptions options = quick();
    std::string warning;
    options.on_event = [&](const ControllerRestoreEvent& event) {
      CHECK_FALSE(event.text.empty());
      if (event.warning) warning = " (" + std::string(event.text);
    };
    const std::string result = outcome([&] {
      const ControllerRestoreResult done = restore_controller(connect_to(peer), options);
      CHECK(done.backup_id == id);
      CHECK_FALSE(done.uploaded);
      return (done.connection_lost ? "restored lost" : "restored kept") + warning;
    });
    CAPTURE(result);
    CAPTURE(c.outcome);
    CHECK(result.find(c.outcome) == 0);
    for (const std::string& text : c.holds) CHECK(result.find(text) != std::string::npos);
    CHECK(calls_of(peer) == c.calls);
  }
}

TEST_CASE("each step of a restore has a connection of its own") {
  const Case good{"2.9.21",
                  {{"Client.FullStatus", status_of(machine("0"))},
                   {"Backups.Info", info},
                   {"Backups.PrepareRestore", fine},
                   {"Backups.Restore", fine},
                   {"Backups.FinishRestore", fine}},
                  "",
                  {},
                  {}};
  ScriptedPeer peer(script_for(good));
  restore_controller(connect_to(peer), quick());
  const auto heard = peer.heard();
  CHECK(std::count_if(heard.begin(), heard.end(), [](const std::string& line) { return line.starts_with("GET "); }) == 4);
  const auto restore =
      std::find_if(heard.begin(), heard.end(), [](const std::string& line) { return line.find("Restore {\"backup-id\"") != line.npos; });
  REQUIRE(restore != heard.end());
  CHECK(*restore == std::string("Backups(2).Restore {\"backup-id\":\"") + id + "\"}");
}

TEST_CASE("a controller that does not come back is given up in time, and one that lets nobody in at once") {
  const auto scripted = [](const std::string& last_login) {
    Script script;
    for (int i = 0; i < 3; ++i) script.push_back({"Admin.Login", {login("2.9.21")}});
    for (int i = 0; i < 5'000; ++i) script.push_back({"Admin.Login", {last_login}});
    script.push_back({"Client.FullStatus", {status_of(machine("0"))}});
    script.push_back({"Backups.Info", {info}});
    script.push_back({"Backups.PrepareRestore", {fine}});
    script.push_back({"Backups.Restore", {"CLOSE"}});
    return script;
  };
  ControllerRestoreOptions options = quick();
  options.dial_for = std::chrono::milliseconds(300);
  int waited = 0;
  options.on_event = [&](const ControllerRestoreEvent& event) { waited += event.stage == ControllerRestoreStage::waiting ? 1 : 0; };
  {
    ScriptedPeer peer(scripted(refusal("login failed - maintenance in progress", "")));
    const std::string result = outcome([&] {
      restore_controller(connect_to(peer), options);
      return std::string("restored");
    });
    CAPTURE(result);
    CHECK(result.find("io: could not finish restore process: the controller did not come back within ") == 0);
    CHECK(result.find("maintenance in progress") != std::string::npos);
    CHECK(result.find(release) != std::string::npos);
    CHECK(waited > 0);
  }
  {
    ScriptedPeer peer(scripted(refusal("invalid entity name or password", "unauthorized access")));
    const std::string result = outcome([&] {
      restore_controller(connect_to(peer), options);
      return std::string("restored");
    });
    CAPTURE(result);
    CHECK(result.find("permission: could not finish restore process: ") == 0);
    CHECK(result.find("those of the backup now") != std::string::npos);
    CHECK(result.find(release) != std::string::npos);
  }
}

TEST_CASE("cancelling a restore: before, in and after the controller's part") {
  const Case good{"2.9.21",
                  {{"Client.FullStatus", status_of(machine("0"))},
                   {"Backups.Info", info},
                   {"Backups.PrepareRestore", fine},
                   {"Backups.FinishRestore", did_not}},
                  "",
                  {},
                  {}};
  const auto cancelled_at = [&](ControllerRestoreStage stage, Script script, std::vector<std::string>& calls) {
    ScriptedPeer peer(std::move(script));
    Job job;
    ControllerRestoreOptions options = quick();
    options.on_event = [&](const ControllerRestoreEvent& event) {
      if (event.stage == stage) job.cancel();
    };
    const std::string result = outcome([&] {
      restore_controller(connect_to(peer), options, &job);
      return std::string("restored");
    });
    calls = calls_of(peer);
    return result;
  };
  std::vector<std::string> calls;
  CHECK(cancelled_at(ControllerRestoreStage::preparing, script_for(good), calls).find("cancelled: ") == 0);
  CHECK(calls == std::vector<std::string>{"FullStatus", "Info"});
  // Before Restore was asked for: the controller is told that it is over.
  CHECK(cancelled_at(ControllerRestoreStage::restoring, script_for(good), calls).find("cancelled: ") == 0);
  CHECK(calls == std::vector<std::string>{"FullStatus", "Info", "PrepareRestore", "FinishRestore"});

  // While it restores.
  Script script = script_for(good);
  script.push_back({"Backups.Restore", {}});
  ScriptedPeer peer(script);
  Job job;
  std::thread canceller([&] {
    peer.wait_for(10);  // three connections with two lines each, and four calls
    job.cancel();
  });
  const std::string result = outcome([&] {
    restore_controller(connect_to(peer), quick(), &job);
    return std::string("restored");
  });
  // However it came out, nobody is to wait for ever.
  job.cancel();
  canceller.join();
  CAPTURE(result);
  CHECK(result.find("cancelled: cancelled, but the controller goes on with the restore") == 0);
  CHECK(result.find(release) != std::string::npos);
  CHECK(calls_of(peer) == std::vector<std::string>{"FullStatus", "Info", "PrepareRestore", "Restore"});
}

TEST_CASE("a file is looked at before the controller is asked to prepare, and not sent if an equal one is there") {
  SUBCASE("what is no archive") {
    const Case start{"2.9.21", {{"Client.FullStatus", status_of(machine("0"))}, {"Backups.List", response(R"({"list":[]})")}}, "", {}, {}};
    ScriptedPeer peer(script_for(start));
    const auto source = source_of_memory(test::bytes_of("no archive"), "file");
    ControllerRestoreOptions options = quick();
    options.backup_id.clear();
    options.archive = source.get();
    const std::string result = outcome([&] {
      restore_controller(connect_to(peer), options);
      return std::string("restored");
    });
    CHECK(result.find("corrupt: file does not verify: ") == 0);
    CHECK(calls_of(peer) == std::vector<std::string>{"FullStatus", "List"});
  }
  SUBCASE("neither, and both") {
    ControllerRestoreOptions options;
    CHECK(outcome([&] { return restore_controller({}, options).backup_id; }) ==
          "invalid-argument: you must specify either a file or a backup id");
    const auto source = source_of_memory(test::bytes_of("x"), "file");
    options.backup_id = id;
    options.archive = source.get();
    CHECK(outcome([&] { return restore_controller({}, options).backup_id; }) ==
          "invalid-argument: you must specify either a file or a backup id but not both");
  }
}

TEST_CASE("somebody who is no superuser is told before anything is asked") {
  Script script{{"Admin.Login", {login("2.9.21", "login")}}};
  ScriptedPeer peer(script);
  const std::string result = outcome([&] { return restore_controller(connect_to(peer), quick()).backup_id; });
  CHECK(result.find("permission: only a superuser of the controller can restore it") == 0);
  CHECK(calls_of(peer).empty());
}

TEST_CASE("the end of a restore that another client began") {
  const auto ended = [](const std::string& answer) {
    Script script{{"Admin.Login", {login("2.9.21")}}, {"Backups.FinishRestore", {answer}}};
    ScriptedPeer peer(script);
    return outcome([&] { return std::to_string(static_cast<int>(finish_controller_restore(connect_to(peer)))); });
  };
  CHECK(ended(fine) == "1");
  CHECK(ended(did_not) == "2");
  CHECK(ended(refusal("Restore did not finish succesfuly", "")) == "2");
  CHECK(ended(refusal("setting status \\\"FAILED\\\": invalid restore transition: NOT-RESTORING => FAILED", "")) == "3");
  CHECK(ended(refusal("juju restore is in progress - API is disabled to prevent data loss", "")).find("busy: ") == 0);
}
