#include "restore_run/service_steps.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "io/fd.hpp"
#include "restore_run/recording_hosts.hpp"
#include "test_support.hpp"

using namespace jujubackup;
using namespace std::chrono_literals;
using Calls = std::vector<std::string>;

namespace {

struct Fixture {
  Fixture() {
    job.on_note([this](std::string_view text) { notes.emplace_back(text); });
    context.tools.services = &services;
    context.job = &job;
    context.report = &report;
  }
  Job job;
  std::vector<std::string> notes;
  StepReport report;
  test::RecordingServices services;
  restore_run::StepContext context;
};

// Takes part in nothing until it listens.
struct Port {
  Port() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    text = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  void listen() const { REQUIRE(::listen(fd.get(), 8) == 0); }
  Fd fd;
  std::string text;
};

const ControllerHost there = {"1", "10.0.0.2", false};
const ControllerHost here = {"0", "", true};

// Prepares, acts if told to, undoes, and hands over what was called after `prepare`.
template <typename Step>
Calls calls_of(Fixture& fixture, const Step& step, bool acts) {
  const Value prepared = prepare(step, fixture.context);
  CHECK(fixture.services.take_calls().empty());
  if (acts) act(step, prepared, fixture.context);
  undo(step, prepared, fixture.context);
  return fixture.services.take_calls();
}

}  // namespace

TEST_CASE("a stopped agent is started by undo, and only if it ran before") {
  Fixture fixture;
  fixture.services.active = {"jujud-machine-1@1"};
  const StopAgent step{{there, "jujud-machine-1"}};
  CHECK(calls_of(fixture, step, true) == Calls{"stop jujud-machine-1@1", "start jujud-machine-1@1"});
  CHECK(calls_of(fixture, step, false) == Calls{"start jujud-machine-1@1"});
  CHECK(fixture.report.warnings.empty());

  fixture.services.active.clear();
  CHECK(calls_of(fixture, step, true) == Calls{"stop jujud-machine-1@1"});
  CHECK(fixture.services.active.empty());
  CHECK(fixture.report.warnings == Calls{"jujud-machine-1 was not running on machine 1 at 10.0.0.2, and undo would not start it"});
}

TEST_CASE("a started agent is stopped by undo, and only if it did not run before") {
  Fixture fixture;
  const StartAgent step{{here, "jujud-machine-0"}};
  CHECK(calls_of(fixture, step, true) == Calls{"start jujud-machine-0@here", "stop jujud-machine-0@here"});
  fixture.services.active = {"jujud-machine-0@here"};
  CHECK(calls_of(fixture, step, true) == Calls{"start jujud-machine-0@here"});
}

TEST_CASE("the database is stopped and started on this machine") {
  Fixture fixture;
  fixture.services.active = {"juju-db@here"};
  CHECK(calls_of(fixture, StopDatabase{"juju-db"}, true) == Calls{"stop juju-db@here", "start juju-db@here"});
  fixture.services.active.clear();
  const Port port;
  port.listen();
  CHECK(calls_of(fixture, StartDatabase{"juju-db", port.text, 60s}, true) == Calls{"start juju-db@here", "stop juju-db@here"});
  CHECK(fixture.notes.empty());
}

TEST_CASE("what fails is thrown, by undo too") {
  Fixture fixture;
  fixture.services.active = {"a@1"};
  fixture.services.failing = {"stop a@1", "start a@1"};
  const StopAgent step{{there, "a"}};
  const Value prepared = prepare(step, fixture.context);
  CHECK(test::error_of([&] { act(step, prepared, fixture.context); }));
  CHECK(test::error_of([&] { undo(step, prepared, fixture.context); }));
  fixture.context.tools.services = nullptr;
  CHECK(test::error_of([&] { prepare(step, fixture.context); }));
}

TEST_CASE("mongod is waited for until it answers, and a person sees it") {
  Fixture fixture;
  const Port port;
  int looks = 0;
  fixture.services.on_call = [&](const std::string& call) {
    if (call.starts_with("is-active") && ++looks == 2) port.listen();
  };
  act(StartDatabase{"juju-db", port.text, 3600s}, {}, fixture.context);
  CHECK(looks == 2);
  CHECK(fixture.notes == Calls{"waiting, 0 s of up to 3600 s: mongod does not answer at " + port.text + " yet (Connection refused)"});
}

TEST_CASE("mongod that does not answer in time, or ends, is an error") {
  Fixture fixture;
  const Port port;
  auto error = test::error_of([&] { act(StartDatabase{"juju-db", port.text, 0s}, {}, fixture.context); });
  REQUIRE(error);
  CHECK(std::string(error->what()) ==
        "mongod (juju-db) did not answer at " + port.text + " within 0 s: Connection refused; see journalctl -u juju-db");
  fixture.services.on_call = [&](const std::string& call) {
    if (call.starts_with("is-active")) fixture.services.active.clear();
  };
  error = test::error_of([&] { act(StartDatabase{"juju-db", port.text, 3600s}, {}, fixture.context); });
  REQUIRE(error);
  CHECK(std::string(error->what()) == "mongod (juju-db) was started and ended again; see journalctl -u juju-db");
  fixture.services.on_call = [&](const std::string&) { fixture.job.cancel(); };
  error = test::error_of([&] { act(StartDatabase{"juju-db", port.text, 3600s}, {}, fixture.context); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::cancelled);
}

TEST_CASE("services that were not known before are disabled by undo") {
  Fixture fixture;
  fixture.services.known = {"jujud-machine-0"};
  const InstallServices step{{"var/lib/juju/init/jujud-machine-0/jujud-machine-0.service", "var/lib/juju/init/juju-db/juju-db.service"}};
  const Calls all = {"install /var/lib/juju/init/jujud-machine-0/jujud-machine-0.service",
                     "install /var/lib/juju/init/juju-db/juju-db.service", "uninstall juju-db"};
  CHECK(calls_of(fixture, step, true) == all);
  CHECK(calls_of(fixture, step, false) == Calls{"uninstall juju-db"});

  // The process may end after act and before anything was written down: what prepare found counts.
  const Value prepared = prepare(step, fixture.context);
  act(step, prepared, fixture.context);
  act(step, prepared, fixture.context);
  undo(step, prepared, fixture.context);
  CHECK(fixture.services.known == std::set<std::string>{"jujud-machine-0"});
}

TEST_CASE("agents are waited for until they are active and the API answers") {
  Fixture fixture;
  const Port port;
  fixture.services.active = {"a@here"};
  int looks = 0;
  fixture.services.on_call = [&](const std::string& call) {
    if (call != "is-active b@1" || ++looks != 2) return;
    fixture.services.active.insert("b@1");
    port.listen();
  };
  const WaitAgents step{{{here, "a"}, {there, "b"}}, port.text, 3600s};
  act(step, prepare(step, fixture.context), fixture.context);
  undo(step, {}, fixture.context);
  CHECK(fixture.report.warnings.empty());
  CHECK(fixture.services.calls.empty());
  CHECK(fixture.notes == Calls{"waiting, 0 s of up to 3600 s: b on machine 1 at 10.0.0.2 does not run; the API does not answer at " +
                               port.text + " (Connection refused)"});
}

TEST_CASE("agents that are not healthy in time are a warning") {
  Fixture fixture;
  fixture.services.active = {"a@here"};
  fixture.services.failing = {"is-active b@1"};
  const Port port;
  act(WaitAgents{{{here, "a"}, {there, "b"}}, port.text, 0s}, {}, fixture.context);
  CHECK(fixture.report.warnings == Calls{"not healthy within 0 s: whether b runs is not known (told to fail: is-active b@1); the API does "
                                         "not answer at " +
                                         port.text + " (Connection refused); see journalctl there"});
  fixture.services.on_call = [&](const std::string&) { fixture.job.cancel(); };
  const auto error = test::error_of([&] { act(WaitAgents{{{here, "a"}}, port.text, 3600s}, {}, fixture.context); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::cancelled);
}

TEST_CASE("below another root nothing is waited for, and the report says so") {
  Fixture fixture;
  fixture.services.runs_here = false;
  act(WaitAgents{{{here, "a"}}, "localhost:1", 3600s}, {}, fixture.context);
  act(StartDatabase{"juju-db", "localhost:1", 3600s}, {}, fixture.context);
  CHECK(fixture.report.warnings ==
        Calls{"nothing runs below another root: a was not started", "nothing runs below another root: juju-db was not started"});
}
