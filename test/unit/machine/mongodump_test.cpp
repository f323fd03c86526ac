#include "machine/mongodump.hpp"

#include <atomic>
#include <sstream>
#include <thread>

#include "controller_root.hpp"
#include "stand_in.hpp"

using jujubackup::AgentConf;
using jujubackup::ErrorCode;
using jujubackup::JujuVersion;
using jujubackup::MongodumpOptions;
using jujubackup::MongodumpTls;
using jujubackup::machine::run_mongodump;
using jujubackup::machine::StagedDump;
using test::error_of;
using test::Scratch;
using test::StandIn;

namespace {

std::string arguments_of(const char* version, const MongodumpTls& tls = {}) {
  std::string line;
  for (const std::string& argument : mongodump_arguments(JujuVersion::parse(version), "localhost:37017", "machine-0", "/out", tls)) {
    line += (line.empty() ? "" : " ") + argument;
  }
  return line;
}

// One run below a scratch directory that is also the machine's root; the stage is to be empty afterwards.
struct Run {
  Scratch scratch;
  jujubackup::ControllerPlace place;
  MongodumpOptions options;
  AgentConf conf = jujubackup::parse_agent_conf(test::agent_conf_text({}));

  Run() {
    place.root = scratch.path();
    options.program = StandIn::program();
    options.work_dir = scratch / "work";
    std::filesystem::create_directory(options.work_dir);
  }
  std::unique_ptr<StagedDump> run(const char* version = "2.9.50", jujubackup::Job* job = nullptr) {
    return run_mongodump(place, options, JujuVersion::parse(version), conf, job);
  }
  bool stage_is_empty() const { return std::filesystem::is_empty(options.work_dir); }
};

}  // namespace

TEST_CASE("mongodump's arguments, by version") {
  const std::string rest = " --authenticationDatabase admin --host localhost:37017 --username machine-0 --out /out --oplog";
  const std::string snap_ca =
      " --sslCAFile /var/snap/juju-db/common/ca.crt --sslPEMKeyFile /var/snap/juju-db/common/server.pem --sslPEMKeyPassword ignore";
  const std::string data_ca = " --sslCAFile /var/lib/juju/ca.crt --sslPEMKeyFile /var/lib/juju/server.pem --sslPEMKeyPassword ignore";
  const MongodumpTls old{.old_mongod = true};
  const MongodumpTls data{.directory = "/var/lib/juju"};
  struct Case {
    const char* version;
    MongodumpTls tls;
    std::string arguments;
  };
  const std::vector<Case> cases = {
      {"1.25.6", {}, "--ssl --journal" + rest},
      {"2.0.0", {}, "--ssl" + rest},
      {"2.3.9", {}, "--ssl" + rest},
      {"2.4-beta3", {}, "--ssl" + rest},
      {"2.4-rc1", {}, "--ssl --sslAllowInvalidCertificates" + rest},
      {"2.4.0", {}, "--ssl --sslAllowInvalidCertificates" + rest},
      {"2.9.53", {}, "--ssl --sslAllowInvalidCertificates" + rest},
      {"2.9.54", {}, "--ssl" + rest + snap_ca},
      {"2.9.54", old, "--ssl" + rest},
      {"2.9.58", {}, "--ssl" + rest + snap_ca},
      {"2.9.58", old, "--ssl" + rest + snap_ca},
      {"2.9.58", data, "--ssl" + rest + data_ca},
      {"3.0-beta1", {}, "--ssl --tlsInsecure" + rest},
      {"3.0.0", {}, "--ssl --tlsInsecure" + rest},
      {"3.6.14", {}, "--ssl --tlsInsecure" + rest},
      {"3.6.15", {}, "--ssl" + rest + snap_ca},
      {"3.6.15", old, "--ssl --tlsInsecure" + rest},
      {"3.6.21", old, "--ssl --tlsInsecure" + rest},
      {"3.6.22", old, "--ssl" + rest + snap_ca},
      {"3.6.23", data, "--ssl" + rest + data_ca},
  };
  for (const Case& c : cases) {
    CAPTURE(c.version);
    CAPTURE(c.tls.old_mongod);
    CHECK(arguments_of(c.version, c.tls) == c.arguments);
  }
}

TEST_CASE("a dump is staged, and goes with its owner") {
  Run run;
  const StandIn stand_in(run.scratch, "");
  run.options.extra_arguments = {"--sslCAFile", "/etc/ca file.crt"};
  {
    const auto staged = run.run();
    CHECK(std::filesystem::path(staged->path()).parent_path().parent_path() == run.options.work_dir);
    CHECK(test::read_file(staged->path() + "/oplog.bson") == test::read_file(test::data_path("dump/oplog.bson")));
    CHECK((std::filesystem::status(staged->path()).permissions() & std::filesystem::perms(077)) == std::filesystem::perms::none);
    CHECK(stand_in.arguments() == std::vector<std::string>{"--ssl", "--sslAllowInvalidCertificates", "--authenticationDatabase", "admin",
                                                           "--host", "localhost:37017", "--username", "machine-0", "--out", staged->path(),
                                                           "--oplog", "--sslCAFile", "/etc/ca file.crt"});
    CHECK(stand_in.password() == test::state_password);
  }
  CHECK(run.stage_is_empty());
}

TEST_CASE("host, user and password that were given win over agent.conf") {
  Run run;
  const StandIn stand_in(run.scratch, "");
  run.options.username = "admin";
  run.options.password = "-n $(given) %s \\t 'x'";
  for (const auto& [host, wanted] : {std::pair("10.9.8.7", "10.9.8.7:37017"), std::pair("10.9.8.7:27017", "10.9.8.7:27017")}) {
    run.options.host = host;
    run.run();
    const std::vector<std::string> arguments = stand_in.arguments();
    CHECK(arguments.at(5) == wanted);
    CHECK(arguments.at(7) == "admin");
    CHECK(stand_in.password() == run.options.password);
  }
}

TEST_CASE("a container's tag is the user name") {
  Run run;
  const StandIn stand_in(run.scratch, "");
  run.conf.machine_id = "1/lxd/2";
  run.run();
  CHECK(stand_in.arguments().at(7) == "machine-1-lxd-2");
}

TEST_CASE("where the CA lies and which mongod it is decides on the arguments") {
  const auto last_arguments = [](Run& run, const char* version) {
    const StandIn stand_in(run.scratch, "");
    const auto staged = run.run(version);
    std::string line;
    const std::vector<std::string> arguments = stand_in.arguments();
    const auto oplog = std::find(arguments.begin(), arguments.end(), "--oplog");
    for (auto it = oplog + 1; it < arguments.end(); ++it) line += " " + *it;
    return line;
  };
  Run run;
  const auto ca = [&](const std::string& directory) {
    const std::string path = run.scratch / directory;
    return " --sslCAFile " + path + "/ca.crt --sslPEMKeyFile " + path + "/server.pem --sslPEMKeyPassword ignore";
  };
  CHECK(last_arguments(run, "3.6.22") == ca("var/lib/juju"));
  std::filesystem::create_directories(run.scratch / "var/snap/juju-db/common");
  CHECK(last_arguments(run, "3.6.22") == ca("var/snap/juju-db/common"));

  // The mongod beside the tool is asked where 3.6.15 did.
  const std::string bin = run.scratch / "bin";
  std::filesystem::create_directory(bin);
  std::filesystem::create_symlink(StandIn::program(), bin + "/juju-db.mongodump");
  run.options.program = bin + "/juju-db.mongodump";
  for (const auto& [version, wanted] : {std::pair<const char*, std::string>("4.4.29", ""), {"4.4.30", ca("var/snap/juju-db/common")}}) {
    test::write_file(bin + "/juju-db.mongod", std::string("#!/bin/sh\necho 'db version v") + version + "'\n");
    std::filesystem::permissions(bin + "/juju-db.mongod", std::filesystem::perms::owner_all);
    CHECK(last_arguments(run, "3.6.15") == wanted);
  }
}

TEST_CASE("the juju-db snap has a /tmp of its own") {
  Run run;
  const StandIn stand_in(run.scratch, "snap");
  const std::string private_tmp = run.scratch / "tmp/snap-private-tmp";
  std::filesystem::create_directories(private_tmp);
  std::filesystem::permissions(private_tmp, std::filesystem::perms::owner_all);
  {
    const auto staged = run.run();
    CHECK(staged->path() == private_tmp + "/snap.juju-db" + staged->out_dir());
    CHECK(std::filesystem::exists(staged->path() + "/juju/models.bson"));
  }
  CHECK(std::filesystem::is_empty(private_tmp + "/snap.juju-db" + run.options.work_dir));
  CHECK(run.stage_is_empty());

  // What others may write to is not believed.
  std::filesystem::permissions(private_tmp, std::filesystem::perms::all);
  const auto error = error_of([&] { run.run(); });
  REQUIRE(error);
  CHECK(error->message() == "too few files in dump dir (0)");
}

TEST_CASE("a failure is told with the tool's output and without the password") {
  const std::string program = StandIn::program();
  struct Case {
    const char* mode;
    const char* password;
    std::string message;
  };
  const std::string failed = "error dumping databases: error executing \"" + program + "\": ";
  const std::vector<Case> cases = {
      {"fail", "Invented1", failed + "Failed: error connecting to db server: no reachable servers; second line"},
      {"echo", "Invented1", failed + "cannot log in as machine-0 with '***'; again: ******"},
      {"echo", "Inv\xc3\xa9nted \"1\"", failed + "cannot log in as machine-0 with '***'; again: ******"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.mode);
    Run run;
    const StandIn stand_in(run.scratch, c.mode);
    run.options.password = c.password;
    const auto error = error_of([&] { run.run(); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::program);
    CHECK(error->message() == c.message);
    CHECK(std::string(error->what()).find(c.password) == std::string::npos);
    CHECK(run.stage_is_empty());
  }
}

TEST_CASE("a dump that was not made is noticed") {
  Run run;
  const StandIn stand_in(run.scratch, "nothing");
  const auto error = error_of([&] { run.run(); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::invalid_argument);
  CHECK(error->message() == "too few files in dump dir (0)");
  CHECK(run.stage_is_empty());
}

TEST_CASE("a tool that hangs is ended by the timeout") {
  Run run;
  const StandIn stand_in(run.scratch, "hang");
  run.options.timeout = std::chrono::seconds(1);
  const auto error = error_of([&] { run.run(); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::program);
  CHECK(stand_in.was_run());
  CHECK(run.stage_is_empty());
}

TEST_CASE("a tool that hangs is ended by cancelling") {
  Run run;
  const StandIn stand_in(run.scratch, "hang");
  jujubackup::Job job;
  std::atomic<bool> over = false;
  std::thread canceller([&] {
    while (!over && !stand_in.was_run()) std::this_thread::yield();
    job.cancel();
  });
  const auto error = error_of([&] { run.run("2.9.50", &job); });
  over = true;
  canceller.join();
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::cancelled);
  CHECK(run.stage_is_empty());
}

TEST_CASE("what is missing or must not be is said before anything runs") {
  struct Case {
    const char* what;
    void (*change)(Run&);
    const char* message;
  };
  const char* among = "the password must not be among mongodump's arguments: other users of the machine could read it";
  const std::vector<Case> cases = {
      {"no password", [](Run& run) { run.conf.state_password.clear(); }, "agent.conf has no statepassword: give mongodump's password"},
      {"line break", [](Run& run) { run.options.password = "hush\nhush"; }, "a password with a line break cannot be handed to mongodump"},
      {"NUL", [](Run& run) { run.options.password = std::string("hush\0hush", 9); },
       "a password with a line break cannot be handed to mongodump"},
      {"no port", [](Run& run) { run.conf.state_port = 0; }, "agent.conf has no stateport: give mongodump's host as host:port"},
      {"no user", [](Run& run) { run.conf.machine_id.clear(); }, "without agent.conf, mongodump's username must be given"},
      {"--password",
       [](Run& run) {
         run.options.extra_arguments = {"--password", "hush"};
       },
       among},
      {"--password=", [](Run& run) { run.options.extra_arguments = {"--password=hush"}; }, among},
      {"-p", [](Run& run) { run.options.extra_arguments = {"-phush"}; }, among},
      {"in a URI", [](Run& run) { run.options.extra_arguments = {std::string("mongodb://u:") + test::state_password + "@h"}; }, among},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    Run run;
    const StandIn stand_in(run.scratch, "");
    c.change(run);
    const auto error = error_of([&] { run.run(); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::invalid_argument);
    CHECK(error->message() == c.message);
    CHECK_FALSE(stand_in.was_run());
    CHECK(run.stage_is_empty());
  }
}

TEST_CASE("a program that is not there, a staging folder that is not there") {
  Run run;
  run.options.program = run.scratch / "missing";
  auto error = error_of([&] { run.run(); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::not_found);
  CHECK(run.stage_is_empty());

  run.options.work_dir = run.scratch / "nowhere";
  error = error_of([&] { run.run(); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::not_found);
}
