#include "../archive/tar_builder.hpp"
#include "../bson/bson_builder.hpp"
#include "restore_support.hpp"

using jujubackup::BackupFacts;
using jujubackup::CheckState;
using jujubackup::JujuVersion;
using test::TarBuilder;

namespace {

std::string archive_with_root(const std::string& root_tar) {
  TarBuilder tar;
  tar.directory("juju-backup")
      .file("juju-backup/metadata.json", test::sample_metadata)
      .file("juju-backup/root.tar", root_tar)
      .file("juju-backup/dump/oplog.bson", "")
      .file("juju-backup/dump/juju/models.bson", test::document(""));
  return test::gzip_of(tar.end().bytes());
}

BackupFacts facts_of_text(const std::string& archive) { return test::facts_of(test::bytes_of(archive)); }

}  // namespace

TEST_CASE("the facts of a backup, by format") {
  struct Case {
    const char* version;
    std::int64_t format;
  };
  // Format 0 has no controller UUID; agent.conf has it.
  for (const Case& each : {Case{"2.0.0", 0}, Case{"2.8.7", 1}, Case{"3.6.22", 2}}) {
    const char* version = each.version;
    CAPTURE(version);
    const BackupFacts facts = test::sides_of(version).backup;
    REQUIRE(facts.metadata);
    CHECK(facts.metadata->format_version == each.format);
    CHECK(!facts.metadata->ca_private_key);
    CHECK(facts.has_ca_key);
    CHECK(facts.version == JujuVersion::parse(version));
    CHECK(facts.controller_uuid == test::controller_uuid);
    CHECK(facts.model_uuid == test::model_uuid);
    CHECK(facts.machine_id == "0");
    CHECK(facts.ha_nodes == 3);
    CHECK(facts.series == "jammy");
    CHECK(facts.base == "ubuntu@22.04");
    CHECK(facts.mongo_version == "4.4.30");
    CHECK(facts.state_port == 37017);
    CHECK(facts.api_port == 17070);
    CHECK(facts.api_addresses == std::vector<std::string>{"10.9.8.7:17070"});
    CHECK(facts.has_agent_conf);
    CHECK(facts.missing.empty());
    CHECK(facts.dangers.empty());
    CHECK(facts.outside.empty());
    REQUIRE(facts.tools.size() == 1);
    CHECK(facts.tools[0].version == facts.version);
    CHECK(facts.dump.models.size() == 2);
    REQUIRE(facts.controllers.size() == 3);
    CHECK(facts.controllers[1].address == "10.9.8.8");
    CHECK(facts.agents.size() == 5);
    CHECK(facts.dump_bytes > 1000);
  }
}

TEST_CASE("archives that somebody changed stop in the checks") {
  constexpr const char* conf = "var/lib/juju/agents/machine-0/agent.conf";
  const std::string text = test::agent_conf_text({});
  const auto root = [&](const std::function<void(TarBuilder&)>& add) {
    TarBuilder tar;
    tar.file(conf, text, {.mode = 0600});
    add(tar);
    return archive_with_root(tar.end().bytes());
  };
  struct Case {
    const char* title;
    std::string archive;
    const char* says;
  };
  const Case cases[] = {
      {"absolute link", root([](TarBuilder& t) { t.symlink("var/lib/juju/init/x", "/etc/shadow"); }), "/etc/shadow"},
      {"climbing link", root([](TarBuilder& t) { t.symlink("var/lib/juju/init/x", "../../../../../etc"); }), "init/x"},
      {"link to another folder", root([](TarBuilder& t) { t.symlink("var/lib/juju/tools/y", "../../../../home"); }), "tools/y"},
      {"setuid", root([](TarBuilder& t) { t.file("var/lib/juju/tools/su", "x", {.mode = 04755}); }), "setuid"},
      {"setgid", root([](TarBuilder& t) { t.file("var/lib/juju/tools/su", "x", {.mode = 0102755}); }), "setuid or setgid"},
      {"device", root([](TarBuilder& t) { t.header("var/lib/juju/tools/sda", 0, {.type = '4'}); }), "entry-unsupported"},
      {"dots", root([](TarBuilder& t) { t.file("var/lib/juju/../../../etc/passwd", "x"); }), "name-unsafe"},
      {"absolute name", root([](TarBuilder& t) { t.file("/etc/passwd", "x"); }), "name-unsafe"},
      {"through a link", root([](TarBuilder& t) {
         t.symlink("var/lib/juju/init", "/etc");
         t.file("var/lib/juju/init/passwd", "x");
       }),
       "/etc"},
  };
  const test::Sides good = test::sides_of("2.9.50");
  for (const Case& each : cases) {
    CAPTURE(each.title);
    BackupFacts facts = facts_of_text(each.archive);
    REQUIRE(!facts.dangers.empty());
    const jujubackup::RestorePlan plan = jujubackup::plan_restore(std::move(facts), good.target, {}, nullptr);
    const auto* check = plan.check("archive-safe");
    REQUIRE(check != nullptr);
    CAPTURE(check->explanation);
    CHECK(check->state == CheckState::blocker);
    CHECK(check->explanation.find(each.says) != std::string::npos);
    CHECK(plan.blocked());
  }
  const BackupFacts plain = facts_of_text(root([](TarBuilder& t) {
    t.file("var/lib/juju/tools/2.0.0-xenial-amd64/jujud", "x", {.mode = 0100755});
    t.symlink("var/lib/juju/tools/machine-0", "/var/lib/juju/tools/2.0.0-xenial-amd64");
    t.file("etc/hosts", "x");
  }));
  CHECK(plain.dangers.empty());
  CHECK(plain.outside == std::vector<std::string>{"etc/hosts"});
}

TEST_CASE("damaged and partial archives have facts and a check, not an exception") {
  const std::string whole = archive_with_root(test::sample_root_tar());
  for (const std::size_t length : {std::size_t{20}, whole.size() / 2, whole.size() - 4}) {
    CAPTURE(length);
    BackupFacts facts = facts_of_text(whole.substr(0, length));
    CHECK(facts.verification.verdict() == jujubackup::Verdict::bad);
    const auto plan = jujubackup::plan_restore(std::move(facts), test::sides_of("2.9.50").target, {}, nullptr);
    CHECK(plan.check("archive-verified")->state == CheckState::blocker);
  }
  const BackupFacts facts = facts_of_text(whole);
  CHECK(facts.missing == std::vector<std::string>{"agent.conf"});
}

TEST_CASE("machines of a dump with the addresses that juju settled on") {
  const auto address = [](const char* name, const char* value) {
    return test::element(0x03, name, test::document(test::string_field("value", value)));
  };
  const auto machine = [&](const std::string& id, const std::string& rest) {
    return test::document(test::string_field("machineid", id) + test::string_field("model-uuid", "m") + rest);
  };
  const std::string machines = machine("3", address("preferredpublicaddress", "198.51.100.3") + test::int32_field("life", 0)) +
                               machine("4", test::int32_field("life", 2)) + machine("5", "");
  TarBuilder tar;
  tar.file("juju-backup/dump/juju/machines.bson", machines);
  const BackupFacts facts = facts_of_text(test::gzip_of(tar.end().bytes()));
  CHECK(facts.agents == std::vector<jujubackup::AgentMachine>{{"3", "m", "198.51.100.3"}, {"5", "m", ""}});
}
