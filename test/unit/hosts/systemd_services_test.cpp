#include <jujubackup/hosts.hpp>

#include "hosts/fake_program.hpp"
#include "io/process.hpp"
#include "test_support.hpp"

using namespace jujubackup;

namespace {

ControllerHost this_machine() { return {"0", "", true}; }

// A systemctl that answers as the case says, and whatever lends it hosts.
struct Fixture {
  explicit Fixture(const std::string& script) : systemctl(scratch, "systemctl", script) { options.program = systemctl.path(); }
  std::unique_ptr<Services> services() { return systemd_services(*hosts, options); }

  test::Scratch scratch;
  test::FakeProgram systemctl;
  std::unique_ptr<Hosts> hosts = ssh_hosts();
  SystemdOptions options;
};

}  // namespace

TEST_CASE("start and stop name the unit in full") {
  Fixture fixture("");
  const auto services = fixture.services();
  services->start(this_machine(), "jujud-machine-0", nullptr);
  services->stop(this_machine(), "snap.juju-db.daemon", nullptr);
  CHECK(fixture.systemctl.text() == "start jujud-machine-0.service\nstop snap.juju-db.daemon.service\n");
}

TEST_CASE("a failure says what systemctl said") {
  Fixture fixture("echo 'Job for x failed.' >&2; echo >&2; echo 'See \"journalctl -xeu x\" for details.' >&2; exit 1");
  const auto services = fixture.services();
  const auto error = test::error_of([&] { services->start(this_machine(), "juju-db", nullptr); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::program);
  CHECK(std::string(error->what()) ==
        "systemctl start juju-db.service failed with exit code 1: Job for x failed; See \"journalctl -xeu x\" for details");
  CHECK(test::error_of([&] { services->stop(this_machine(), "juju-db", nullptr); }));
  CHECK(test::error_of([&] { services->is_active(this_machine(), "juju-db", nullptr); }));
}

TEST_CASE("stopping what does not exist is fine, starting it is not") {
  Fixture fixture("echo \"Unit $2 not loaded.\" >&2; exit 5");
  const auto services = fixture.services();
  services->stop(this_machine(), "gone", nullptr);
  const auto error = test::error_of([&] { services->start(this_machine(), "gone", nullptr); });
  REQUIRE(error);
  CHECK(std::string(error->what()) == "systemctl start gone.service failed with exit code 5: Unit gone.service not loaded");
}

TEST_CASE("what is active") {
  struct Case {
    const char* script;
    bool active;
  };
  for (const Case& c : {Case{"echo active; exit 0", true},
                        {"echo inactive; exit 3", false},
                        {"echo failed; exit 3", false},
                        {"echo activating; exit 3", true},
                        {"echo deactivating; exit 3", false},
                        {"echo inactive; exit 4", false}}) {
    Fixture fixture(c.script);
    CHECK_MESSAGE(fixture.services()->is_active(this_machine(), "x", nullptr) == c.active, c.script);
    CHECK(fixture.systemctl.text() == "is-active x.service\n");
  }
}

TEST_CASE("services elsewhere go over ssh as root, and errors say where") {
  Fixture fixture("");
  const test::FakeProgram ssh(fixture.scratch, "ssh", "echo denied >&2; exit 1");
  SshOptions options;
  options.program = ssh.path();
  fixture.hosts = ssh_hosts(options);
  fixture.options.program = "systemctl";
  fixture.options.root = "/mnt";  // of this machine only
  const auto services = fixture.services();
  const auto error = test::error_of([&] { services->stop({"1", "10.0.0.2", false}, "jujud-machine-1", nullptr); });
  REQUIRE(error);
  CHECK(std::string(error->what()) == "machine 1 at 10.0.0.2: systemctl stop jujud-machine-1.service failed with exit code 1: denied");
  CHECK(ssh.arguments(1).back() == "sudo -n -- 'systemctl' 'stop' 'jujud-machine-1.service'");
}

TEST_CASE("what is no name of a service is not handed on") {
  Fixture fixture("");
  const auto services = fixture.services();
  for (const char* name : {"", "-H", "a b", "x;id", "../x"}) {
    const auto error = test::error_of([&] { services->stop(this_machine(), name, nullptr); });
    REQUIRE_MESSAGE(error, name);
    CHECK(error->code() == ErrorCode::invalid_argument);
  }
  for (const char* file : {"jujud.service", "/x/jujud", "/x/.service", "/x/-a.service"}) {
    CHECK_MESSAGE(test::error_of([&] { services->install({file}, nullptr); }), file);
  }
  CHECK(fixture.systemctl.calls() == 0);
}

TEST_CASE("unit files are linked unless known, and enabled") {
  Fixture fixture(
      "case \"$*\" in 'is-enabled old.service') echo disabled; exit 1;; is-enabled*) echo 'No such file or directory' >&2; exit 1;; esac");
  const auto services = fixture.services();
  CHECK(services->install({"/init/new.service", "/init/old.service"}, nullptr) == std::vector<std::string>{"new"});
  CHECK(fixture.systemctl.text() ==
        "is-enabled new.service\nlink /init/new.service\nis-enabled old.service\ndaemon-reload\n"
        "enable new.service\nenable old.service\n");
}

TEST_CASE("uninstall leaves alone what is not known") {
  Fixture fixture("case \"$*\" in 'is-enabled old.service') echo enabled;; is-enabled*) exit 1;; esac");
  fixture.services()->uninstall({"old", "gone"}, nullptr);
  CHECK(fixture.systemctl.text() == "is-enabled old.service\ndisable old.service\nis-enabled gone.service\ndaemon-reload\n");
}

TEST_CASE("below another root nothing runs") {
  Fixture fixture("echo linked");
  fixture.options.root = "/mnt/root";
  const auto services = fixture.services();
  CHECK_FALSE(services->runs(this_machine()));
  CHECK(services->runs({"1", "h", false}));
  services->start(this_machine(), "x", nullptr);
  services->stop(this_machine(), "x", nullptr);
  CHECK_FALSE(services->is_active(this_machine(), "x", nullptr));
  CHECK(fixture.systemctl.calls() == 0);
  CHECK(services->install({"/init/x.service"}, nullptr).empty());
  CHECK(fixture.systemctl.text() == "--root=/mnt/root is-enabled x.service\n--root=/mnt/root enable x.service\n");
}

TEST_CASE("with the real systemctl, below another root") {
  if (find_in_path("systemctl").empty()) {
    MESSAGE("skipped: there is no systemctl here");
    return;
  }
  const test::Scratch scratch;
  const std::string unit = "/var/lib/juju/init/jujud-machine-0/jujud-machine-0.service";
  test::write_file(scratch.path() + unit, "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n");
  std::filesystem::create_directories(scratch / "etc/systemd/system");
  const auto hosts = ssh_hosts();
  SystemdOptions options;
  options.root = scratch.path();
  const auto services = systemd_services(*hosts, options);
  const auto links = [&] {
    return std::filesystem::is_symlink(scratch / "etc/systemd/system/jujud-machine-0.service") +
           std::filesystem::is_symlink(scratch / "etc/systemd/system/multi-user.target.wants/jujud-machine-0.service");
  };
  CHECK_FALSE(services->is_known("jujud-machine-0", nullptr));
  CHECK(services->install({unit}, nullptr) == std::vector<std::string>{"jujud-machine-0"});
  CHECK(services->is_known("jujud-machine-0", nullptr));
  CHECK(links() == 2);
  CHECK(services->install({unit}, nullptr).empty());
  services->uninstall({"jujud-machine-0"}, nullptr);
  services->uninstall({"jujud-machine-0"}, nullptr);
  CHECK(links() == 0);
}
