#include <jujubackup/dump_facts.hpp>

#include <memory>

#include <jujubackup/archive_writer.hpp>

#include "../bson/bson_builder.hpp"
#include "test_support.hpp"

using jujubackup::Archive;
using jujubackup::DumpFacts;
using jujubackup::ErrorCode;
using test::document;
using test::element;
using test::error_of;
using test::string_field;

namespace {

constexpr const char* controller_model = "1be318f6-9460-4fe1-8eb4-b1df2db23b53";
constexpr const char* workload_model = "5a0b7c11-2222-4333-8444-9f00d1e2c3b4";

// In the archive's order of files, as both readers must not depend on it.
std::vector<std::byte> archive_of(const std::string& dump) {
  jujubackup::ArchiveInput input;
  input.metadata.model_uuid = controller_model;
  input.dump_files = jujubackup::gather_dump(dump);
  jujubackup::MemorySink sink(std::size_t{4} << 20);
  jujubackup::write_archive(input, sink);
  return sink.bytes();
}

DumpFacts facts_in_archive(const std::string& dump) {
  const std::vector<std::byte> bytes = archive_of(dump);
  Archive archive = Archive::open(jujubackup::source_of_memory(bytes, "test.tar.gz"));
  return jujubackup::read_dump_facts(archive);
}

std::string machine(const std::string& model, const std::string& id, const std::string& rest) {
  return document(string_field("_id", model + ":" + id) + string_field("machineid", id) + string_field("model-uuid", model) + rest);
}

std::string jobs(std::initializer_list<int> values) {
  std::string items;
  int index = 0;
  for (const int value : values) items += test::int32_field(std::to_string(index++), value);
  return element(0x04, "jobs", document(items));
}

std::string base(const std::string& os, const std::string& channel) {
  return element(0x03, "base", document(string_field("os", os) + string_field("channel", channel)));
}

// A dump folder with these collections of juju and an oplog.
void make_dump(const std::string& dump, const std::vector<std::pair<std::string, std::string>>& collections) {
  test::write_file(dump + "/oplog.bson", "");
  std::filesystem::create_directories(dump + "/juju");
  for (const auto& [name, bytes] : collections) test::write_file(dump + "/juju/" + name + ".bson", bytes);
}

}  // namespace

TEST_CASE("the facts of a genuine dump, from the folder and from an archive") {
  const std::string dump = test::data_path("dump");
  for (const DumpFacts& facts : {jujubackup::read_dump_facts(dump), facts_in_archive(dump)}) {
    CHECK(facts.controller_model_uuid == controller_model);
    REQUIRE(facts.models.size() == 2);
    CHECK(facts.models[0].uuid == controller_model);
    CHECK(facts.models[0].name == "controller");
    CHECK(facts.models[0].owner == "admin");
    CHECK(facts.models[0].cloud == "lxd");
    CHECK(facts.models[0].type == "iaas");
    CHECK(facts.models[1].uuid == workload_model);
    CHECK(facts.models[1].name == "default");
    REQUIRE(facts.clouds.size() == 2);
    CHECK(facts.clouds[0].name == "lxd");
    CHECK(facts.clouds[0].type == "lxd");
    CHECK(facts.clouds[1].name == "aws");
    CHECK(facts.clouds[1].type == "ec2");
    // Five more machines only host units.
    REQUIRE(facts.controller_machines.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(facts.controller_machines[i].id == std::to_string(i));
      CHECK(facts.controller_machines[i].model_uuid == controller_model);
      CHECK(facts.controller_machines[i].series == "jammy");
      CHECK(facts.controller_machines[i].base == "ubuntu@22.04");
    }
    CHECK(facts.controller_nodes == std::vector<std::string>{"0", "1", "2"});
    CHECK(facts.agent_version == "3.6.22");
    CHECK(facts.ha_nodes() == 3);
  }
}

TEST_CASE("collections that are not there leave their part empty") {
  const test::Scratch scratch;
  make_dump(scratch.path(), {{"txns", ""}});
  for (const DumpFacts& facts : {jujubackup::read_dump_facts(scratch.path()), facts_in_archive(scratch.path())}) {
    CHECK(facts.controller_model_uuid.empty());
    CHECK(facts.models.empty());
    CHECK(facts.clouds.empty());
    CHECK(facts.controller_machines.empty());
    CHECK(facts.controller_nodes.empty());
    CHECK(facts.agent_version.empty());
    CHECK(facts.ha_nodes() == 0);
  }
}

TEST_CASE("a controller before 2.7 is counted by its machines") {
  const test::Scratch scratch;
  const std::string a = controller_model;
  const std::string b = workload_model;
  make_dump(
      scratch.path(),
      {{"controllers", document(string_field("_id", "other") + string_field("model-uuid", b)) +
                           document(string_field("_id", "e") + string_field("model-uuid", a))},
       {"machines", machine(a, "0", string_field("series", "xenial") + jobs({1, 2})) + machine(a, "1", jobs({1})) +
                        machine(a, "2", jobs({2}) + base("ubuntu", "24.04/stable")) + machine(a, "3", "") + machine(b, "4", jobs({2})) +
                        machine(a, "5", string_field("jobs", "2"))},
       {"settings",
        document(string_field("_id", b + ":e") + element(0x03, "settings", document(string_field("agent-version", "2.6.9")))) +
            document(string_field("_id", a + ":e") + element(0x03, "settings", document(string_field("agent-version", "2.7-beta1")))) +
            document(string_field("_id", a + ":s#0") + element(0x03, "settings", document(string_field("agent-version", "9.9.9"))))}});
  for (const DumpFacts& facts : {jujubackup::read_dump_facts(scratch.path()), facts_in_archive(scratch.path())}) {
    CHECK(facts.controller_model_uuid == a);
    REQUIRE(facts.controller_machines.size() == 2);
    CHECK(facts.controller_machines[0].id == "0");
    CHECK(facts.controller_machines[0].series == "xenial");
    CHECK(facts.controller_machines[0].base == "");
    CHECK(facts.controller_machines[1].id == "2");
    CHECK(facts.controller_machines[1].base == "ubuntu@24.04");
    CHECK(facts.agent_version == "2.7-beta1");
    CHECK(facts.ha_nodes() == 2);
  }
}

TEST_CASE("without juju.controllers every managing machine counts") {
  const test::Scratch scratch;
  make_dump(scratch.path(), {{"machines", machine("m", "0", jobs({2})) + machine("n", "1", jobs({2}))}});
  CHECK(jujubackup::read_dump_facts(scratch.path()).ha_nodes() == 2);
}

TEST_CASE("what is not BSON is named") {
  const std::string good = document(string_field("_id", "a"));
  struct Case {
    std::string bytes;
    std::string message;
  };
  const std::vector<Case> cases = {
      {good + good.substr(0, 7),
       "document 2 at offset " + std::to_string(good.size()) + ": the data ends after 7 of " + std::to_string(good.size()) + " bytes"},
      {good + test::little_endian(4, 4), "document 2 at offset " + std::to_string(good.size()) + ": length 4 is impossible"},
      {document(element(0x14, "x", "")), "invalid BSON: unknown type 20"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.message);
    const test::Scratch scratch;
    make_dump(scratch.path(), {{"models", c.bytes}});
    for (const bool from_archive : {false, true}) {
      const auto error = error_of([&] { from_archive ? facts_in_archive(scratch.path()) : jujubackup::read_dump_facts(scratch.path()); });
      REQUIRE(error);
      CHECK(error->code() == ErrorCode::corrupt);
      CHECK(error->message() == c.message);
      REQUIRE_FALSE(error->context().empty());
      CHECK(error->context().back() == (from_archive ? std::string("juju-backup/dump/juju/models.bson") : scratch / "juju/models.bson"));
    }
  }
}

TEST_CASE("a collection of any size is looked at only so far") {
  const test::Scratch scratch;
  std::string models;
  const std::string model = document(string_field("_id", "m"));
  for (int i = 0; i < 100'001; ++i) models += model;
  make_dump(scratch.path(), {{"models", models}});
  CHECK(jujubackup::read_dump_facts(scratch.path()).models.size() == 100'000);
}

TEST_CASE("a cancelled job ends the reading") {
  jujubackup::Job job;
  job.cancel();
  const auto error = error_of([&] { jujubackup::read_dump_facts(test::data_path("dump"), &job); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::cancelled);
}
