// Every call of every era, without a connection.
#include <jujubackup/backup_id.hpp>

#include "../machine/controller_root.hpp"
#include "base/json.hpp"
#include "server/facades.hpp"
#include "server/login.hpp"
#include "server/service.hpp"
#include "test_support.hpp"

using namespace jujubackup;
using test::Scratch;

namespace {

struct Fixture {
  Scratch scratch;
  Generation generation;
  ServerLimits limits;
  ControllerFacts facts;
  Users users{{{"admin", "secret", true}, {"bob", "other", false}}};
  EventLog log{nullptr};
  std::optional<Backups> backups;
  std::optional<Restorer> restorer;
  std::optional<Facades> facades;
  std::optional<Service> service;

  explicit Fixture(const std::string& version, bool with_source = true) : generation(JujuVersion::parse(version)) {
    facts.controller_uuid = test::controller_uuid;
    facts.model_uuid = test::model_uuid;
    facts.ca_cert = "PEM";
    facts.advertise = {{"127.0.0.1", 17070}, {"::1", 17070}, {"localhost", 17070}};
    std::optional<CreateOptions> source;
    if (with_source) {
      test::ControllerRoot root;
      root.version = version;
      test::make_controller_root(scratch / "root", root);
      source.emplace();
      source->place.root = scratch / "root";
      source->dump_dir = test::data_path("dump");
      source->check_space = false;
    }
    backups.emplace(generation, Backups::Places{"file:" + (scratch / "store"), scratch / "waiting", facts.model_uuid}, source);
    restorer.emplace(generation, std::nullopt, scratch.path(), log);
    facades.emplace(generation, facts, *backups, *restorer);
    service.emplace(Service{generation, limits, facts, users, log, *backups, *facades, *restorer});
  }

  Caller caller(const char* name, bool on_model) const {
    for (const User& user : users.all()) {
      if (user.name == name) return {&user, on_model, RestoreStatus::none};
    }
    return {};
  }

  // The result as JSON, or "error (code)".
  std::string call(const Caller& who, const char* type, int version, const char* method, const char* params = "{}") {
    RpcRequest request;
    request.type = type;
    request.version = version;
    request.request = method;
    request.params = parse_json(params);
    Job job;
    try {
      return write_json(facades->call(who, request, &job));
    } catch (const RpcError& error) {
      return error.wire_message() + " (" + error.wire_code() + ")";
    } catch (const Error& error) {
      return error.what();
    }
  }
  std::string backups_call(int version, const char* method, const std::string& params = "{}") {
    return call(caller("admin", true), "Backups", version, method, params.c_str());
  }
  Value create(int version, const char* params = "{\"notes\":\"n\"}") {
    const std::string result = backups_call(version, "Create", params);
    INFO(result);
    REQUIRE(result.starts_with("{"));
    return parse_json(result);
  }
};

std::string text(const Value& value, const char* key) {
  const Value* found = value.find(key);
  return found == nullptr ? "absent" : found->string() == nullptr ? "no text" : *found->string();
}

constexpr const char* not_kept = "backups stored in the controller database not supported (not supported)";
constexpr const char* restore_moved = "restore is now provided by the standalone juju-restore utility ()";
constexpr const char* no_restore = "restore is not served by this embedded controller (not supported)";

}  // namespace

TEST_CASE("what each release has and has not") {
  struct Case {
    const char* version;
    int facade;
    const char *method, *wanted;
  };
  const Case cases[] = {
      {"2.0.0", 1, "List", "{\"list\":[]}"},
      {"2.0.0", 1, "Info", "backup metadata \"\" not found (not found)"},
      {"2.0.0", 1, "Remove", "not found ()"},
      {"2.0.0", 1, "Restore", no_restore},
      {"2.0.0", 2, "Create", "unknown version (2) of interface \"Backups\" (not implemented)"},
      {"2.0.0", 0, "Create", "unknown object type \"Backups\" (not implemented)"},
      {"2.9.21", 1, "Remove", "no such request - method Backups(1).Remove is not implemented (not implemented)"},
      {"2.9.21", 2, "Remove", "{\"results\":[]}"},
      {"2.9.21", 2, "PrepareRestore", no_restore},
      {"2.9.21", 3, "Create", "unknown version (3) of interface \"Backups\" (not implemented)"},
      {"2.9.22", 2, "List", not_kept},
      {"2.9.22", 2, "Info", not_kept},
      {"2.9.22", 2, "Remove", not_kept},
      {"2.9.22", 1, "Remove", "no such request - method Backups(1).Remove is not implemented (not implemented)"},
      {"2.9.22", 2, "Restore", restore_moved},
      {"2.9.22", 2, "PrepareRestore", "no such request - method Backups(2).PrepareRestore is not implemented (not implemented)"},
      {"2.9.22", 3, "Create", "unknown version (3) of interface \"Backups\" (not implemented)"},
      {"2.9.42", 3, "List", not_kept},
      {"2.9.42", 3, "Restore", restore_moved},
      {"3.6.4", 3, "List", "no such request - method Backups(3).List is not implemented (not implemented)"},
      {"3.6.4", 2, "Create", "unknown version (2) of interface \"Backups\" (not implemented)"},
      {"4.0.15", 3, "Create", "Dqlite-based backups not implemented (not implemented)"},
      {"4.0.15", 3, "Info", "no such request - method Backups(3).Info is not implemented (not implemented)"},
  };
  for (const Case& c : cases) {
    Fixture server(c.version, false);
    INFO(c.version << " " << c.facade << " " << c.method);
    CHECK(server.backups_call(c.facade, c.method) == c.wanted);
  }
}

TEST_CASE("who may call what, and where") {
  Fixture server("2.9.21", false);
  const auto admin = server.caller("admin", true), bob = server.caller("bob", true), above = server.caller("admin", false);
  struct Case {
    const Caller& who;
    const char* type;
    int version;
    const char *method, *params, *wanted;
  };
  const Case cases[] = {
      {bob, "Backups", 2, "List", "{}", "permission denied (unauthorized access)"},
      {bob, "Backups", 2, "Foo", "{}", "no such request - method Backups(2).Foo is not implemented (not implemented)"},
      {bob, "Pinger", 1, "Ping", "{}", "{}"},
      {above, "Pinger", 1, "Ping", "{}", "{}"},
      {above, "Backups", 2, "List", "{}", "facade \"Backups\" not supported for controller API connection (not supported)"},
      {above, "X", 0, "Y", "{}", "facade \"X\" not supported for controller API connection (not supported)"},
      {admin, "ModelManager", 5, "ListModels", "{}", "facade \"ModelManager\" not supported for model API connection (not supported)"},
      {admin, "X", 0, "Y", "{}", "unknown object type \"X\" (not implemented)"},
      {admin, "X", 3, "Y", "{}", "unknown version (3) of interface \"X\" (not implemented)"},
      {admin, "Backups", 2, "Create", "{\"notes\":\"x\"}", "this embedded controller has nothing to back up ()"},
      {admin, "Backups", 2, "Remove", "{\"ids\":[\"a\",\"../b\"]}",
       "{\"results\":[{\"error\":{\"message\":\"not found\",\"code\":\"\"}},{\"error\":{\"message\":\"not found\",\"code\":\"\"}}]}"},
      {admin, "Backups", 2, "Info", "{\"id\":\"../../etc/passwd\"}", "backup metadata \"../../etc/passwd\" not found (not found)"},
  };
  for (const Case& c : cases) {
    INFO(c.type << "." << c.method);
    CHECK(server.call(c.who, c.type, c.version, c.method, c.params) == c.wanted);
  }
  // What cannot be read is an answer, too.
  for (const char* params : {"{\"ids\":3}", "{\"ids\":[1]}"})
    CHECK(server.backups_call(2, "Remove", params).find("results") == std::string::npos);
  CHECK(server.backups_call(2, "Create", "{\"notes\":1}").find("notes") != std::string::npos);
}

TEST_CASE("2.0: everything is kept") {
  Fixture server("2.0.0");
  const Value made = server.create(1);
  const std::string id = text(made, "id");
  CHECK(is_backup_id(id));
  CHECK(id.ends_with(test::model_uuid));
  CHECK(text(made, "notes") == "n");
  CHECK(text(made, "version") == "2.0.0");
  CHECK(text(made, "filename") == "absent");
  CHECK(text(made, "ca-cert") == test::ca_cert);
  CHECK(text(made, "ca-private-key") == "");
  // The second one, in the same second or not.
  const std::string other = text(server.create(1), "id");
  CHECK(other != id);
  const Value info = parse_json(server.backups_call(1, "Info", "{\"id\":\"" + id + "\"}"));
  CHECK(text(info, "checksum") == text(made, "checksum"));
  CHECK(text(info, "started").find('.') == std::string::npos);
  CHECK(text(info, "ca-cert") == "");
  CHECK(parse_json(server.backups_call(1, "List")).find("list")->array()->size() == 2);
  CHECK(server.backups_call(1, "Remove", "{\"id\":\"" + id + "\"}") == "{}");
  CHECK(server.backups_call(1, "Info", "{\"id\":\"" + id + "\"}") == "backup metadata \"" + id + "\" not found (not found)");
  auto download = server.backups->open(other);
  CHECK(download.one_shot_path == "");
  server.backups->deliver(download, [] {});
  CHECK_NOTHROW(server.backups->open(other));
}

TEST_CASE("2.4 - 2.9.21: kept on request, and a file for one download") {
  Fixture server("2.9.21");
  struct Case {
    const char* name;
    int facade;
    const char* params;
    bool kept, waiting;
  };
  const Case cases[] = {
      {"neither", 2, "{\"no-download\":true}", false, false},
      {"download", 2, "{}", false, true},
      {"both", 2, "{\"keep-copy\":true}", true, true},
      {"keep", 2, "{\"keep-copy\":true,\"no-download\":true}", true, false},
      {"old client", 1, "{}", true, false},
  };
  for (const Case& c : cases) {
    INFO(c.name);
    const Value made = server.create(c.facade, c.params);
    const std::string id = text(made, "id"), path = text(made, "filename");
    CHECK(id.empty() != c.kept);
    CHECK((text(made, "stored") == "0001-01-01T00:00:00Z") != c.kept);
    CHECK(path.ends_with("/juju-backup.tar.gz"));
    CHECK(std::filesystem::exists(path) == c.waiting);
    CHECK(made.find("size")->integer() != nullptr);
    if (c.waiting) {
      auto download = server.backups->open(path);
      CHECK(download.sha1_base64 == text(made, "checksum"));
      CHECK(static_cast<std::int64_t>(*download.source->size()) == *made.find("size")->integer());
      server.backups->deliver(download, [] {});
      CHECK_FALSE(std::filesystem::exists(path));
    }
    CHECK(std::filesystem::is_empty(server.scratch / "waiting"));
    if (c.kept) CHECK(server.backups_call(2, "Info", "{\"id\":\"" + id + "\"}").starts_with("{"));
  }
}

TEST_CASE("2.9.22 and later: a file for one download") {
  for (const char* version : {"2.9.42", "3.6.4"}) {
    INFO(version);
    Fixture server(version);
    const Value made = server.create(3, "{\"notes\":\"n\",\"no-download\":true,\"keep-copy\":true}");
    CHECK(text(made, "id") == "");
    CHECK(text(made, "ca-private-key") == "absent");
    CHECK(text(made, "base") != "absent");
    CHECK((text(made, "series") == "absent") == (std::string(version) == "3.6.4"));
    const std::string path = text(made, "filename");
    CHECK(path.find("/juju-backup-") != std::string::npos);
    auto download = server.backups->open(path);
    CHECK(test::error_of([&] { server.backups->deliver(download, [] { throw Error(ErrorCode::io, "broken"); }); }));
    CHECK(std::filesystem::exists(path));
    server.backups->deliver(download, [] {});
    CHECK_FALSE(std::filesystem::exists(path));
    CHECK(test::error_of([&] { server.backups->open(path); })->message().find("while opening archive file for download: ") == 0);
    const auto error = test::error_of([&] { server.backups->open("/etc/passwd"); });
    REQUIRE(error);
    CHECK(error->message() == "backup file \"/etc/passwd\" not valid (not valid)");
  }
}

TEST_CASE("a create that fails says so in Juju's form and leaves nothing") {
  for (const char* version : {"2.0.0", "2.9.21", "2.9.42"}) {
    INFO(version);
    Fixture server(version);
    std::filesystem::remove(server.scratch / "root/var/lib/juju/server.pem");
    const int facade = std::string(version) == "2.9.42" ? 3 : 1;
    const std::string error = server.backups_call(facade, "Create");
    CHECK(error.find("while ") == 0);
    CHECK(error.find("server.pem") != std::string::npos);
    CHECK(std::filesystem::is_empty(server.scratch / "waiting"));
    CHECK(server.backups->list(nullptr).empty());
  }
}

TEST_CASE("before login") {
  Fixture server("2.9.21", false);
  struct Case {
    const char *model, *type;
    int version;
    const char *method, *params, *wanted;
  };
  const char* const wrong = "invalid entity name or password (unauthorized access)";
  const Case cases[] = {
      {test::model_uuid, "Admin", 3, "Login", "{\"auth-tag\":\"user-admin\",\"credentials\":\"wrong\"}", wrong},
      {test::model_uuid, "Admin", 3, "Login", "{\"auth-tag\":\"user-nobody\",\"credentials\":\"secret\"}", wrong},
      {test::model_uuid, "Admin", 3, "Login", "{\"auth-tag\":\"user-admin\",\"credentials\":\"\"}",
       "no credentials provided (unauthorized access)"},
      {test::model_uuid, "Admin", 3, "Login", "{}", "no credentials provided (unauthorized access)"},
      {test::model_uuid, "Admin", 4, "LoginDevice", "{}", "this version of Juju does not support login from old clients (not supported)"},
      {test::model_uuid, "Admin", 3, "RedirectInfo", "{}", "not redirected ()"},
      {test::model_uuid, "Admin", 3, "X", "{}", "no such request - method Admin(3).X is not implemented (not implemented)"},
      {test::model_uuid, "Pinger", 1, "Ping", "{}", "unknown version (1) of interface \"Pinger\" (not implemented)"},
      {"", "Pinger", 0, "Ping", "{}", "unknown object type \"Pinger\" (not implemented)"},
      {test::controller_uuid, "Pinger", 0, "Ping", "{}", "unknown model: \"bda3b637-7972-47f7-87fd-a3f2d0c748a5\" (model not found)"},
  };
  for (const Case& c : cases) {
    INFO(c.type << "." << c.method << " " << c.params);
    RpcRequest request;
    request.type = c.type;
    request.version = c.version;
    request.request = c.method;
    request.params = parse_json(c.params);
    Caller caller;
    std::string said;
    try {
      call_before_login(*server.service, request, c.model, caller);
    } catch (const RpcError& error) {
      said = error.wire_message() + " (" + error.wire_code() + ")";
    }
    CHECK(said == c.wanted);
    CHECK(caller.user == nullptr);
  }
}

TEST_CASE("the answer to a login") {
  Fixture server("2.9.21", false);
  RpcRequest request;
  request.type = "Admin";
  request.version = 3;
  request.request = "Login";
  request.params = parse_json("{\"auth-tag\":\"user-bob@local\",\"credentials\":\"other\"}");
  Caller caller;
  const Value on_model = call_before_login(*server.service, request, test::model_uuid, caller);
  REQUIRE(caller.user != nullptr);
  CHECK(caller.on_model);
  CHECK(text(on_model, "model-tag") == std::string("model-") + test::model_uuid);
  CHECK(text(on_model, "controller-tag") == std::string("controller-") + test::controller_uuid);
  CHECK(text(on_model, "server-version") == "2.9.21");
  CHECK(write_json(*on_model.find("user-info")) ==
        R"({"display-name":"","identity":"user-bob","controller-access":"login","model-access":"read"})");
  CHECK(
      write_json(*on_model.find("servers")) ==
      R"([[{"value":"127.0.0.1","type":"ipv4","scope":"public","port":17070},{"value":"::1","type":"ipv6","scope":"public","port":17070},)"
      R"({"value":"localhost","type":"hostname","scope":"public","port":17070}]])");
  const std::string offered = write_json(*on_model.find("facades"));
  CHECK(offered.find(R"({"name":"Backups","versions":[1,2]})") != std::string::npos);
  CHECK(offered.find("ModelManager") == std::string::npos);

  const Value above = call_before_login(*server.service, request, "", caller);
  CHECK(above.find("model-tag") == nullptr);
  CHECK(write_json(*above.find("facades")).find("Backups") == std::string::npos);
  CHECK(write_json(*above.find("facades")).find("ModelManager") != std::string::npos);
}

TEST_CASE("what real clients ask for before a backup") {
  for (const char* version : {"2.0.0", "2.9.21", "3.6.4", "4.0.15"}) {
    INFO(version);
    Fixture server(version, false);
    const bool typed = std::string(version) != "2.0.0";
    const auto above = server.caller("admin", false), bob = server.caller("bob", false), on_model = server.caller("bob", true);
    const Generation& g = server.generation;
    const int manager = typed ? 9 : 2, client = g.at_least(4, 0) ? 8 : g.at_least(2, 9) ? 6 : 1, config = typed ? 3 : 1;
    const std::string models = server.call(above, "ModelManager", manager, "ListModels", "{\"tag\":\"user-admin\"}");
    CHECK(models.find(std::string("\"uuid\":\"") + test::model_uuid) != std::string::npos);
    CHECK((models.find("\"type\":\"iaas\"") != std::string::npos) == typed);
    CHECK(server.call(bob, "ModelManager", manager, "ListModels", "{\"tag\":\"user-admin\"}") == "permission denied (unauthorized access)");
    CHECK(server.call(bob, "ModelManager", manager, "ListModels", "{\"tag\":\"user-bob\"}").find("user-models") != std::string::npos);
    const std::string entities = std::string("{\"entities\":[{\"tag\":\"model-") + test::model_uuid + "\"},{\"tag\":\"model-x\"}]}";
    const std::string status = server.call(above, typed ? "ModelManager" : "Controller", typed ? 9 : 3, "ModelStatus", entities.c_str());
    CHECK(status.find("\"has-vote\":true") != std::string::npos);
    CHECK(status.find("model not found") != std::string::npos);
    const std::string full = server.call(on_model, "Client", client, "FullStatus", "{\"patterns\":[]}");
    CHECK(full.find("JobManageModel") != std::string::npos);
    CHECK(full.find(std::string("\"version\":\"") + version) != std::string::npos);
    const std::string got = server.call(on_model, "ModelConfig", config, "ModelGet");
    CHECK((got.find("backup-dir") != std::string::npos) == typed);
    CHECK(server.call(above, "Controller",
                      g.at_least(4, 0)   ? 14
                      : g.at_least(3, 0) ? 11
                                         : 3,
                      "ControllerConfig")
              .find("\"api-port\":17070") != std::string::npos);
    CHECK(server.call(above, "HighAvailability", 2, "EnableHA").find("not supported") != std::string::npos);
  }
}
