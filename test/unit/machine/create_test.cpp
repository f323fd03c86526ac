#include <jujubackup/archive.hpp>
#include <jujubackup/dump_facts.hpp>
#include <jujubackup/machine.hpp>

#include "controller_root.hpp"
#include "stand_in.hpp"

using jujubackup::CreateOptions;
using jujubackup::CreatePlan;
using jujubackup::ErrorCode;
using jujubackup::JujuVersion;
using jujubackup::Metadata;
using jujubackup::MongodumpOptions;
using jujubackup::plan_create;
using test::error_of;
using test::Scratch;
using test::StandIn;

namespace {

CreateOptions options_for(const Scratch& scratch) {
  CreateOptions options;
  options.place.root = scratch.path();
  options.dump_dir = test::data_path("dump");
  options.check_space = false;
  options.started = jujubackup::Timestamp::parse_rfc3339("2026-05-01T10:00:00.5Z");
  return options;
}

std::vector<std::string> names_of(const std::vector<jujubackup::InputFile>& files) {
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(file.name);
  return names;
}

}  // namespace

TEST_CASE("a plan from a tree and a dump") {
  const Scratch scratch;
  test::make_controller_root(scratch.path());
  CreateOptions options = options_for(scratch);
  options.notes = "before upgrade";
  options.instance_id = "i-0a1b2c3d4e5f60718";
  const CreatePlan plan = plan_create(options);

  Metadata wanted;
  wanted.format_version = 1;
  wanted.started = *options.started;
  wanted.notes = "before upgrade";
  wanted.model_uuid = test::model_uuid;
  wanted.machine = "0";
  wanted.hostname = "juju-b23b53-0";
  wanted.version = JujuVersion::parse("2.9.50");
  wanted.series = "jammy";
  wanted.controller_uuid = test::controller_uuid;
  wanted.ha_nodes = 3;
  wanted.controller_machine_id = "0";
  wanted.controller_machine_instance_id = "i-0a1b2c3d4e5f60718";
  CHECK(plan.input().metadata == wanted);
  CHECK(plan.input().warnings == std::vector<std::string>{});

  std::vector<std::string> warnings;
  CHECK(names_of(plan.input().root_files) == names_of(find_controller_files(options.place, wanted.version, warnings)));
  CHECK(names_of(plan.input().dump_files) == names_of(jujubackup::gather_dump(options.dump_dir)));
  std::uint64_t bytes = 0;
  for (const auto* files : {&plan.input().root_files, &plan.input().dump_files}) {
    for (const auto& file : *files) {
      const auto status = std::filesystem::symlink_status(file.disk_path);
      if (std::filesystem::is_regular_file(status)) bytes += std::filesystem::file_size(file.disk_path);
    }
  }
  CHECK(plan.content_bytes() == bytes);
  CHECK(bytes > 100'000);
}

TEST_CASE("the record by the version of Juju") {
  struct Case {
    const char* version;
    std::int64_t format;
    std::optional<std::string> series, base;
    bool ca_keys;
  };
  const std::vector<Case> cases = {
      {"2.8-beta1.1", 1, "jammy", std::nullopt, true},    {"2.0.0", 0, "jammy", std::nullopt, true},
      {"2.9.31", 1, "jammy", std::nullopt, true},         {"2.9.32", 1, "jammy", std::nullopt, false},
      {"2.9.58", 2, "jammy", std::nullopt, false},        {"3.6.21", 1, std::nullopt, "ubuntu@22.04", false},
      {"3.6.22", 2, std::nullopt, "ubuntu@22.04", false},
  };
  for (const Case& c : cases) {
    for (const bool ca_keys : {true, false}) {
      CAPTURE(c.version);
      CAPTURE(ca_keys);
      const Scratch scratch;
      test::ControllerRoot root;
      root.version = c.version;
      test::make_controller_root(scratch.path(), root);
      CreateOptions options = options_for(scratch);
      options.ca_keys = ca_keys;
      const CreatePlan plan = plan_create(options);
      const Metadata& record = plan.input().metadata;
      CHECK(record.format_version == c.format);
      CHECK(record.version.to_string() == c.version);
      CHECK(record.series == c.series);
      CHECK(record.base == c.base);
      CHECK(record.ca_cert == (c.ca_keys && ca_keys ? std::optional<std::string>(test::ca_cert) : std::nullopt));
      CHECK(record.ca_private_key == (c.ca_keys && ca_keys ? std::optional<std::string>(test::ca_private_key) : std::nullopt));
    }
  }
}

TEST_CASE("options win over what is found") {
  const Scratch scratch;
  test::make_controller_root(scratch.path());
  CreateOptions options = options_for(scratch);
  options.hostname = "given-host";
  options.base = "ubuntu@24.04";
  options.controller_uuid = "given-controller";
  options.model_uuid = "given-model";
  options.version = JujuVersion::parse("2.9.40");
  options.ha_nodes = 5;
  const CreatePlan plan = plan_create(options);
  const Metadata& record = plan.input().metadata;
  CHECK(record.hostname == "given-host");
  CHECK(record.series == "noble");
  CHECK(record.controller_uuid == "given-controller");
  CHECK(record.model_uuid == "given-model");
  CHECK(record.version.to_string() == "2.9.40");
  CHECK(record.ha_nodes == 5);
  CHECK(plan.input().warnings ==
        std::vector<std::string>{std::string("the dump is of another controller: its model is ") + test::model_uuid + ", not given-model"});
}

TEST_CASE("the release comes from the machine, else from the dump") {
  const Scratch scratch;
  test::ControllerRoot root;
  root.version = "3.6.22";
  root.base_version = "24.04";
  root.codename = "noble";
  test::make_controller_root(scratch.path(), root);
  CHECK(plan_create(options_for(scratch)).input().metadata.base == "ubuntu@24.04");
  std::filesystem::remove(scratch / "etc/os-release");
  CHECK(plan_create(options_for(scratch)).input().metadata.base == "ubuntu@22.04");
  CreateOptions options = options_for(scratch);
  options.series = "focal";
  CHECK(plan_create(options).input().metadata.base == "ubuntu@20.04");
}

TEST_CASE("a tree without agent.conf, and what then has to be given") {
  const Scratch scratch;
  test::make_controller_root(scratch.path());
  std::filesystem::remove_all(scratch / "var/lib/juju/agents");

  // The dump knows the model and the version.
  CreateOptions options = options_for(scratch);
  {
    const CreatePlan plan = plan_create(options);
    CHECK(plan.input().metadata.model_uuid == test::model_uuid);
    CHECK(plan.input().metadata.version.to_string() == "3.6.22");
    CHECK(plan.input().metadata.machine == "");
    CHECK(plan.input().warnings == std::vector<std::string>{"no machine-*/agent.conf below " + (scratch / "var/lib/juju/agents")});
  }

  const Scratch dump;
  test::write_file(dump / "oplog.bson", "");
  std::filesystem::create_directories(dump / "juju");
  options.dump_dir = dump.path();
  auto error = error_of([&] { plan_create(options); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::invalid_argument);
  CHECK(error->message() == "the Juju version is not known: neither agent.conf nor the dump has it, and none was given (juju-version)");
  options.version = JujuVersion::parse("2.9.50");
  error = error_of([&] { plan_create(options); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::invalid_argument);
  CHECK(error->message() ==
        "the controller model's UUID is not known: neither agent.conf nor the dump has it, and none was given (model-uuid)");
  options.model_uuid = "given-model";
  options.place.machine_id = "4";
  const CreatePlan plan = plan_create(options);
  CHECK(plan.input().metadata.model_uuid == "given-model");
  CHECK(plan.input().metadata.machine == "4");
  CHECK(plan.input().metadata.ha_nodes == 0);
}

TEST_CASE("a wrong machine id is not let pass where there are others") {
  const Scratch scratch;
  test::make_controller_root(scratch.path());
  CreateOptions options = options_for(scratch);
  options.place.machine_id = "9";
  const auto error = error_of([&] { plan_create(options); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::not_found);
}

TEST_CASE("exactly one source of the dump") {
  const Scratch scratch;
  test::make_controller_root(scratch.path());
  CreateOptions options = options_for(scratch);
  options.mongodump = MongodumpOptions();
  auto error = error_of([&] { plan_create(options); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::invalid_argument);
  CHECK(error->message() == "give either the folder of a dump or mongodump, not both");
  options.mongodump.reset();
  options.dump_dir.clear();
  error = error_of([&] { plan_create(options); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::invalid_argument);
  CHECK(error->message() == "there is no dump: give the folder of one, or have mongodump run");
}

TEST_CASE("a plan with mongodump keeps the staged dump as long as it lives") {
  const Scratch scratch;
  const Scratch work;
  test::make_controller_root(scratch.path());
  CreateOptions options = options_for(scratch);
  options.dump_dir.clear();
  options.mongodump = MongodumpOptions();
  options.mongodump->program = StandIn::program();
  options.mongodump->work_dir = work.path();
  {
    const StandIn stand_in(scratch, "");
    CreatePlan first = plan_create(options);
    const CreatePlan plan = std::move(first);
    for (const auto& file : plan.input().dump_files) CHECK(std::filesystem::exists(file.disk_path));
    CHECK(names_of(plan.input().dump_files) == names_of(jujubackup::gather_dump(test::data_path("dump"))));
    CHECK(plan.input().metadata.ha_nodes == 3);
    for (const std::string& argument : stand_in.arguments()) CHECK(argument.find(test::state_password) == std::string::npos);
  }
  CHECK(std::filesystem::is_empty(work.path()));

  for (const auto& [mode, message] :
       {std::pair("one-entry", "too few files in dump dir (1)"), std::pair("nothing", "too few files in dump dir (0)")}) {
    const StandIn stand_in(scratch, mode);
    const auto error = error_of([&] { plan_create(options); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::invalid_argument);
    CHECK(error->message() == message);
    CHECK(std::filesystem::is_empty(work.path()));
  }
}

TEST_CASE("mongodump without a known version") {
  const Scratch scratch;
  test::make_controller_root(scratch.path());
  std::filesystem::remove_all(scratch / "var/lib/juju/agents");
  CreateOptions options = options_for(scratch);
  options.dump_dir.clear();
  options.mongodump = MongodumpOptions();
  const auto error = error_of([&] { plan_create(options); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::invalid_argument);
  CHECK(error->message() ==
        "the Juju version, which mongodump's arguments depend on, is not known: agent.conf does not have it, and none was given "
        "(juju-version)");
}

TEST_CASE("a backup, from the tree to what the archive says about itself") {
  const Scratch scratch;
  test::make_controller_root(scratch.path());
  const CreateOptions options = options_for(scratch);
  auto store = jujubackup::BackupStore::open("mem:");
  const jujubackup::BackupRecord record = create_backup(store, options);
  CHECK(record.id == std::string("20260501-100000.") + test::model_uuid);
  CHECK(record.metadata.machine == "0");

  auto archive = jujubackup::Archive::open(store.open_archive(record.id));
  const auto metadata = archive.metadata();
  REQUIRE(metadata);
  CHECK(metadata->model_uuid == test::model_uuid);
  CHECK(metadata->hostname == "juju-b23b53-0");
  CHECK(metadata->ha_nodes == 3);
  CHECK(archive.verify().verdict() == jujubackup::Verdict::ok);
  CHECK(read_dump_facts(archive).agent_version == "3.6.22");
  jujubackup::MemorySink sink(1 << 20);
  archive.read_entry("juju-backup/root.tar/var/lib/juju/agents/machine-0/agent.conf", sink);
  CHECK(sink.text() == test::read_file(scratch / "var/lib/juju/agents/machine-0/agent.conf"));
}

TEST_CASE("a required file that is missing fails the backup and leaves nothing") {
  const Scratch scratch;
  test::make_controller_root(scratch.path());
  std::filesystem::remove(scratch / "var/lib/juju/server.pem");
  auto store = jujubackup::BackupStore::open("mem:");
  const auto error = error_of([&] { create_backup(store, options_for(scratch)); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::not_found);
  CHECK(std::string(error->what()).find("var/lib/juju/server.pem") != std::string::npos);
  CHECK(store.list().backups.empty());
}

TEST_CASE("a directory store without the space is refused before it is written to") {
  const Scratch scratch;
  test::make_controller_root(scratch.path());
  // A sparse file: larger than the volume, and no bytes on it.
  const std::string huge = scratch / "var/lib/juju/init/huge";
  test::write_file(huge, "");
  std::filesystem::resize_file(huge, std::uintmax_t{1} << 42);
  CreateOptions options = options_for(scratch);
  options.check_space = true;
  const std::string directory = scratch / "store";
  auto store = jujubackup::BackupStore::open("file:" + directory);
  const auto error = error_of([&] { create_backup(store, options); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::no_space);
  CHECK(error->message().starts_with("not enough free space in \"" + directory + "\"; want "));
  CHECK_FALSE(std::filesystem::exists(directory));
}

TEST_CASE("the staging folder is asked for space before mongodump runs") {
  const Scratch scratch;
  test::make_controller_root(scratch.path());
  const std::string huge = scratch / "var/snap/juju-db/common/db/collection-0.wt";
  test::write_file(huge, "");
  std::filesystem::resize_file(huge, std::uintmax_t{1} << 42);
  const StandIn stand_in(scratch, "");
  CreateOptions options = options_for(scratch);
  options.dump_dir.clear();
  options.mongodump = MongodumpOptions();
  options.mongodump->program = StandIn::program();
  options.mongodump->work_dir = scratch.path();
  options.check_space = true;
  const auto error = error_of([&] { plan_create(options); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::no_space);
  CHECK(error->message().starts_with("not enough free space in \"" + scratch.path() + "\"; want "));
  CHECK_FALSE(stand_in.was_run());
}
