// Whole restores of a database, with a folder in its place: to their end, and stopped at each step, then undone or gone on with.
#include "database_steps_support.hpp"

#include "recording_hosts.hpp"

using namespace jujubackup;
using namespace test;

namespace {

// A machine whose one controller is that of a backup from before somebody broke the database.
class Broken {
 public:
  explicit Broken(RestoreKind kind) : f(of_dump()), kind_(kind) {
    for (const char* tool : {"mongod", "mongodump", "mongorestore"}) {
      const std::string path = f.root + "/snap/bin/juju-db." + tool;
      write_file(path, "#!/bin/false\n");
      std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    }
    // Of the three controllers in the genuine dump this one stayed.
    for (const char* id : {"1", "2"}) {
      database::remove(*f.session(), {"juju", "controllerNodes"}, object(std::string("{'_id': '") + id + "'}"), nullptr);
      database::remove(*f.session(), {"juju", "machines"}, object("{'_id': '" + std::string(model_uuid) + ":" + id + "'}"), nullptr);
    }
    database::remove(*f.session(), {"juju", "models"}, object("{'name': 'default'}"), nullptr);
    f.insert("juju.secretBackends", "{'_id': 'vault'}");
    f.insert("juju.controllers", "{'_id': 'controllerSettings', 'settings': {'audit-log-max-size': '300M'}}");
    CreateOptions options;
    options.place.root = f.root;
    options.dump_dir = f.directory;
    options.check_space = false;
    options.ha_nodes = 1;
    options.started = Timestamp::parse_rfc3339("2026-05-01T10:00:00Z");
    MemorySink sink(std::size_t{16} << 20);
    write_archive(plan_create(options).input(), sink);
    bytes_ = sink.bytes();

    f.database->users["machine-0"] = state_password;
    f.database->config = json("{'_id':'juju','version':1,'members':[{'_id':1,'host':'localhost:37017','tags':{'juju-machine-id':'0'}}]}");
    database::drop_collection(*f.session(), {"juju", "clouds"}, nullptr);
    database::drop_collection(*f.session(), {"juju", "secretBackends"}, nullptr);
    f.insert("juju.clouds", "{'_id': 'broken'}");
    f.insert("juju.younger", "{'_id': 1}");
    database::update(*f.session(), {"juju", "controllers"}, object("{'_id': 'controllerSettings'}"),
                     value("{'$set': {'settings': {'audit-log-max-size': '1M', 'controller-name': 'mine'}}}"), {}, nullptr);
    if (kind == RestoreKind::copy_controller) become_another();
    if (kind == RestoreKind::full_machine) {
      // Since the backup the agent has another password.
      f.make_conf(f.conf_path, "of now", "0", "3.6.22");
      f.database->users["machine-0"] = "of now";
      for (const char* service : {"juju-db", "jujud-machine-0"}) {
        write_file(f.root + "/etc/systemd/system/" + service + ".service", "[Unit]\n");
        services.active.insert(std::string(service) + "@here");
      }
    }
    services.runs_here = false;
    before = f.content();
  }

  Archive archive() const { return Archive::open(source_of_memory(bytes_, "backup.tar.gz")); }
  RestorePlan plan() {
    RestoreOptions options;
    options.kind = kind_;
    options.place.root = f.root;
    options.staging_dir = f.staging;
    options.include_status_history = kind_ == RestoreKind::database_only;
    if (kind_ == RestoreKind::full_machine) options.private_address = "10.20.30.40";
    options.instance_id = "i-new";
    options.update_agents = false;
    const auto facts = folder_database(f.directory);
    RestoreViews views;
    views.database = facts.get();
    Archive from = archive();
    return plan_restore(from, options, views);
  }
  RestoreTools tools() {
    RestoreTools all;
    all.database = f.database.get();
    all.services = &services;
    return all;
  }
  RestorePlace place() const { return {f.root, ""}; }
  bool is_as_before() const { return f.content() == before && std::filesystem::is_empty(f.staging) && f.database->roles.empty(); }

  MachineFixture f;
  RecordingServices services;
  std::vector<std::string> before;

 private:
  static ControllerRoot of_dump() {
    ControllerRoot root;
    root.version = "3.6.22";
    return root;
  }

  // Other UUIDs, as long as the old ones, in all of its files.
  void become_another() {
    std::vector<std::string> files = {f.root + "/" + f.conf_path};
    for (const auto& entry : std::filesystem::recursive_directory_iterator(f.directory)) {
      if (entry.is_regular_file()) files.push_back(entry.path().string());
    }
    for (const std::string& file : files) {
      std::string text = read_file(file);
      for (const std::string uuid : {model_uuid, controller_uuid}) {
        for (std::size_t at = text.find(uuid); at != std::string::npos; at = text.find(uuid)) text.replace(at, 2, "ff");
      }
      write_file(file, text);
    }
  }

  RestoreKind kind_;
  std::vector<std::byte> bytes_;
};

RunOptions dies_at(RestoreEvent::Kind kind, std::size_t index) {
  RunOptions options;
  options.undo_on_failure = false;
  options.on_event = [=](const RestoreEvent& event) {
    if (event.kind == kind && event.index == index) throw Error(ErrorCode::cancelled, "as if killed");
  };
  return options;
}

void check_restored(Broken& broken, RestoreKind kind) {
  if (kind == RestoreKind::database_only) {
    CHECK(broken.f.count("juju.clouds") == 2);
    CHECK(broken.f.count("juju.younger") == 1);
  } else {
    CHECK(broken.f.one("juju.clouds", "{'_id': 'aws'}") != "");
    CHECK(broken.f.one("juju.clouds", "{'_id': 'broken'}") != "");
    CHECK(broken.f.one("juju.controllers", "{'_id': 'controllerSettings'}").find("mine") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(broken.f.directory + "/jujucontroller"));
  }
  CHECK(broken.f.count("juju.secretBackends") == 1);
  CHECK(broken.f.one("juju.controllers", "{'_id': 'controllerSettings'}").find("300M") != std::string::npos);
  CHECK(broken.f.database->roles.empty());
  CHECK(std::filesystem::is_empty(broken.f.staging));
}

}  // namespace

TEST_CASE("a restore of a database: to its end, undone, and stopped at each step") {
  for (const RestoreKind kind : {RestoreKind::database_only, RestoreKind::copy_controller}) {
    CAPTURE(name_of(kind));
    std::size_t steps = 0;
    {
      Broken broken(kind);
      const RestorePlan plan = broken.plan();
      CAPTURE(checks_to_text(plan));
      REQUIRE_FALSE(plan.blocked());
      steps = plan.steps.size();
      Archive archive = broken.archive();
      const RestoreReport report = run_restore(plan, archive, broken.tools());
      CAPTURE(to_text(report));
      REQUIRE(report.ok());
      check_restored(broken, kind);
      const RestoreReport undone = undo_restore(broken.place(), broken.tools());
      CAPTURE(to_text(undone));
      CHECK(undone.state == RestoreState::undone);
      CHECK(broken.is_as_before());
    }
    for (std::size_t step = 0; step < steps; ++step) {
      for (const RestoreEvent::Kind when : {RestoreEvent::Kind::step_begins, RestoreEvent::Kind::step_ends}) {
        for (const bool goes_on : {false, true}) {
          // What is gone on with after a step that ended is what is gone on with before the next.
          if (goes_on && when == RestoreEvent::Kind::step_ends) continue;
          CAPTURE(step);
          CAPTURE(goes_on);
          Broken broken(kind);
          Archive archive = broken.archive();
          run_restore(broken.plan(), archive, broken.tools(), dies_at(when, step));
          if (goes_on) {
            Archive again = broken.archive();
            const RestoreReport report = resume_restore(broken.place(), again, broken.tools());
            CAPTURE(to_text(report));
            CHECK(report.ok());
            check_restored(broken, kind);
          } else {
            const RestoreReport report = undo_restore(broken.place(), broken.tools());
            CAPTURE(to_text(report));
            CHECK(report.state == RestoreState::undone);
            CHECK(broken.is_as_before());
          }
        }
      }
    }
  }
}

TEST_CASE("a restore of a whole machine at another address: password, replica set and documents follow, and come back") {
  Broken broken(RestoreKind::full_machine);
  const RestorePlan plan = broken.plan();
  CAPTURE(checks_to_text(plan));
  REQUIRE_FALSE(plan.blocked());
  Archive archive = broken.archive();
  RunOptions options;
  options.undo_on_failure = false;
  const std::string config = broken.f.database->config;
  const RestoreReport report = run_restore(plan, archive, broken.tools(), options);
  CAPTURE(to_text(report));
  REQUIRE(report.ok());
  CHECK(broken.f.database->users == std::map<std::string, std::string>{{"machine-0", state_password}});
  CHECK(broken.f.database->reconfigured == std::vector<std::string>{"force 10.20.30.40:37017"});
  CHECK(broken.f.count("juju.clouds") == 2);
  const std::string machine = broken.f.one("juju.machines", "{'_id': '" + std::string(model_uuid) + ":0'}");
  CHECK(machine.find(json("'value':'10.20.30.40'")) != std::string::npos);
  CHECK(broken.f.one("juju.controllers", "{'_id': 'apiHostPorts'}").find("10.20.30.40") != std::string::npos);

  const RestoreReport undone = undo_restore(broken.place(), broken.tools());
  CAPTURE(to_text(undone));
  CHECK(undone.state == RestoreState::undone);
  CHECK(broken.is_as_before());
  CHECK(broken.f.database->users == std::map<std::string, std::string>{{"machine-0", "of now"}});
  CHECK(database::same(*parse_json(broken.f.database->config).find("members"), *parse_json(config).find("members")));
  CHECK(read_file(broken.f.root + "/" + broken.f.conf_path).find("of now") != std::string::npos);
}
