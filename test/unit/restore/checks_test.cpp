#include <functional>

#include "restore_support.hpp"

using jujubackup::CheckState;
using jujubackup::JujuVersion;
using jujubackup::RestoreCheck;
using jujubackup::RestoreKind;
using jujubackup::RestoreOptions;
using jujubackup::RestorePlan;
using test::Sides;
using test::ToldHosts;

namespace {

struct Variation {
  const char* title;
  RestoreKind kind;
  std::function<void(Sides&, RestoreOptions&)> change;
  const char* check;
  CheckState state;
  const char* says;         // part of the explanation
  const char* option = "";  // that overrides it
};

constexpr RestoreKind database_only = RestoreKind::database_only;
constexpr RestoreKind full = RestoreKind::full_machine;
constexpr RestoreKind copy = RestoreKind::copy_controller;
constexpr RestoreKind files = RestoreKind::files_only;
constexpr RestoreKind survivor = RestoreKind::recover_survivor;
constexpr RestoreKind single = RestoreKind::single_then_enable_ha;
constexpr CheckState ok = CheckState::ok;
constexpr CheckState warning = CheckState::warning;
constexpr CheckState blocker = CheckState::blocker;

void nothing(Sides&, RestoreOptions&) {}

JujuVersion version(const char* text) { return JujuVersion::parse(text); }

// Each begins as a good case: the backup's own machine, three healthy nodes.
const Variation variations[] = {
    {"verified", database_only, nothing, "archive-verified", ok, "every byte was read"},
    {"damaged", database_only,
     [](Sides& s, RestoreOptions&) { s.backup.verification.findings.push_back({jujubackup::Severity::error, "gzip-truncated", "", "", ""}); },
     "archive-verified", blocker, "gzip-truncated"},
    {"tampered", database_only, [](Sides& s, RestoreOptions&) { s.backup.dangers = {"root.tar: x is setuid"}; }, "archive-safe", blocker,
     "x is setuid"},
    {"tampering is not overridden", full,
     [](Sides& s, RestoreOptions& o) {
       s.backup.dangers = {"x"};
       o.overrides = {"archive-safe"};
     },
     "archive-safe", blocker, "do not restore"},
    {"no record", database_only, [](Sides& s, RestoreOptions&) { s.backup.metadata.reset(); }, "metadata", warning, "1.20"},

    {"no root.tar, not used", database_only, [](Sides& s, RestoreOptions&) { s.backup.has_root_tar = false; }, "root-tar", warning,
     "does not use"},
    {"no root.tar", full, [](Sides& s, RestoreOptions&) { s.backup.has_root_tar = false; }, "root-tar", blocker, "--kind=database-only"},
    {"no agent.conf in it", files, [](Sides& s, RestoreOptions&) { s.backup.has_agent_conf = false; }, "root-tar", blocker, "machine 0"},
    {"no identity in it", files,
     [](Sides& s, RestoreOptions&) {
       std::erase_if(s.backup.root_entries, [](const jujubackup::Entry& e) { return e.path.ends_with("/system-identity"); });
     },
     "root-tar", blocker, "system-identity", "--override=root-tar"},
    {"files of others in it", full, [](Sides& s, RestoreOptions&) { s.backup.outside = {"etc/passwd"}; }, "root-files", warning,
     "etc/passwd"},
    {"another data directory", full, [](Sides& s, RestoreOptions&) { s.backup.data_dir = "srv/juju"; }, "root-files", blocker, "/srv/juju"},
    {"no dump", database_only, [](Sides& s, RestoreOptions&) { s.backup.has_dump = false; }, "dump-complete", blocker, "--kind=files-only"},
    {"no dump, not used", files, [](Sides& s, RestoreOptions&) { s.backup.has_dump = false; }, "dump-complete", ok, "no dump"},
    {"no users in it", database_only,
     [](Sides& s, RestoreOptions&) { std::erase_if(s.backup.collections, [](const auto& c) { return c.collection == "users"; }); },
     "dump-complete", blocker, "juju.users", "--override=dump-complete"},
    {"no oplog", database_only, [](Sides& s, RestoreOptions&) { s.backup.has_oplog = false; }, "oplog", warning, "while the dump ran"},

    {"database silent", database_only,
     [](Sides& s, RestoreOptions&) {
       s.target.database.reset();
       s.target.database_problem = "connection refused";
     },
     "database", blocker, "connection refused"},
    {"database silent, to be new", full,
     [](Sides& s, RestoreOptions&) {
       s.target.database.reset();
       s.target.database_problem = "connection refused";
     },
     "database", warning, "taken for a new one"},
    {"database that cannot be saved", full, [](Sides& s, RestoreOptions&) { s.target.has_agent_conf = false; }, "database", warning,
     "cannot be saved"},
    {"the same, but it stays", files, [](Sides& s, RestoreOptions&) { s.target.has_agent_conf = false; }, "database", ok, "it answers"},

    {"same model", database_only, nothing, "controller-model", ok, test::model_uuid},
    {"another controller", database_only, [](Sides& s, RestoreOptions&) { s.target.database->controller_model_uuid = "other"; },
     "controller-model", blocker, "controller: \"other\"", "--override=controller-model"},
    {"another controller, accepted", database_only,
     [](Sides& s, RestoreOptions& o) {
       s.target.database->controller_model_uuid = "other";
       o.overrides = {"controller-model"};
     },
     "controller-model", warning, "accepted with --override=controller-model", "--override=controller-model"},
    {"another controller uuid", database_only, [](Sides& s, RestoreOptions&) { s.target.database->controller_uuid = "other"; },
     "controller-uuid", blocker, "controller: \"other\"", "--override=controller-uuid"},
    {"backup without controller uuid", database_only, [](Sides& s, RestoreOptions&) { s.backup.controller_uuid.clear(); },
     "controller-uuid", warning, "not known"},
    {"a fresh controller", full, [](Sides& s, RestoreOptions&) { make_fresh(s); }, "controller-model", warning, "is replaced"},
    {"a controller with models", full,
     [](Sides& s, RestoreOptions&) {
       make_fresh(s);
       s.target.database->models.push_back({"77", "production", "admin", "lxd", "iaas"});
     },
     "controller-model", blocker, "of another controller", "--override=controller-model"},
    {"a controller with machines in its default model", full,
     [](Sides& s, RestoreOptions&) {
       make_fresh(s);
       s.target.database->other_machines = 1;
     },
     "controller-model", blocker, "of another controller", "--override=controller-model"},
    {"copied onto itself", copy, nothing, "controller-model", blocker, "nothing to copy"},

    {"same version", database_only, nothing, "juju-version", ok, "both are 2.9.50"},
    {"same but for the build", database_only, [](Sides& s, RestoreOptions&) { s.backup.version = version("2.9.50.3"); }, "juju-version", ok,
     "2.9.50.3"},
    {"newer backup", database_only, [](Sides& s, RestoreOptions&) { s.backup.version = version("2.9.51"); }, "juju-version", blocker,
     "greater than"},
    {"newer backup with --allow-downgrade", database_only,
     [](Sides& s, RestoreOptions& o) {
       s.backup.version = version("3.0.1");
       o.allow_downgrade = true;
     },
     "juju-version", blocker, "greater than"},
    {"older backup", database_only, [](Sides& s, RestoreOptions&) { s.backup.version = version("2.9-rc3"); }, "juju-version", blocker,
     "would downgrade from juju \"2.9.50\" to \"2.9-rc3\"", "--allow-downgrade"},
    {"older backup, allowed", database_only,
     [](Sides& s, RestoreOptions& o) {
       s.backup.version = version("2.9.49");
       o.allow_downgrade = true;
     },
     "juju-version", warning, "would downgrade"},
    {"versions are not overridden by name", database_only,
     [](Sides& s, RestoreOptions& o) {
       s.backup.version = version("2.9.51");
       o.overrides = {"juju-version"};
     },
     "juju-version", blocker, "upgrade the controller"},
    {"version not known", database_only, [](Sides& s, RestoreOptions&) { s.backup.version = {}; }, "juju-version", warning, "not known"},
    {"copy: newer", copy, [](Sides& s, RestoreOptions&) { s.backup.version = version("2.9.51"); }, "juju-version", blocker,
     "less than or equal"},
    {"copy: too old", copy, [](Sides& s, RestoreOptions&) { s.backup.version = version("2.9.36"); }, "juju-version", blocker, "2.9.37"},
    {"copy: old enough", copy, [](Sides& s, RestoreOptions&) { s.backup.version = version("2.9.37"); }, "juju-version", ok, "copy rules"},
    {"copy: one major", copy, [](Sides& s, RestoreOptions&) { s.target.database->version = version("3.6.1"); }, "juju-version", ok,
     "copy rules"},
    {"copy: two majors", copy, [](Sides& s, RestoreOptions&) { s.target.database->version = version("4.0.1"); }, "juju-version", blocker,
     "one major version"},

    {"same base", database_only, nothing, "series-or-base", ok, "ubuntu@22.04"},
    {"another base", database_only, [](Sides& s, RestoreOptions&) { s.target.database->controller_machines[0].base = "ubuntu@24.04"; },
     "series-or-base", blocker, "ubuntu@24.04", "--override=series-or-base"},
    {"another base below", full, [](Sides& s, RestoreOptions&) { s.target.base = "ubuntu@24.04"; }, "series-or-base", blocker, "ubuntu@24.04",
     "--override=series-or-base"},
    {"no base", full, [](Sides& s, RestoreOptions&) { s.target.base = s.target.series = ""; }, "series-or-base", warning, "does not say"},

    {"same mongod", database_only, nothing, "mongo-version", ok, "4.4"},
    {"patches do not count", database_only, [](Sides& s, RestoreOptions&) { s.target.database->mongo_version = "4.4.24"; }, "mongo-version",
     ok, "4.4"},
    {"newer mongod", database_only, [](Sides& s, RestoreOptions&) { s.target.database->mongo_version = "5.0.1"; }, "mongo-version", blocker,
     "install mongod 4.4", "--override=mongo-version"},
    {"older mongod", database_only, [](Sides& s, RestoreOptions&) { s.target.database->mongo_version = "3.6.3/wiredTiger"; },
     "mongo-version", blocker, "install mongod 4.4"},
    {"older mongod is not overridden", database_only,
     [](Sides& s, RestoreOptions& o) {
       s.target.database->mongo_version = "4.0.9";
       o.overrides = {"mongo-version"};
     },
     "mongo-version", blocker, "4.0.9"},
    {"mongod of the backup not known", database_only, [](Sides& s, RestoreOptions&) { s.backup.mongo_version.clear(); }, "mongo-version",
     warning, "not known"},

    {"same nodes", database_only, nothing, "ha-nodes", ok, "3"},
    {"fewer nodes here", database_only, [](Sides& s, RestoreOptions&) { s.target.database->controller_machines.resize(1); }, "ha-nodes",
     blocker, "juju enable-ha -n 3"},
    {"fewer nodes then", database_only, [](Sides& s, RestoreOptions&) { s.backup.ha_nodes = 1; }, "ha-nodes", blocker,
     "backup: 1, controller: 3"},
    {"one of three", full, nothing, "ha-nodes", warning, "--kind=single-then-enable-ha"},
    {"one of three, others removed", single, nothing, "ha-nodes", ok, "enable-ha"},

    {"all healthy", database_only, nothing, "replica-set-health", ok, "3 members"},
    {"one down", database_only,
     [](Sides& s, RestoreOptions&) {
       s.target.database->members[1].healthy = false;
       s.target.database->members[1].state = "(not reachable/healthy)";
     },
     "replica-set-health", blocker, "\"10.9.8.8:37017\" (juju machine 1, (not reachable/healthy))"},
    {"one recovering", database_only, [](Sides& s, RestoreOptions&) { s.target.database->members[2].state = "RECOVERING"; },
     "replica-set-health", blocker, "RECOVERING"},
    {"one without a tag", copy, [](Sides& s, RestoreOptions&) { s.target.database->members[2].machine_id.clear(); }, "replica-set-health",
     blocker, "no juju machine"},
    {"others alive", full, nothing, "replica-set-health", blocker, "go on with the old state"},
    {"not the only one", survivor, nothing, "replica-set-health", blocker, "enable-ha alone"},
    {"the only one", survivor,
     [](Sides& s, RestoreOptions&) {
       for (auto& member : s.target.database->members) member.healthy = member.self;
     },
     "replica-set-health", ok, "no other"},
    {"primary here", database_only, nothing, "primary-here", ok, "this machine"},
    {"primary elsewhere", database_only, [](Sides& s, RestoreOptions&) { std::swap(s.target.database->members[0].self, s.target.database->members[1].self); },
     "primary-here", blocker, "10.9.8.7:37017"},
    {"no primary", database_only, [](Sides& s, RestoreOptions&) { s.target.database->members[0].state = "SECONDARY"; }, "primary-here",
     blocker, "no primary found"},
    {"a younger model", database_only,
     [](Sides& s, RestoreOptions&) { s.target.database->models.push_back({"77", "younger", "admin", "lxd", "iaas"}); }, "workload-models",
     warning, "younger"},
    {"copy into a busy controller", copy,
     [](Sides& s, RestoreOptions&) { s.target.database->models.push_back({"77", "busy", "admin", "lxd", "iaas"}); }, "workload-models",
     blocker, "hosts 1 workload model: busy"},

    {"no agent.conf here", database_only, [](Sides& s, RestoreOptions&) { s.target.has_agent_conf = false; }, "agent-conf", blocker,
     "--kind=full-machine"},
    {"no agent.conf here, to come", full, [](Sides& s, RestoreOptions&) { s.target.has_agent_conf = false; }, "agent-conf", ok,
     "will be put in place"},
    {"not root", database_only, [](Sides& s, RestoreOptions&) { s.target.is_root = false; }, "privileges", blocker, "sudo"},
    {"not root, below a prefix", full,
     [](Sides& s, RestoreOptions&) {
       s.target.is_root = false;
       s.target.root = "/tmp/x";
     },
     "privileges", warning, "/tmp/x"},
    {"no room for the dump", database_only, [](Sides& s, RestoreOptions&) { s.target.staging_free_bytes = 10; }, "staging-space", blocker,
     "10 bytes are free"},
    {"no room to keep", full, [](Sides& s, RestoreOptions&) { s.target.data_free_bytes = 10; }, "keeping-space", blocker, "make room"},
    {"one volume for both", database_only,
     [](Sides& s, RestoreOptions&) {
       s.target.same_volume = true;
       s.target.staging_free_bytes = s.target.data_free_bytes = s.backup.dump_bytes * 3 / 2;
     },
     "keeping-space", blocker, "make room"},
    {"tools for a downgrade", database_only,
     [](Sides& s, RestoreOptions& o) {
       s.backup.version = version("2.9.49");
       o.allow_downgrade = true;
     },
     "agent-tools", blocker, "no tools of 2.9.49"},
    {"tools for a downgrade are here", database_only,
     [](Sides& s, RestoreOptions& o) {
       s.backup.version = version("2.9.49");
       s.target.tools.push_back({version("2.9.49"), "2.9.49-ubuntu-amd64"});
       o.allow_downgrade = true;
     },
     "agent-tools", ok, "are here"},
    {"tools in root.tar", full, nothing, "agent-tools", ok, "root.tar holds"},
    {"no tools in root.tar", full, [](Sides& s, RestoreOptions&) { s.backup.tools.clear(); }, "agent-tools", blocker, "could not start"},
    {"no services", full, [](Sides& s, RestoreOptions&) { s.target.services.clear(); }, "services", warning, "juju-db"},
    {"no mongorestore", database_only, [](Sides& s, RestoreOptions&) { s.target.mongorestore.clear(); }, "mongo-tools", blocker,
     "mongorestore is not there"},
    {"a database that needs no tools", database_only,
     [](Sides& s, RestoreOptions&) {
       s.target.mongorestore.clear();
       s.target.mongodump.clear();
       s.target.needs_mongo_tools = false;
     },
     "mongo-tools", ok, "needs none"},
    {"no mongodump", database_only, [](Sides& s, RestoreOptions&) { s.target.mongodump.clear(); }, "mongo-tools", blocker,
     "mongodump is not there"},
    {"no mongodump, nothing to save", full,
     [](Sides& s, RestoreOptions&) {
       s.target.mongodump.clear();
       s.target.database.reset();
     },
     "mongo-tools", ok, "mongorestore"},
    {"manual agent control", database_only, [](Sides&, RestoreOptions& o) { o.manual_agent_control = true; }, "other-controllers", warning,
     "machines 1, 2"},
    {"same address", full, nothing, "address", ok, "the same as in the backup: 10.9.8.7"},
    {"another address", full, [](Sides& s, RestoreOptions&) { make_fresh(s); }, "address", ok, "10.20.30.40"},
    {"address not known", full,
     [](Sides& s, RestoreOptions&) {
       s.target.database.reset();
       s.target.api_addresses.clear();
     },
     "address", warning, "--private-address"},
    {"instance id not known", full,
     [](Sides& s, RestoreOptions&) {
       make_fresh(s);
       s.target.database->instance_id.clear();
     },
     "instance-id", warning, "--instance-id"},
    {"instance id", full, [](Sides& s, RestoreOptions&) { make_fresh(s); }, "instance-id", ok, "i-0fresh"},
    {"a machine without address", full,
     [](Sides& s, RestoreOptions&) {
       make_fresh(s);
       s.backup.agents = {{"3", "77", "10.1.1.1"}, {"4", "77", ""}};
     },
     "other-agents", warning, "machines 4"},
    {"options that do not go together", copy, [](Sides&, RestoreOptions& o) { o.allow_downgrade = true; }, "options", blocker,
     "incompatible"},
};

RestorePlan plan_of(Sides sides, RestoreOptions options, RestoreKind kind, jujubackup::HostsView* hosts) {
  options.kind = kind;
  return jujubackup::plan_restore(std::move(sides.backup), std::move(sides.target), options, hosts);
}

}  // namespace

TEST_CASE("variations of the target and the check that sees each") {
  const Sides good = test::sides_of("2.9.50");
  for (const Variation& variation : variations) {
    CAPTURE(variation.title);
    Sides sides = good;
    RestoreOptions options;
    variation.change(sides, options);
    ToldHosts hosts;
    const RestorePlan plan = plan_of(std::move(sides), options, variation.kind, &hosts);
    const RestoreCheck* check = plan.check(variation.check);
    REQUIRE(check != nullptr);
    CAPTURE(check->explanation);
    CHECK(name_of(check->state) == name_of(variation.state));
    CHECK(check->explanation.find(variation.says) != std::string::npos);
    CHECK(check->override_option == variation.option);
    if (variation.state == CheckState::blocker) CHECK(plan.blocked());
  }
}

TEST_CASE("nothing speaks against a restore onto the machine that was backed up, whatever the format") {
  for (const char* version : {"2.0.0", "2.8.7", "2.9.50", "2.9.58", "3.4.0", "3.6.22"}) {
    CAPTURE(version);
    Sides sides = test::sides_of(version);
    ToldHosts hosts;
    const RestorePlan plan = plan_of(sides, {}, RestoreKind::database_only, &hosts);
    CHECK(checks_to_text(plan).find("blocker") == std::string::npos);
    CHECK(hosts.asked == std::vector<std::string>{"1", "2"});
    test::make_single(sides);
    for (const RestoreKind kind : {full, files, single, survivor}) {
      CAPTURE(name_of(kind));
      const RestorePlan whole = plan_of(sides, {}, kind, nullptr);
      CHECK(checks_to_text(whole).find("blocker") == std::string::npos);
      CHECK(!whole.blocked());
    }
  }
}

TEST_CASE("a host that cannot be reached blocks, and only where its agent would be stopped") {
  const Sides good = test::sides_of("2.9.50");
  ToldHosts hosts(std::map<std::string, std::string>{{"2", "connection timed out"}});
  const RestorePlan plan = plan_of(good, {}, RestoreKind::database_only, &hosts);
  REQUIRE(plan.check("other-controllers") != nullptr);
  CHECK(plan.check("other-controllers")->state == CheckState::blocker);
  CHECK(plan.check("other-controllers")->explanation.find("machine 2 at 10.9.8.9: connection timed out") != std::string::npos);
  CHECK(plan.check("other-controllers")->override_option == "--manual-agent-control");
  RestoreOptions manual;
  manual.manual_agent_control = true;
  CHECK(plan_of(good, manual, RestoreKind::database_only, &hosts).commands_before.size() == 2);
  CHECK(plan_of(good, {}, files, &hosts).check("other-controllers") == nullptr);
  CHECK(plan_of(good, {}, RestoreKind::database_only, nullptr).check("other-controllers")->state == CheckState::warning);
}

TEST_CASE("the kind that is chosen where none was given") {
  Sides sides = test::sides_of("2.9.50");
  const auto chosen = [&](const RestoreOptions& options) {
    return jujubackup::plan_restore(sides.backup, sides.target, options, nullptr).kind;
  };
  CHECK(chosen({}) == RestoreKind::database_only);
  RestoreOptions copies;
  copies.copy_controller = true;
  CHECK(chosen(copies) == RestoreKind::copy_controller);
  copies.kind = full;
  CHECK(test::error_of([&] { chosen(copies); })->code() == jujubackup::ErrorCode::invalid_argument);
  sides.target.has_agent_conf = false;
  CHECK(chosen({}) == RestoreKind::single_then_enable_ha);
  sides.backup.ha_nodes = 1;
  CHECK(chosen({}) == RestoreKind::full_machine);
  for (const RestoreKind kind : {database_only, full, copy, files, survivor, single}) {
    CHECK(jujubackup::restore_kind_named(name_of(kind)) == kind);
  }
  CHECK(!jujubackup::restore_kind_named("everything"));
}
