#include "restore/services.hpp"
#include "restore_support.hpp"

using jujubackup::JujuVersion;
using jujubackup::MongoGeneration;
using jujubackup::RestoreOptions;
using jujubackup::TargetFacts;
using test::Scratch;

TEST_CASE("the facts of a machine below a prefix") {
  const Scratch scratch;
  test::make_controller_root(scratch.path());
  test::write_file(scratch / "etc/systemd/system/jujud-machine-0.service", "");
  test::write_file(scratch / "etc/systemd/system/snap.juju-db.daemon.service", "");
  test::write_file(scratch / "etc/systemd/system/ssh.service", "");
  test::write_file(scratch / "var/lib/juju/agents/unit-postgresql-0/agent.conf", "");
  RestoreOptions options;
  options.place.root = scratch.path();
  options.staging_dir = scratch.path();
  options.mongorestore = "/opt/mongorestore";
  test::ToldDatabase database(test::database_facts("2.9.50"));
  const TargetFacts facts = jujubackup::read_target_facts(options, &database);
  CHECK(facts.has_agent_conf);
  CHECK(facts.machine_id == "0");
  CHECK(facts.model_uuid == test::model_uuid);
  CHECK(facts.controller_uuid == test::controller_uuid);
  CHECK(facts.version == JujuVersion::parse("2.9.50"));
  CHECK(facts.mongo_version == "4.4.30");
  CHECK(facts.api_addresses == std::vector<std::string>{"10.9.8.7:17070"});
  CHECK(facts.base == "ubuntu@22.04");
  CHECK(facts.series == "jammy");
  CHECK(facts.hostname == "juju-b23b53-0");
  CHECK(facts.machine_agents == std::vector<std::string>{"machine-0"});
  CHECK(facts.other_agents == std::vector<std::string>{"unit-postgresql-0"});
  CHECK(facts.services == std::vector<std::string>{"jujud-machine-0", "snap.juju-db.daemon"});
  CHECK(jujubackup::restore::database_service(facts) == "snap.juju-db.daemon");
  REQUIRE(facts.tools.size() == 1);
  CHECK(facts.tools[0].directory == "2.9.50-jammy-amd64");
  CHECK(facts.mongorestore == "/opt/mongorestore");
  CHECK(facts.same_volume);
  CHECK(facts.database);
}

TEST_CASE("an empty machine, an agent.conf that is none, a database that does not answer") {
  const Scratch scratch;
  RestoreOptions options;
  options.place.root = scratch.path();
  TargetFacts facts = jujubackup::read_target_facts(options, nullptr);
  CHECK(!facts.has_agent_conf);
  CHECK(facts.agent_conf_problem.find("no machine-*/agent.conf") != std::string::npos);
  CHECK(facts.database_problem == "it was not asked");

  test::write_file(scratch / "var/lib/juju/agents/machine-0/agent.conf", "# format 2.0\nstatepassword: hush\nstateport: x\n");
  test::ToldDatabase silent(std::nullopt);
  facts = jujubackup::read_target_facts(options, &silent);
  CHECK(!facts.has_agent_conf);
  CHECK(facts.agent_conf_problem.find("hush") == std::string::npos);
  CHECK(facts.database_problem == "connection refused");
}

TEST_CASE("mongorestore is looked for in the snap, in Juju's folders, in PATH") {
  const Scratch scratch;
  jujubackup::ControllerPlace place;
  place.root = scratch.path();
  const auto make_program = [&](const std::string& path) {
    test::write_file(scratch.path() + path, "#!/bin/sh\n");
    std::filesystem::permissions(scratch.path() + path, std::filesystem::perms::owner_all);
  };
  make_program("/usr/lib/juju/mongo3.2/bin/mongorestore");
  CHECK(jujubackup::find_mongorestore(place, JujuVersion::parse("2.2.0")) == scratch / "usr/lib/juju/mongo3.2/bin/mongorestore");
  make_program("/snap/bin/juju-db.mongorestore");
  for (const char* version : {"2.9.50", "3.6.1"}) {
    CHECK(jujubackup::find_mongorestore(place, JujuVersion::parse(version)) == scratch / "snap/bin/juju-db.mongorestore");
  }
}

TEST_CASE("names of tools and versions of mongod") {
  using namespace jujubackup::restore;
  CHECK(agent_tools_named("2.9.50-ubuntu-amd64")->version == JujuVersion::parse("2.9.50"));
  CHECK(agent_tools_named("2.0-beta1.2-xenial-amd64")->version == JujuVersion::parse("2.0-beta1.2"));
  for (const char* name : {"machine-0", "unit-x-0", "", "-", "--", "2.9.50", "2.9.50-amd64"}) CHECK(!agent_tools_named(name));
  CHECK(mongo_series("3.2.15/wiredTiger") == "3.2");
  CHECK(mongo_series("4.4") == "4.4");
  for (const char* text : {"", "4", ".4", "4.", "v4.4.1", "four.four"}) CHECK(mongo_series(text) == "");
  struct Case {
    const char* mongo;
    const char* juju;
    MongoGeneration generation;
  };
  for (const auto& [mongo, juju, generation] :
       {Case{"2.4.9", "2.0.0", MongoGeneration::offline}, Case{"3.2.15", "2.9.0", MongoGeneration::oplog},
        Case{"5.0.1", "2.0.0", MongoGeneration::modern}, Case{"", "1.25.6", MongoGeneration::offline},
        Case{"", "2.8.7", MongoGeneration::oplog}, Case{"", "3.4.0", MongoGeneration::modern}}) {
    CHECK(generation_of({"", mongo}, JujuVersion::parse(juju)) == generation);
  }
}
