#include "restore_run/file_steps.hpp"
#include "run_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::JujuVersion;
using jujubackup::SetAgentVersion;
using jujubackup::Value;
using jujubackup::restore_run::act;
using jujubackup::restore_run::prepare;
using jujubackup::restore_run::undo;

namespace {

// A machine with the tools of two versions; another one is a folder here that a shell is told to be the root of.
struct Machine {
  explicit Machine(bool is_here) : here(is_here) {
    test::make_controller_root(root);
    test::write_file(data("tools/2.9.51-ubuntu-amd64/jujud"), "51");
    test::write_file(data("tools/2.9.51-zesty-arm64/jujud"), "51 too");
    test::write_file(data("tools/2.9.5-ubuntu-amd64.txt"), "no folder");
    test::make_particular(root + "/var/lib/juju", 5);
    step.host = {"0", is_here ? "" : "10.0.0.1", is_here};
    step.version = JujuVersion::parse("2.9.51");
    if (!is_here) step.data_dir = (root + "/var/lib/juju").substr(1);
    one.context.tools.hosts = &hosts;
    old = look();
  }
  std::string data(const std::string& name) const { return root + "/var/lib/juju/" + name; }
  std::string link() const { return std::filesystem::read_symlink(data("tools/machine-0")).string(); }
  // Folders' own times aside.
  std::string look() const {
    return test::tree_look(data("tools"), test::Times::none) + test::tree_look(data("agents"), test::Times::none) +
           test::tree_look(data("agents/machine-0/agent.conf"));
  }

  bool here;
  test::Scratch scratch;
  std::string root = scratch / "root";
  test::OneStep one{root};
  test::LocalHosts hosts;
  SetAgentVersion step;
  std::string old;
};

std::string mode_and_owner(const Machine& machine) {
  struct stat status {};
  REQUIRE(::stat(machine.data("agents/machine-0/agent.conf").c_str(), &status) == 0);
  return std::to_string(status.st_mode) + " " + std::to_string(status.st_uid) + ":" + std::to_string(status.st_gid);
}

}  // namespace

TEST_CASE("set-agent-version links the tools and says so in agent.conf, here and elsewhere") {
  for (const bool here : {true, false}) {
    for (const int times : {0, 1, 2}) {
      CAPTURE(here);
      CAPTURE(times);
      Machine machine(here);
      const std::string old_mode = mode_and_owner(machine);
      const Value prepared = prepare(machine.step, machine.one.context);
      CHECK(machine.look() == machine.old);
      for (int i = 0; i < times; ++i) act(machine.step, prepared, machine.one.context);
      if (times > 0) {
        CHECK(machine.link() == "/" + machine.step.data_dir + "/tools/2.9.51-ubuntu-amd64");
        const std::string conf = test::read_file(machine.data("agents/machine-0/agent.conf"));
        CHECK(conf.find("\nupgradedToVersion: 2.9.51\n") != std::string::npos);
        CHECK(conf.find(test::state_password) != std::string::npos);
        CHECK(mode_and_owner(machine) == old_mode);
      }
      undo(machine.step, prepared, machine.one.context);
      CHECK(machine.look() == machine.old);
      undo(machine.step, prepared, machine.one.context);
      CHECK(machine.look() == machine.old);
      CHECK(machine.hosts.asked.empty() == here);
      CHECK(write_json(prepared).find("Invented") == std::string::npos);
    }
  }
}

TEST_CASE("set-agent-version keeps a relative link relative, and makes one where there was none") {
  for (const bool here : {true, false}) {
    for (const bool has_link : {true, false}) {
      Machine machine(here);
      std::filesystem::remove(machine.data("tools/machine-0"));
      if (has_link) std::filesystem::create_symlink("2.9.50-jammy-amd64", machine.data("tools/machine-0"));
      const std::string old = machine.look();
      const Value prepared = prepare(machine.step, machine.one.context);
      act(machine.step, prepared, machine.one.context);
      CHECK(machine.link() == (has_link ? "" : "/" + machine.step.data_dir + "/tools/") + "2.9.51-ubuntu-amd64");
      undo(machine.step, prepared, machine.one.context);
      CHECK(machine.look() == old);
    }
  }
}

TEST_CASE("set-agent-version names machine and version of tools that are missing") {
  for (const bool here : {true, false}) {
    Machine machine(here);
    machine.step.version = JujuVersion::parse("2.9.5");
    const auto error = test::error_of([&] { prepare(machine.step, machine.one.context); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::not_found);
    CHECK(std::string(error->what()) == "machine 0 has no tools of 2.9.5 in /" + machine.step.data_dir + "/tools");
    CHECK(machine.look() == machine.old);
  }
}

TEST_CASE("set-agent-version does not take a folder for the link") {
  for (const bool here : {true, false}) {
    Machine machine(here);
    std::filesystem::remove(machine.data("tools/machine-0"));
    std::filesystem::create_directory(machine.data("tools/machine-0"));
    const auto error = test::error_of([&] { prepare(machine.step, machine.one.context); });
    REQUIRE(error);
    CHECK(std::string(error->what()).find("is not a link") != std::string::npos);
  }
}
