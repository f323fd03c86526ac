#include <atomic>

#include "restore_run/journal.hpp"
#include "run_support.hpp"

using jujubackup::Archive;
using jujubackup::Error;
using jujubackup::ErrorCode;
using jujubackup::Job;
using jujubackup::RestoreEvent;
using jujubackup::RestorePlan;
using jujubackup::RestoreReport;
using jujubackup::RestoreState;
using jujubackup::RunOptions;
using jujubackup::StepState;
using test::RestoreScene;

namespace {

RestoreReport run(RestoreScene& scene, const RestorePlan& plan, const RunOptions& options = {}, Job* job = nullptr) {
  Archive archive = scene.archive();
  return run_restore(plan, archive, scene.tools(), options, job);
}

RestoreReport resume(RestoreScene& scene, const RunOptions& options = {}) {
  Archive archive = scene.archive();
  return resume_restore(scene.place(), archive, scene.tools(), options);
}

std::string states_of(const RestoreReport& report) {
  std::string text;
  for (const auto& step : report.steps) text += step.step.name + " " + std::string(name_of(step.state)) + "\n";
  return text;
}

bool all_are(const RestoreReport& report, StepState state) {
  return std::all_of(report.steps.begin(), report.steps.end(), [&](const auto& step) { return step.state == state; });
}

// Ends as told at the n-th call of on_event that is of that kind.
RunOptions at_event(RestoreEvent::Kind kind, std::size_t index, std::function<void()> act) {
  RunOptions options;
  options.on_event = [=](const RestoreEvent& event) {
    if (event.kind == kind && event.step != nullptr && event.index == index) act();
  };
  return options;
}

const char* const some_log = "mongorestore.log";

}  // namespace

TEST_CASE("a restore of files is run, kept, and committed") {
  RestoreScene scene;
  const RestorePlan plan = scene.plan();
  CAPTURE(checks_to_text(plan));
  REQUIRE_FALSE(plan.blocked());
  std::string heard;
  RunOptions options;
  options.on_event = [&](const RestoreEvent& event) {
    heard += std::to_string(static_cast<int>(event.kind)) + ":" + std::to_string(event.index) + "/" + std::to_string(event.count) + " " +
             (event.step != nullptr ? std::string(name_of(event.step->state)) : "none") + "\n";
  };
  const RestoreReport report = run(scene, plan, options);
  CAPTURE(to_text(report));
  CHECK(report.state == RestoreState::restored);
  CHECK(report.ok());
  CHECK(all_are(report, StepState::done));
  CHECK(report.error.empty());
  CHECK(report.source == "backup.tar.gz");
  CHECK(report.work_dir == scene.work_dir());
  CHECK(report.ended > report.started);
  CHECK(scene.units_look().find("2.9.40") == std::string::npos);
  CHECK(scene.units_look() == scene.new_units());
  CHECK(heard.starts_with("1:0/8 begun\n2:0/8 done\n1:1/8 begun\n"));
  CHECK(scene.services.take_calls() == std::vector<std::string>{"stop jujud-machine-0@here", "stop juju-db@here",
                                                                "install /var/lib/juju/init/jujud-machine-0/jujud-machine-0.service",
                                                                "start juju-db@here", "start jujud-machine-0@here"});

  const auto found = find_restore(scene.place());
  REQUIRE(found);
  CHECK(found->state == RestoreState::restored);
  CHECK(states_of(*found) == states_of(report));
  CHECK(to_text(*found) == to_text(report));
  struct stat status {};
  REQUIRE(::stat(scene.work_dir().c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0700);
  const std::string journal = test::read_file(scene.work_dir() + "/journal.jsonl");
  for (const char* secret : {"Invented", "INVENTED", "SU5WRU5URUQ", "invented-old"}) CHECK(journal.find(secret) == std::string::npos);
  CHECK(test::error_of([&] { run(scene, plan); })->code() == ErrorCode::exists);

  commit_restore(scene.place());
  CHECK_FALSE(std::filesystem::exists(scene.work_dir()));
  CHECK_FALSE(find_restore(scene.place()));
  CHECK(scene.units_look() == scene.new_units());
  CHECK(test::error_of([&] { commit_restore(scene.place()); })->code() == ErrorCode::not_found);
  CHECK(test::error_of([&] { undo_restore(scene.place(), scene.tools()); })->code() == ErrorCode::not_found);
}

TEST_CASE("a restore that was run is undone") {
  for (const char* address : {"10.9.8.7", "10.1.1.1"}) {
    RestoreScene scene(address);
    REQUIRE(run(scene, scene.plan()).ok());
    CHECK(scene.look() != scene.old_look());
    const RestoreReport report = undo_restore(scene.place(), scene.tools());
    CAPTURE(to_text(report));
    CHECK(report.state == RestoreState::undone);
    CHECK(all_are(report, StepState::undone));
    CHECK(report.error.empty());
    CHECK(report.commands_after.empty());
    CHECK(scene.look() == scene.old_look());
    CHECK_FALSE(std::filesystem::exists(scene.work_dir()));
  }
}

TEST_CASE("onto a machine that has nothing, and back to nothing") {
  RestoreScene scene;
  std::filesystem::remove_all(scene.root() + "/var");
  std::filesystem::remove_all(scene.root() + "/home");
  const std::string bare = scene.look();
  const RestorePlan plan = scene.plan();
  CAPTURE(checks_to_text(plan));
  REQUIRE_FALSE(plan.blocked());
  const RestoreReport report = run(scene, plan);
  CAPTURE(to_text(report));
  REQUIRE(report.ok());
  CHECK(scene.units_look() == scene.new_units());
  CHECK(undo_restore(scene.place(), scene.tools()).state == RestoreState::undone);
  CHECK(scene.look() == bare);
  CHECK_FALSE(std::filesystem::exists(scene.root() + "/var"));
  CHECK_FALSE(std::filesystem::exists(scene.root() + "/home"));
}

TEST_CASE("each step fails once, and the restore is undone by itself") {
  const std::size_t count = RestoreScene("10.1.1.1").plan().steps.size();
  REQUIRE(count == 9);
  for (std::size_t n = 0; n < count; ++n) {
    for (const auto kind : {RestoreEvent::Kind::step_begins, RestoreEvent::Kind::step_ends}) {
      RestoreScene scene("10.1.1.1");
      const RestoreReport report = run(scene, scene.plan(), at_event(kind, n, [] { throw std::runtime_error("enough"); }));
      CAPTURE(n);
      CAPTURE(to_text(report));
      CHECK(report.state == RestoreState::undone);
      CHECK(report.error == report.steps[n].step.name + ": stopped by the one who is told of the steps");
      CHECK(report.steps[n].state == (kind == RestoreEvent::Kind::step_begins ? StepState::failed : StepState::undone));
      for (std::size_t i = n + 1; i < count; ++i) CHECK(report.steps[i].state == StepState::pending);
      for (std::size_t i = 0; i < n; ++i) CHECK(report.steps[i].state == StepState::undone);
      CHECK(scene.look() == scene.old_look());
      CHECK_FALSE(std::filesystem::exists(scene.work_dir()));
    }
  }
}

TEST_CASE("a service that does not start has everything undone, and what was running runs again") {
  RestoreScene scene;
  scene.services.active = {"jujud-machine-0@here", "juju-db@here"};
  int left = 1;
  scene.services.on_call = [&](const std::string& call) {
    if (call == "start jujud-machine-0@here" && left-- > 0) throw Error(ErrorCode::program, "told to fail");
  };
  const RestoreReport report = run(scene, scene.plan());
  CAPTURE(to_text(report));
  CHECK(report.state == RestoreState::undone);
  CHECK(report.error == "start-agent: told to fail");
  CHECK(scene.services.active == std::set<std::string>{"jujud-machine-0@here", "juju-db@here"});
  CHECK(scene.look() == scene.old_look());
}

TEST_CASE("an undo that fails does not stop the others, and can be done again") {
  RestoreScene scene("10.1.1.1");
  scene.services.active = {"jujud-machine-0@here", "juju-db@here"};
  REQUIRE(run(scene, scene.plan()).ok());
  scene.services.failing = {"start juju-db@here"};
  const RestoreReport failed = undo_restore(scene.place(), scene.tools());
  CAPTURE(to_text(failed));
  CHECK(failed.state == RestoreState::undo_failed);
  CHECK(failed.error.starts_with("stop-database: told to fail"));
  CHECK(failed.steps[1].state == StepState::undo_failed);
  CHECK(failed.steps[0].state == StepState::undone);
  CHECK(scene.look().find("restore\n") != std::string::npos);
  CHECK(scene.units_look() == scene.old_look().substr(0, scene.units_look().size()));
  const auto found = find_restore(scene.place());
  REQUIRE(found);
  CHECK(found->state == RestoreState::undo_failed);
  CHECK(test::error_of([&] { resume(scene); })->code() == ErrorCode::unsupported);
  CHECK(test::error_of([&] { commit_restore(scene.place()); })->code() == ErrorCode::unsupported);
  CHECK(test::error_of([&] { run(scene, scene.plan()); })->code() == ErrorCode::exists);
  scene.services.failing.clear();
  CHECK(undo_restore(scene.place(), scene.tools()).state == RestoreState::undone);
  CHECK(scene.look() == scene.old_look());
}

TEST_CASE("what another step's undo has made moot is not undone onto the old files") {
  RestoreScene scene("10.1.1.1");
  REQUIRE(run(scene, scene.plan()).ok());
  // The kept text of the backup's agent.conf is gone, so that the undo of rewrite-agent-conf fails at first.
  for (const auto& found : std::filesystem::directory_iterator(scene.work_dir())) {
    const std::string name = found.path().filename().string();
    if (name.ends_with("-agent.conf")) std::filesystem::remove(found.path());
  }
  const RestoreReport report = undo_restore(scene.place(), scene.tools());
  CAPTURE(to_text(report));
  CHECK(report.state == RestoreState::undone);
  CHECK(scene.look() == scene.old_look());
}

TEST_CASE("a restore that failed is left as it is if asked, and goes on when resumed") {
  for (std::size_t n = 0; n < 8; ++n) {
    RestoreScene scene;
    RunOptions options = at_event(RestoreEvent::Kind::step_begins, n, [] { throw std::runtime_error("enough"); });
    options.undo_on_failure = false;
    const RestoreReport report = run(scene, scene.plan(), options);
    CAPTURE(to_text(report));
    CHECK(report.state == RestoreState::failed);
    CHECK(report.steps[n].state == StepState::failed);
    REQUIRE(find_restore(scene.place()));
    CHECK(find_restore(scene.place())->state == RestoreState::failed);
    CHECK(find_restore(scene.place())->error == report.error);
    if (n % 2 == 0) {
      const RestoreReport resumed = resume(scene);
      CAPTURE(to_text(resumed));
      CHECK(resumed.ok());
      CHECK(resumed.error.empty());
      CHECK(scene.units_look() == scene.new_units());
      // It is complete; once more changes nothing.
      CHECK(resume(scene).ok());
    } else {
      CHECK(undo_restore(scene.place(), scene.tools()).state == RestoreState::undone);
      CHECK(scene.look() == scene.old_look());
    }
  }
}

TEST_CASE("cancelled while it unpacks, and it is as before") {
  RestoreScene scene;
  Job job;
  job.on_progress([&](const jujubackup::Progress& progress) {
    if (progress.phase == jujubackup::Phase::extracting) job.cancel();
  });
  const RestoreReport report = run(scene, scene.plan(), {}, &job);
  CAPTURE(to_text(report));
  CHECK(report.state == RestoreState::undone);
  CHECK(report.error.starts_with("unpack-root: "));
  CHECK(scene.look() == scene.old_look());
}

TEST_CASE("an undo whose job is cancelled stops and goes on later") {
  RestoreScene scene;
  REQUIRE(run(scene, scene.plan()).ok());
  Job job;
  const RunOptions options = at_event(RestoreEvent::Kind::undo_ends, 5, [&] { job.cancel(); });
  const RestoreReport report = undo_restore(scene.place(), scene.tools(), options, &job);
  CHECK(report.state == RestoreState::undo_failed);
  CHECK(report.error == "cancelled");
  CHECK(report.steps[4].state == StepState::done);
  CHECK(undo_restore(scene.place(), scene.tools()).state == RestoreState::undone);
  CHECK(scene.look() == scene.old_look());
}

TEST_CASE("what is refused before the first step leaves nothing behind") {
  RestoreScene scene;
  RestorePlan plan = scene.plan();
  SUBCASE("a blocked plan") {
    plan.checks.push_back({"x", jujubackup::CheckState::blocker, "because", ""});
    const auto error = test::error_of([&] { run(scene, plan); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::invalid_argument);
    CHECK(std::string(error->what()) == "the restore is blocked: x: because");
  }
  SUBCASE("no services") {
    Archive archive = scene.archive();
    CHECK(test::error_of([&] { run_restore(plan, archive, {}); })->code() == ErrorCode::invalid_argument);
  }
  SUBCASE("another archive") {
    const test::Scratch other_root;
    test::make_controller_root(other_root.path());
    const std::vector<std::byte> bytes = test::archive_of(other_root.path());
    Archive other = Archive::open(jujubackup::source_of_memory(bytes, "other.tar.gz"));
    const auto error = test::error_of([&] { run_restore(plan, other, scene.tools()); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::corrupt);
    CHECK(std::string(error->what()) == "other.tar.gz: is not the archive that the restore was planned for");
  }
  SUBCASE("an archive of the same size") {
    std::vector<std::byte> bytes = scene.bytes();
    bytes[bytes.size() / 2] ^= std::byte{1};
    Archive other = Archive::open(jujubackup::source_of_memory(bytes, "other.tar.gz"));
    CHECK(test::error_of([&] { run_restore(plan, other, scene.tools()); })->code() == ErrorCode::corrupt);
  }
  SUBCASE("something else in the work directory") {
    test::write_file(scene.work_dir() + "/mine", "x");
    CHECK(test::error_of([&] { run(scene, plan); })->code() == ErrorCode::exists);
    CHECK(test::read_file(scene.work_dir() + "/mine") == "x");
    std::filesystem::remove_all(scene.work_dir());
  }
  SUBCASE("a name that cannot be written down") {
    for (auto& step : plan.steps) {
      if (auto* save = std::get_if<jujubackup::SaveFiles>(&step.action)) save->paths.emplace_back("var/lib/juju/agents/machine-\xff");
    }
    CHECK(test::error_of([&] { run(scene, plan); })->code() == ErrorCode::unsupported);
  }
  CHECK(scene.services.take_calls().empty());
  CHECK(scene.look() == scene.old_look());
}

TEST_CASE("one restore at a time") {
  RestoreScene scene;
  const RestorePlan plan = scene.plan();
  int asked = 0;
  const RunOptions options = at_event(RestoreEvent::Kind::step_ends, 2, [&] {
    ++asked;
    CHECK(test::error_of([&] { resume(scene); })->code() == ErrorCode::busy);
    CHECK(test::error_of([&] { undo_restore(scene.place(), scene.tools()); })->code() == ErrorCode::busy);
    CHECK(test::error_of([&] { commit_restore(scene.place()); })->code() == ErrorCode::busy);
    CHECK(test::error_of([&] { run(scene, plan); })->code() == ErrorCode::exists);
    CHECK(find_restore(scene.place())->state == RestoreState::interrupted);
  });
  CHECK(run(scene, plan, options).ok());
  CHECK(asked == 1);
}

TEST_CASE("logs of an undone restore stay until the next one") {
  RestoreScene scene;
  RunOptions options = at_event(RestoreEvent::Kind::step_ends, 3, [&] {
    test::write_file(scene.work_dir() + "/" + some_log, "why it failed");
    throw std::runtime_error("enough");
  });
  CHECK(run(scene, scene.plan(), options).state == RestoreState::undone);
  CHECK(test::read_file(scene.work_dir() + "/" + some_log) == "why it failed");
  CHECK_FALSE(std::filesystem::exists(scene.work_dir() + "/journal.jsonl"));
  CHECK_FALSE(find_restore(scene.place()));
  REQUIRE(run(scene, scene.plan()).ok());
  CHECK_FALSE(std::filesystem::exists(scene.work_dir() + "/" + some_log));
  commit_restore(scene.place());
  CHECK_FALSE(std::filesystem::exists(scene.work_dir()));
}

TEST_CASE("the report as JSON") {
  RestoreScene scene;
  const RestoreReport report = run(scene, scene.plan());
  const jujubackup::Value value = jujubackup::parse_json(to_json(report));
  CHECK(*value.find("state")->string() == "restored");
  CHECK(*value.find("kind")->string() == "files-only");
  CHECK(value.find("steps")->array()->size() == report.steps.size());
  CHECK(*value.find("steps")->array()->at(2).find("name")->string() == "save-files");
  CHECK(*value.find("steps")->array()->at(2).find("state")->string() == "done");
}

TEST_CASE("a whole machine with its database is restored, and undone") {
  RestoreScene scene("10.1.1.1", RestoreScene::With::database);
  const RestorePlan plan = scene.plan();
  CAPTURE(checks_to_text(plan));
  REQUIRE_FALSE(plan.blocked());
  const RestoreReport report = run(scene, plan);
  CAPTURE(to_text(report));
  CHECK(report.state == RestoreState::restored);
  CHECK(scene.database_look().find("somebody") == std::string::npos);
  CHECK(std::filesystem::exists(scene.database_path() + "/juju/clouds.bson"));
  CHECK(std::filesystem::is_empty(scene.staging_path()));
  CHECK(undo_restore(scene.place(), scene.tools()).state == RestoreState::undone);
  CHECK(scene.look() == scene.old_look());
}

TEST_CASE("other machines' agents are told again where it did not work, and that is not undone") {
  RestoreScene scene;
  std::filesystem::create_directories(scene.work_dir());
  {
    jujubackup::restore_run::JournalHeader header;
    header.kind = jujubackup::RestoreKind::full_machine;
    header.started = jujubackup::Timestamp::now();
    jujubackup::UpdateAgents update;
    update.machines = {{"3", "77", "10.0.0.3"}, {"4", "77", "10.0.0.4"}};
    update.private_address = "10.1.1.1";
    jujubackup::RestoreStep step;
    step.name = "update-agents";
    step.undoable = false;
    step.action = update;
    header.steps = {step};
    jujubackup::restore_run::JournalFile journal(scene.work_dir(), header);
    journal.begins(0, {});
    jujubackup::StepReport report;
    report.machines = {{"3", "77", "10.0.0.3", true, "told"}, {"4", "77", "10.0.0.4", false, "no route"}};
    journal.done(0, report);
    CHECK(test::error_of([&] { update_agents_again(scene.place(), scene.tools()); })->code() == ErrorCode::unsupported);
    journal.restored();
  }
  CHECK(test::error_of([&] { update_agents_again(scene.place(), {}); })->code() == ErrorCode::invalid_argument);
  scene.hosts.before = [](const jujubackup::ControllerHost&) { throw Error(ErrorCode::program, "still no route"); };
  const RestoreReport again = update_agents_again(scene.place(), scene.tools());
  CHECK(scene.hosts.asked == std::vector<std::string>{"4"});
  CHECK(again.ok());
  REQUIRE(again.steps[0].machines.size() == 2);
  CHECK(again.steps[0].machines[0].text == "told");
  CHECK(again.steps[0].machines[1].text == "still no route");
  CHECK(to_text(*find_restore(scene.place())).find("machine 4 at 10.0.0.4: not updated, still no route") != std::string::npos);
  const RestoreReport undone = undo_restore(scene.place(), scene.tools());
  CHECK(undone.state == RestoreState::undone);
  CHECK(undone.steps[0].state == StepState::done);
  CHECK(undone.steps[0].warnings.back() == "it cannot be undone, and was left as it is");
  CHECK_FALSE(std::filesystem::exists(scene.work_dir()));
}
