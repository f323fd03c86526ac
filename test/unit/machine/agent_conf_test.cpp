#include <jujubackup/machine.hpp>

#include "controller_root.hpp"

using jujubackup::AgentConf;
using jujubackup::ErrorCode;
using jujubackup::parse_agent_conf;
using test::error_of;

TEST_CASE("an agent.conf as Juju writes it") {
  const AgentConf conf = parse_agent_conf(test::agent_conf_text({}));
  CHECK(conf.machine_id == "0");
  CHECK(conf.model_uuid == test::model_uuid);
  CHECK(conf.controller_uuid == test::controller_uuid);
  CHECK(conf.version.to_string() == "2.9.50");
  CHECK(conf.data_dir == "/var/lib/juju");
  CHECK(conf.ca_cert == test::ca_cert);
  CHECK(conf.ca_private_key == test::ca_private_key);
  CHECK(conf.state_password == test::state_password);
  CHECK(conf.state_port == 37017);
  CHECK(conf.mongo_version == "4.4.30");
}

TEST_CASE("what may be missing is empty") {
  const AgentConf conf = parse_agent_conf("# format 2.0\ntag: machine-3-lxd-12\nstatepassword:\n");
  CHECK(conf.machine_id == "3/lxd/12");
  CHECK(conf.model_uuid.empty());
  CHECK(conf.controller_uuid.empty());
  CHECK(conf.version.is_zero());
  CHECK_FALSE(conf.ca_cert);
  CHECK_FALSE(conf.ca_private_key);
  CHECK(conf.state_password.empty());
  CHECK(conf.state_port == 0);
}

TEST_CASE("what is no agent.conf is refused without quoting it") {
  struct Case {
    std::string text;
    const char* message;
  };
  const std::string head = "# format 2.0\n";
  const std::string tag = head + "tag: machine-0\n";
  const std::vector<Case> cases = {
      {"", "agent.conf: the first line is not \"# format 2.0\""},
      {"tag: machine-0\n", "agent.conf: the first line is not \"# format 2.0\""},
      {"# format 1.18\ntag: machine-0\n", "agent.conf: the first line is not \"# format 2.0\""},
      {"# format 2.0.1\ntag: machine-0\n", "agent.conf: the first line is not \"# format 2.0\""},
      {head, "agent.conf: it is not a mapping"},
      {head + "- hush\n", "agent.conf: it is not a mapping"},
      {head + "apiport: 1\n", "agent.conf: tag is missing"},
      {head + "tag: unit-hush-0\n", "agent.conf: tag is not a tag of the form machine-..."},
      {head + "tag: machine-\n", "agent.conf: tag is not a tag of the form machine-..."},
      {tag + "model: hush\n", "agent.conf: model is not a tag of the form model-..."},
      {tag + "controller: model-hush\n", "agent.conf: controller is not a tag of the form controller-..."},
      {tag + "statepassword: [hush]\n", "agent.conf: statepassword is not a text"},
      {tag + "statepassword: 12345\n", "agent.conf: statepassword is not a text"},
      {tag + "upgradedToVersion: hush\n", "agent.conf: upgradedToVersion is not a version"},
      {tag + "stateport: hush\n", "agent.conf: stateport is not a port"},
      {tag + "stateport: 65536\n", "agent.conf: stateport is not a port"},
      {tag + "stateport: -1\n", "agent.conf: stateport is not a port"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto error = error_of([&] { parse_agent_conf(c.text); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::corrupt);
    CHECK(std::string(error->what()) == c.message);
  }
}

TEST_CASE("no error about a broken agent.conf holds a secret, wherever it breaks") {
  const std::string text = test::agent_conf_text({});
  for (std::size_t at = 0; at < text.size(); at += 7) {
    for (const char* splinter : {"\t", "\"", "[", ": : ", "\n"}) {
      std::string broken = text;
      broken.insert(at, splinter);
      const auto error = error_of([&] { parse_agent_conf(broken); });
      if (!error) continue;
      const std::string what = error->what();
      CAPTURE(what);
      CHECK(error->code() == ErrorCode::corrupt);
      for (const char* secret : {"Invented", "invented", "SU5WRU5URUQ", "aW52ZW50ZWQ"}) CHECK(what.find(secret) == std::string::npos);
    }
    error_of([&] { parse_agent_conf(text.substr(0, at)); });
  }
}

TEST_CASE("the machine is found, or has to be named") {
  const test::Scratch scratch;
  const std::string agents = scratch / "var/lib/juju/agents";
  jujubackup::ControllerPlace place;
  place.root = scratch.path();

  auto error = error_of([&] { read_agent_conf(place); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::not_found);
  CHECK(error->message() == "no machine-*/agent.conf below " + agents);

  test::write_file(agents + "/machine-0/agent.conf", test::agent_conf_text({}));
  // Neither a unit's agent nor a directory without the file counts.
  test::write_file(agents + "/unit-mysql-0/agent.conf", "x");
  std::filesystem::create_directories(agents + "/machine-7");
  CHECK(read_agent_conf(place).machine_id == "0");

  test::ControllerRoot other;
  other.machine_id = "1/lxd/2";
  test::write_file(agents + "/machine-1-lxd-2/agent.conf", test::agent_conf_text(other));
  error = error_of([&] { read_agent_conf(place); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::invalid_argument);
  CHECK(error->message() == "several machines below " + agents + " (0, 1/lxd/2): say which with the machine id");
  place.machine_id = "1/lxd/2";
  CHECK(read_agent_conf(place).machine_id == "1/lxd/2");

  place.machine_id = "5";
  error = error_of([&] { read_agent_conf(place); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::not_found);
}

TEST_CASE("the data directory is elsewhere") {
  const test::Scratch scratch;
  test::write_file(scratch / "srv/juju/agents/machine-0/agent.conf", test::agent_conf_text({}));
  jujubackup::ControllerPlace place;
  place.root = scratch.path();
  for (const char* directory : {"/srv/juju", "//srv/juju/"}) {
    place.data_dir = directory;
    CHECK(read_agent_conf(place).machine_id == "0");
  }
  for (const char* directory : {"", "/", "srv/juju", "/srv/../srv/juju"}) {
    CAPTURE(directory);
    place.data_dir = directory;
    const auto error = error_of([&] { read_agent_conf(place); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::invalid_argument);
    CHECK(error->message() == "the data directory must be an absolute path without \"..\"");
  }
}
