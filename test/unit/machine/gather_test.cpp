#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include <jujubackup/machine.hpp>

#include "controller_root.hpp"

using jujubackup::ControllerPlace;
using jujubackup::ErrorCode;
using jujubackup::InputFile;
using jujubackup::JujuVersion;
using test::error_of;

namespace {

struct Gathered {
  std::vector<std::string> names;  // "!" before a required one
  std::vector<std::string> warnings;
};

Gathered gather(const std::string& root, const char* version, const std::string& machine_id = "") {
  ControllerPlace place;
  place.root = root;
  place.machine_id = machine_id;
  Gathered gathered;
  for (const InputFile& file : find_controller_files(place, JujuVersion::parse(version), gathered.warnings)) {
    CHECK(file.disk_path == root + "/" + file.name);
    gathered.names.push_back((file.required ? "!" : "") + file.name);
  }
  return gathered;
}

using Names = std::vector<std::string>;

Names expected(const std::string& shared_secret = "!var/lib/juju/shared-secret") {
  return {
      "!var/lib/juju/tools",
      "var/lib/juju/tools/2.9.50-jammy-amd64",
      "var/lib/juju/tools/2.9.50-jammy-amd64/FORCE-VERSION",
      "var/lib/juju/tools/2.9.50-jammy-amd64/downloaded-tools.txt",
      "var/lib/juju/tools/2.9.50-jammy-amd64/jujud",
      "var/lib/juju/tools/machine-0",
      "!var/lib/juju/system-identity",
      "!var/lib/juju/server.pem",
      shared_secret,
      "var/lib/juju/agents/machine-0",
      "var/lib/juju/agents/machine-0/agent.conf",
      "var/lib/juju/init/jujud-machine-0",
      "var/lib/juju/init/jujud-machine-0/exec-start.sh",
      "var/lib/juju/init/jujud-machine-0/jujud-machine-0.service",
      "var/lib/juju/nonce.txt",
      "home/ubuntu/.ssh/authorized_keys",
  };
}

constexpr const char* from_2_0_on[] = {"2.0.0",  "2.8.9",  "2.8.10", "2.9-beta1", "2.9.50",
                                       "2.9.51", "3.1.10", "3.4.6",  "3.6-beta3", "3.6.22"};

Names without(Names names, const std::string& name) {
  std::erase(names, name);
  return names;
}

void make_socket(const std::string& path) {
  // sun_path is short: bind relative to the directory.
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(std::filesystem::path(path).parent_path());
  const std::string name = std::filesystem::path(path).filename();
  std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const int result = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::close(fd);
  std::filesystem::current_path(before);
  REQUIRE(result == 0);
}

}  // namespace

TEST_CASE("a whole tree, by version") {
  const test::Scratch scratch;
  test::make_controller_root(scratch.path());
  // Not Juju's to back up.
  test::write_file(scratch / "var/lib/juju/agents/unit-mysql-0/agent.conf", "x");
  test::write_file(scratch / "var/lib/juju/db/WiredTiger", "x");
  test::write_file(scratch / "var/lib/juju/ca.crt", "x");
  for (const char* version : from_2_0_on) {
    CAPTURE(version);
    const Gathered gathered = gather(scratch.path(), version);
    CHECK(gathered.names == expected());
    CHECK(gathered.warnings == Names{});
  }
}

TEST_CASE("logs and rsyslog of 1.x") {
  const test::Scratch scratch;
  test::make_controller_root(scratch.path());
  for (const char* name : {"etc/rsyslog.d/25-juju.conf", "etc/rsyslog.d/50-default.conf", "var/log/juju/all-machines.log",
                           "var/log/juju/machine-0.log", "var/log/juju/machine-1.log"}) {
    test::write_file(scratch / name, "x");
  }
  Names names = expected();
  names.insert(std::find(names.begin(), names.end(), "var/lib/juju/init/jujud-machine-0"), "var/lib/juju/init");
  for (const char* more : {"etc/rsyslog.d/25-juju.conf", "var/log/juju/all-machines.log", "var/log/juju/machine-0.log"})
    names.emplace_back(more);
  CHECK(gather(scratch.path(), "1.25.6").names == names);
  CHECK(gather(scratch.path(), "2.0.0").names == expected());

  // Optional ones that are not there are not worth a word.
  std::filesystem::remove_all(scratch / "var/log");
  std::filesystem::remove_all(scratch / "etc/rsyslog.d");
  CHECK(gather(scratch.path(), "1.25.6").warnings == Names{});
}

TEST_CASE("where the shared secret is looked for") {
  const test::Scratch scratch;
  test::ControllerRoot in_snap;
  in_snap.secret_in_snap = true;
  test::make_controller_root(scratch.path(), in_snap);
  const std::string snap = "!var/snap/juju-db/common/shared-secret";
  const std::string data = "!var/lib/juju/shared-secret";

  CHECK(gather(scratch.path(), "2.8.9").names == expected(data));  // required, and missing: the writing fails
  for (const char* version : {"2.8.10", "2.9-beta1", "2.9.51", "3.6.22"}) CHECK(gather(scratch.path(), version).names == expected(snap));

  test::write_file(scratch / "var/lib/juju/shared-secret", "x");
  CHECK(gather(scratch.path(), "2.9.51").names == expected(data));

  std::filesystem::remove(scratch / "var/lib/juju/shared-secret");
  std::filesystem::remove(scratch / "var/snap/juju-db/common/shared-secret");
  CHECK(gather(scratch.path(), "2.8.9").names == expected(data));
  const auto error = error_of([&] { gather(scratch.path(), "2.9.51"); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::not_found);
  CHECK(error->message() == "no shared-secret: neither " + (scratch / "var/lib/juju/shared-secret") + " nor " +
                                (scratch / "var/snap/juju-db/common/shared-secret"));
}

TEST_CASE("missing files: required ones stay in the list, optional ones are named") {
  struct Case {
    const char* removed;
    Names names;
    Names warnings;
  };
  Names no_tools = expected();
  no_tools.erase(no_tools.begin() + 1, no_tools.begin() + 6);
  Names no_init = expected();
  no_init.erase(no_init.begin() + 11, no_init.begin() + 14);
  Names no_agents = expected();
  no_agents.erase(no_agents.begin() + 9, no_agents.begin() + 11);
  const std::vector<Case> cases = {
      {"var/lib/juju/tools", no_tools, {}},
      {"var/lib/juju/system-identity", expected(), {}},
      {"var/lib/juju/server.pem", expected(), {}},
      {"var/lib/juju/init", no_init, {}},
      {"var/lib/juju/agents", no_agents, {}},
      {"var/lib/juju/nonce.txt", without(expected(), "var/lib/juju/nonce.txt"), {"skipping missing file \"/var/lib/juju/nonce.txt\""}},
      {"home/ubuntu/.ssh/authorized_keys",
       without(expected(), "home/ubuntu/.ssh/authorized_keys"),
       {"skipping missing file \"/home/ubuntu/.ssh/authorized_keys\""}},
      {"home", without(expected(), "home/ubuntu/.ssh/authorized_keys"), {"skipping missing file \"/home/ubuntu/.ssh/authorized_keys\""}},
  };
  for (const Case& c : cases) {
    const test::Scratch scratch;
    test::make_controller_root(scratch.path());
    std::filesystem::remove_all(scratch / c.removed);
    for (const char* version : from_2_0_on) {
      CAPTURE(c.removed);
      CAPTURE(version);
      const Gathered gathered = gather(scratch.path(), version);
      CHECK(gathered.names == c.names);
      CHECK(gathered.warnings == c.warnings);
    }
  }
}

TEST_CASE("sockets and FIFOs are left out with a warning, never opened") {
  const test::Scratch scratch;
  test::make_controller_root(scratch.path());
  make_socket(scratch / "var/lib/juju/agents/machine-0/introspection.socket");
  REQUIRE(::mkfifo((scratch / "var/lib/juju/tools/fifo").c_str(), 0600) == 0);
  REQUIRE(::mkfifo((scratch / "var/lib/juju/init/fifo").c_str(), 0600) == 0);
  for (const char* version : {"2.0.0", "2.9.51", "3.6.22"}) {
    const Gathered gathered = gather(scratch.path(), version);
    CHECK(gathered.names == expected());
    CHECK(gathered.warnings == Names{"skipping special file \"/var/lib/juju/tools/fifo\"",
                                     "skipping special file \"/var/lib/juju/agents/machine-0/introspection.socket\"",
                                     "skipping special file \"/var/lib/juju/init/fifo\""});
  }
}

TEST_CASE("links are taken as they are, dangling ones too, and not followed") {
  const test::Scratch scratch;
  test::make_controller_root(scratch.path());
  // tools/machine-0 of the tree dangles already: its absolute target is not below the scratch directory.
  std::filesystem::create_symlink("nowhere", scratch / "var/lib/juju/init/dangling");
  std::filesystem::create_directory_symlink("../../tools", scratch / "var/lib/juju/agents/machine-0/tools");
  Names names = expected();
  names.insert(std::find(names.begin(), names.end(), "var/lib/juju/init/jujud-machine-0"), "var/lib/juju/init/dangling");
  names.insert(std::find(names.begin(), names.end(), "var/lib/juju/init/dangling"), "var/lib/juju/agents/machine-0/tools");
  const Gathered gathered = gather(scratch.path(), "3.6.22");
  CHECK(gathered.names == names);
  CHECK(gathered.warnings == Names{});
}

TEST_CASE("every machine's agent belongs to the backup, whichever is named") {
  const test::Scratch scratch;
  test::make_controller_root(scratch.path());
  test::write_file(scratch / "var/lib/juju/agents/machine-1/agent.conf", "x");
  Names names = expected();
  const auto at = std::find(names.begin(), names.end(), "var/lib/juju/init/jujud-machine-0");
  names.insert(at, {"var/lib/juju/agents/machine-1", "var/lib/juju/agents/machine-1/agent.conf"});
  CHECK(gather(scratch.path(), "2.9.51").names == names);
  CHECK(gather(scratch.path(), "2.9.51", "1").names == names);
}

TEST_CASE("a directory that may not be read is named") {
  if (::geteuid() == 0) return;  // root may read everything
  const test::Scratch scratch;
  test::make_controller_root(scratch.path());
  const std::string closed = scratch / "var/lib/juju/tools/closed";
  std::filesystem::create_directory(closed);
  REQUIRE(::chmod(closed.c_str(), 0) == 0);
  const Gathered gathered = gather(scratch.path(), "2.9.51");
  REQUIRE(gathered.warnings.size() == 1);
  CHECK(gathered.warnings.front().starts_with("skipping \"/var/lib/juju/tools/closed\": "));
}

TEST_CASE("a cancelled job ends the gathering") {
  const test::Scratch scratch;
  test::make_controller_root(scratch.path());
  ControllerPlace place;
  place.root = scratch.path();
  jujubackup::Job job;
  job.cancel();
  std::vector<std::string> warnings;
  const auto error = error_of([&] { find_controller_files(place, JujuVersion::parse("2.9.51"), warnings, &job); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::cancelled);
}
