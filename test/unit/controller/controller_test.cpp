#include <jujubackup/controller.hpp>

#include "scripted_peer.hpp"
#include "test_support.hpp"

using jujubackup::ConnectOptions;
using jujubackup::Controller;
using jujubackup::Error;
using jujubackup::ErrorCode;
using jujubackup::Job;
using test::refusal;
using test::response;
using test::Script;
using test::ScriptedPeer;
using test::ScriptLine;

namespace {

const char* const model_uuid = "6d0c1a52-1111-4222-8333-94c7d2f0aa01";

ConnectOptions options_for(const ScriptedPeer& peer) {
  ConnectOptions options;
  options.endpoints = {peer.address()};
  options.ca_cert = peer.ca_cert();
  options.model_uuid = model_uuid;
  options.name = "prod";
  options.user = "admin";
  options.password = "hunter2";
  return options;
}

std::string login_answer(const std::string& version, const std::string& facades, const std::string& model = model_uuid) {
  return response((model.empty() ? "{" : R"({"model-tag":"model-)" + model + R"(",)") +
                  R"("controller-tag":"controller-0f5e9b7c","server-version":")" + version +
                  R"(","user-info":{"identity":"user-admin","controller-access":"superuser"},"facades":[)" + facades + "]}");
}

std::string backups(const std::string& versions) { return R"({"name":"Backups","versions":[)" + versions + "]}"; }

std::string good_login() { return login_answer("2.9.21", backups("1,2")); }

// What came of it, in a line.
template <typename Action>
std::string outcome(Action action) {
  try {
    return action();
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("hunter2") == std::string::npos);
    return std::string(name_of(error.code())) + ": " + error.what();
  }
}

std::string connected(const Controller& controller) {
  return "in: " + controller.info().version.to_string() + ' ' + controller.info().user + ' ' + controller.info().access;
}

}  // namespace

TEST_CASE("what comes of a login") {
  struct Case {
    std::vector<std::vector<std::string>> answers;  // to the first Login, the second, ...
    const char* begins;                             // of the outcome
    const char* holds;                              // somewhere in it
    std::size_t logins;
  };
  const std::string flood = R"({"request-id":7777,"response":{}})";
  const Case cases[] = {
      {{{good_login()}}, "in: 2.9.21 admin superuser", "", 1},
      {{{flood, flood, good_login()}}, "in: ", "", 1},
      {{{refusal("try again", "try again")}, {good_login()}}, "in: ", "", 2},
      {{{refusal("invalid entity name or password", "unauthorized access")}},
       "permission: controller \"prod\" does not let user \"admin\" in: invalid entity name or password (unauthorized access)",
       "juju login -c prod",
       1},
      {{{refusal("login failed - maintenance in progress", "")}}, "busy: ", "login failed - maintenance in progress", 1},
      {{{refusal("upgrade in progress", "upgrade in progress")}}, "busy: ", "try again later", 1},
      {{{refusal("juju restore is in progress - API is disabled to prevent data loss", "")}}, "busy: ", "restore is in progress", 1},
      {{{refusal("unknown model", "model not found")}}, "not-found: ", "unknown model (model not found)", 1},
      {{{refusal("client incompatible with server 3.2.0", "incompatible client")}}, "unsupported: ", "3.2.0 (incompatible client)", 1},
      {{{refusal("this version of Juju does not support login from old clients", "not supported")}}, "unsupported: ", "old clients", 1},
      {{{refusal("redirect", "redirection required",
                 R"({"servers":[[{"value":"10.1.2.3","port":17070,"scope":"public"}]],"ca-cert":"x"})")}},
       "unsupported: the model has moved from controller \"prod\" to the controller at 10.1.2.3:17070",
       "",
       1},
      {{{response(R"({"discharge-required":{"c":[]}})")}}, "permission: ", "wants a fresh login of user \"admin\"", 1},
      {{{login_answer("2.9.21", "", "another")}}, "corrupt: mismatched model tag in login result", "", 1},
      {{{login_answer("twenty", "")}}, "corrupt: ", "\"twenty\"", 1},
      {{{"CLOSE"}}, "io: ", "closed the connection", 1},
      {{{"{\"request-id\":"}}, "corrupt: ", "JSON", 1},
      {{std::vector<std::string>(70, flood)}, "corrupt: ", "calls that were not made", 1},
  };
  for (const Case& c : cases) {
    std::vector<ScriptLine> script;
    for (const auto& frames : c.answers) script.push_back({"Admin.Login", frames});
    ScriptedPeer peer(script);
    const std::string result = outcome([&] { return connected(Controller::connect(options_for(peer))); });
    CAPTURE(result);
    CHECK(result.find(c.begins) == 0);
    CHECK(result.find(c.holds) != std::string::npos);
    REQUIRE(peer.heard().size() == 1 + c.logins);
    CHECK(peer.heard()[0] == std::string("GET /model/") + model_uuid + "/api");
    CHECK(peer.heard()[1].find(R"(Admin(3).Login {"auth-tag":"user-admin","credentials":"hunter2")") == 0);
  }
}

TEST_CASE("a peer that is alive but never answers the login is given up in time") {
  ScriptedPeer peer(Script{{"Admin.Login", {}}});
  ConnectOptions options = options_for(peer);
  options.connect_timeout = std::chrono::milliseconds(500);
  const std::string result = outcome([&] { return connected(Controller::connect(options)); });
  CHECK(result == "io: controller \"prod\" did not answer the login in time");
}

TEST_CASE("arguments that lead nowhere are told before anything is sent") {
  ConnectOptions options;
  CHECK(outcome([&] { return connected(Controller::connect(options)); }) == "invalid-argument: no API addresses");
  options.endpoints = {"127.0.0.1:1"};
  options.model_uuid = "a/../b";
  CHECK(outcome([&] { return connected(Controller::connect(options)); }) == "invalid-argument: invalid model UUID \"a/../b\"");
}

TEST_CASE("a redirection without addresses is asked for them and followed once, without the password") {
  const auto servers = [](const ScriptedPeer& to) {
    std::string pem;
    jujubackup::append_json_string(pem, to.ca_cert());
    return response(R"({"servers":[[{"value":"127.0.0.1","scope":"public","port":)" + std::to_string(to.port()) + R"(}]],"ca-cert":)" +
                    pem + "}");
  };
  ScriptedPeer second(Script{{"Admin.Login", {good_login()}},
                             {"Admin.Login", {refusal("redirection required", "redirection required")}},
                             {"Admin.RedirectInfo", {response(R"({"servers":[],"ca-cert":"x"})")}}});
  ScriptedPeer first(Script{{"Admin.Login", {refusal("redirection required", "redirection required")}},
                            {"Admin.RedirectInfo", {servers(second)}},
                            {"Admin.Login", {refusal("redirection required", "redirection required")}},
                            {"Admin.RedirectInfo", {servers(second)}},
                            {"Admin.Login", {refusal("redirection required", "redirection required")}},
                            {"Admin.RedirectInfo", {refusal("not redirected", "")}}});
  {
    const Controller controller = Controller::connect(options_for(first));
    CHECK(controller.info().endpoint == second.address());
  }
  CHECK(second.heard()[1].find(R"({"auth-tag":"","credentials":"")") != std::string::npos);
  CHECK(outcome([&] { return connected(Controller::connect(options_for(first))); }) ==
        "unsupported: controller \"prod\" redirects more than once");
  CHECK(outcome([&] { return connected(Controller::connect(options_for(first))); }) == "program: not redirected");
}

TEST_CASE("a model that only the controller knows") {
  const std::string models =
      response(R"({"user-models":[{"model":{"name":"default","uuid":"x","owner-tag":"user-admin"}},)"
               R"({"model":{"name":"controller","uuid":"y","owner-tag":"user-bob"}},)"
               R"({"model":{"name":"controller","uuid":")" +
               std::string(model_uuid) + R"(","type":"iaas","owner-tag":"user-admin@local"},"last-connection":null}]})");
  const std::string controller_only =
      login_answer("2.9.21", R"({"name":"ModelManager","versions":[2,3,9,12]},{"name":"Backups","versions":[2]})", "");
  ScriptedPeer peer(Script{{"Admin.Login", {controller_only}},
                           {"ModelManager.ListModels", {models}},
                           {"Admin.Login", {good_login()}},
                           {"Admin.Login", {controller_only}},
                           {"ModelManager.ListModels", {models}}});
  jujubackup::ModelTarget target;
  target.controller.name = "prod";
  target.controller.endpoints = {peer.address()};
  target.controller.ca_cert = peer.ca_cert();
  target.account = {"admin", "hunter2", "superuser"};
  target.model.name = "admin/controller";
  CHECK(Controller::connect(target).info().model_uuid == model_uuid);
  target.model.name = "admin/other";
  CHECK(outcome([&] { return connected(Controller::connect(target)); }) == "not-found: model prod:admin/other not found");
  CHECK(peer.heard()[0] == "GET /api");
  CHECK(peer.heard()[2] == R"(ModelManager(9).ListModels {"tag":"user-admin"})");
}

TEST_CASE("a connection without model offers no backups") {
  ScriptedPeer peer(Script{{"Admin.Login", {login_answer("2.9.21", backups("1,2"), "")}}});
  ConnectOptions options = options_for(peer);
  options.model_uuid.clear();
  Controller controller = Controller::connect(options);
  CHECK(controller.info().backups_facade.empty());
  CHECK(outcome([&] { return std::to_string(controller.list().size()); }).find("unsupported: ") == 0);
}

namespace {

const char* const metadata_2_0 =
    R"({"id":"20161013-091500.6d0c1a52","checksum":"EfatjsUqKYSrqv18O1FlA3hcIHI=","checksum-format":"SHA-1, base64 encoded","size":45565185,)"
    R"("stored":"2016-10-13T09:15:27Z","started":"2016-10-13T09:15:00.1Z","finished":"2016-10-13T09:15:20.5Z","notes":"n","model":"6d0c1a52",)"
    R"("machine":"0","hostname":"h","version":"2.0.0","series":"xenial","ca-cert":"C","ca-private-key":"KEY")";

std::string created(const std::string& id, const std::string& filename) {
  std::string text = metadata_2_0;
  text.replace(text.find("20161013-091500.6d0c1a52"), 24, id);
  return response(text + (filename == "-" ? "}" : R"(,"filename":")" + filename + "\"}"));
}

}  // namespace

TEST_CASE("Create in each generation") {
  struct Case {
    const char *version, *facades;
    bool download, keep_copy;
    std::string answer;
    const char* asked;    // "": nothing is sent
    const char* outcome;  // download ID, path, one-shot
  };
  const Case cases[] = {
      {"2.0.0", "1", true, false, created("I", "-"), R"(Backups(1).Create {"notes":"n"})", "I at '' of id 'I'"},
      {"2.0.0", "1", false, true, created("I", "-"), R"(Backups(1).Create {"notes":"n"})", "I at '' of id 'I'"},
      {"2.9.21", "1,2", true, false, created("", "/d/p.tar.gz"), R"(Backups(2).Create {"notes":"n","keep-copy":false,"no-download":false})",
       "/d/p.tar.gz at '/d/p.tar.gz' of id '' one-shot"},
      {"2.9.21", "1,2", true, true, created("I", "/d/p.tar.gz"), R"(Backups(2).Create {"notes":"n","keep-copy":true,"no-download":false})",
       "/d/p.tar.gz at '/d/p.tar.gz' of id 'I'"},
      {"2.9.21", "1,2", false, false, created("I", "/gone"), R"(Backups(2).Create {"notes":"n","keep-copy":true,"no-download":true})",
       "I at '' of id 'I'"},
      {"2.9.21", "1", true, true, created("I", "/gone"), R"(Backups(1).Create {"notes":"n"})", "I at '' of id 'I'"},
      {"2.9.22", "1,2", true, false, created("", "/d/p.tar.gz"), R"(Backups(2).Create {"notes":"n","no-download":false})",
       "/d/p.tar.gz at '/d/p.tar.gz' of id '' one-shot"},
      {"3.6.4", "3", false, false, created("", "/d/p.tar.gz"), R"(Backups(3).Create {"notes":"n","no-download":true})",
       "/d/p.tar.gz at '/d/p.tar.gz' of id '' one-shot"},
      {"3.6.4", "3", true, true, "", "", "unsupported: Juju 3.6.4 keeps no copy of a backup"},
      {"3.6.4", "3", true, false, created("", ""), R"(Backups(3).Create {"notes":"n","no-download":false})",
       "corrupt: the controller made a backup, but"},
      {"3.6.4", "3", true, false, refusal("backups on kubernetes controllers not supported", "not supported"),
       R"(Backups(3).Create {"notes":"n","no-download":false})",
       "unsupported: backups on kubernetes controllers not supported (not supported)"},
      {"3.6.4", "3", true, false, refusal("permission denied", "unauthorized access"),
       R"(Backups(3).Create {"notes":"n","no-download":false})", "permission: permission denied (unauthorized access)"},
      {"4.0.1", "3", true, false, "", "", "unsupported: Juju 4.0.1 makes and keeps no backups (Dqlite-based backups not implemented)"},
      {"3.6.4", "", true, false, "", "", "unsupported: the controller (Juju 3.6.4) offers no Backups facade"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.version);
    ScriptedPeer peer(Script{{"Admin.Login", {login_answer(c.version, backups(c.facades))}}, {"Backups.Create", {c.answer}}});
    Controller controller = Controller::connect(options_for(peer));
    const std::string result = outcome([&] {
      const jujubackup::RemoteBackup backup = controller.create({"n", c.download, c.keep_copy});
      CHECK(backup.metadata.notes == "n");
      CHECK(backup.metadata.size_bytes == 45565185);
      CHECK(!backup.metadata.ca_private_key);
      return backup.download_id + " at '" + backup.remote_path + "' of id '" + backup.metadata.id + "'" +
             (backup.one_shot ? " one-shot" : "");
    });
    CAPTURE(result);
    CHECK(result.find(c.outcome) == 0);
    if (*c.asked != '\0') {
      REQUIRE(peer.heard().size() == 3);
      CHECK(peer.heard()[2] == c.asked);
    } else {
      CHECK(peer.heard().size() == 2);
    }
  }
}

TEST_CASE("List, Info and Remove") {
  const std::vector<std::string> ids{"a", "b"};
  const auto removed = [&ids](Controller& controller) {
    return outcome([&] {
      std::string text;
      for (const auto& result : controller.remove(ids)) text += result.id + '=' + result.error + ';';
      return text;
    });
  };
  const auto listed = [](Controller& controller) {
    return outcome([&] {
      std::string text;
      for (const auto& metadata : controller.list()) text += metadata.id + ';';
      return text;
    });
  };

  SUBCASE("version 1") {
    ScriptedPeer peer(Script{{"Admin.Login", {login_answer("2.0.0", backups("1"))}},
                             {"Backups.List", {response(R"({"list":[)" + std::string(metadata_2_0) + "}," + R"({"id":"x"}]})")}},
                             {"Backups.List", {response(R"({"list":null})")}},
                             {"Backups.List", {response(R"({"list":{}})")}},
                             {"Backups.Info", {response(std::string(metadata_2_0) + "}")}},
                             {"Backups.Info", {refusal("backup metadata \\\"x\\\" not found", "not found")}},
                             {"Backups.Remove", {response("{}")}},
                             {"Backups.Remove", {refusal("not found", "")}},
                             {"Backups.Remove", {refusal("permission denied", "unauthorized access")}}});
    Controller controller = Controller::connect(options_for(peer));
    CHECK(listed(controller) == "20161013-091500.6d0c1a52;x;");
    CHECK(listed(controller).empty());
    CHECK(listed(controller).find("corrupt: ") == 0);
    CHECK(controller.show("i").hostname == "h");
    CHECK(outcome([&] { return controller.show("x").id; }) == "not-found: backup metadata \"x\" not found (not found)");
    CHECK(removed(controller) == "a=;b=not found;");
    CHECK(removed(controller) == "permission: permission denied (unauthorized access)");
    CHECK(peer.heard()[2] == "Backups(1).List {}");
    CHECK(peer.heard()[5] == R"(Backups(1).Info {"id":"i"})");
    CHECK(peer.heard()[8] == R"(Backups(1).Remove {"id":"b"})");
  }
  SUBCASE("version 2") {
    ScriptedPeer peer(Script{{"Admin.Login", {good_login()}},
                             {"Backups.Remove", {response(R"({"results":[{},{"error":{"message":"not found","code":""}}]})")}},
                             {"Backups.Remove", {response(R"({"results":[{"error":null},{"error":{"message":"m","code":"c"}}]})")}},
                             {"Backups.Remove", {response("{}")}}});
    Controller controller = Controller::connect(options_for(peer));
    CHECK(removed(controller) == "a=;b=not found;");
    CHECK(removed(controller) == "a=;b=m (c);");
    CHECK(removed(controller) == "corrupt: expected 2 result(s), got 0");
    CHECK(controller.remove({}).empty());
    CHECK(peer.heard().size() == 5);
    CHECK(peer.heard()[2] == R"(Backups(2).Remove {"ids":["a","b"]})");
  }
  SUBCASE("since 2.9.22 nothing of it is asked for") {
    ScriptedPeer peer(Script{{"Admin.Login", {login_answer("2.9.52", backups("1,2,3"))}}});
    Controller controller = Controller::connect(options_for(peer));
    CHECK(listed(controller).find("unsupported: Juju 2.9.52 keeps no list of backups") == 0);
    CHECK(removed(controller).find("unsupported: Juju 2.9.52 cannot remove backups") == 0);
    CHECK(outcome([&] { return controller.show("x").id; }).find("unsupported: ") == 0);
    CHECK(peer.heard().size() == 2);
  }
}

TEST_CASE("a cancelled call ends at once, and the connection with it") {
  ScriptedPeer peer(Script{{"Admin.Login", {good_login()}}, {"Backups.Create", {}}});
  Controller controller = Controller::connect(options_for(peer));
  Job job;
  std::thread canceller([&] {
    peer.wait_for(3);
    job.cancel();
  });
  const std::string result = outcome([&] { return controller.create({}, &job).download_id; });
  canceller.join();
  CHECK(result.find("cancelled: ") == 0);
  CHECK(outcome([&] { return std::to_string(controller.list().size()); }) ==
        "io: the connection to the controller ended with an earlier call: connect again");
}
