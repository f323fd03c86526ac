// A restore that is killed, or whose disk fails, at each of its calls that change something: what a later process resumes is the new
// machine, and what it undoes is the old one.
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <set>

#include "io/tree_files.hpp"
#include "run_support.hpp"
#include "step_nth.h"

using jujubackup::Archive;
using jujubackup::find_restore;
using jujubackup::Job;
using jujubackup::RestorePlan;
using jujubackup::RestoreReport;
using jujubackup::RestoreState;
using jujubackup::RunOptions;
using jujubackup::StepState;

namespace {

constexpr long too_many = 5000;

// A machine that is made once: undoing makes it the old one again, and what a commit took away is copied back.
class Machine {
 public:
  using With = test::RestoreScene::With;
  explicit Machine(With with = With::files) : scene_("10.1.1.1", with), plan_(scene_.plan()), saved_(copies_ / "root") {
    CAPTURE(checks_to_text(plan_));
    REQUIRE_FALSE(plan_.blocked());
    step_nth_without_sync(1);
    jujubackup::copy_tree(scene_.root(), saved_);
    REQUIRE(run().ok());
    new_look_ = look_after();
    REQUIRE(undo().state == RestoreState::undone);
    check_old();
  }
  ~Machine() { step_nth_without_sync(0); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  RestoreReport run(const RunOptions& options = {}) {
    Archive archive = scene_.archive();
    Job job;
    job.set_threads(1);
    return run_restore(plan_, archive, scene_.tools(), options, &job);
  }
  RestoreReport resume() {
    scene_.reopen_database();
    Archive archive = scene_.archive();
    Job job;
    job.set_threads(1);
    return resume_restore(scene_.place(), archive, scene_.tools(), {}, &job);
  }
  RestoreReport undo() {
    scene_.reopen_database();
    return undo_restore(scene_.place(), scene_.tools());
  }
  // What undo throws, where there may be nothing to undo.
  std::optional<jujubackup::Error> undo_if_any() {
    RestoreReport report;
    auto error = test::error_of([&] { report = undo(); });
    CAPTURE(to_text(report));
    if (!error) CHECK(report.state == RestoreState::undone);
    return error;
  }
  void commit() { commit_restore(scene_.place()); }
  std::optional<RestoreReport> found() const { return find_restore(scene_.place()); }

  void check_old() {
    scene_.reopen_database();
    if (std::filesystem::exists(scene_.staging_path())) CHECK(std::filesystem::is_empty(scene_.staging_path()));
    CHECK(scene_.look() == scene_.old_look());
    CHECK_FALSE(std::filesystem::exists(scene_.work_dir()));
  }
  void check_new() const { CHECK(look_after() == new_look_); }
  // After a process that ended before it had written the head of its journal, or one that failed and left its log.
  void remove_empty_work_dir() const {
    if (!std::filesystem::exists(scene_.work_dir())) return;
    for (const auto& each : std::filesystem::directory_iterator(scene_.work_dir())) {
      CHECK((each.path().filename() == "journal.jsonl" || each.path().extension() == ".log"));
    }
    std::filesystem::remove_all(scene_.work_dir());
  }
  void check_no_work_dir() const { CHECK_FALSE(std::filesystem::exists(scene_.work_dir())); }
  void make_anew() {
    std::filesystem::remove_all(scene_.root());
    jujubackup::copy_tree(saved_, scene_.root());
    check_old();
  }
  std::size_t steps() const { return plan_.steps.size(); }

 private:
  // A file that is rewritten has the time of that.
  std::string look_after() const {
    return scene_.units_look(test::Times::none) + test::tree_look(scene_.data("tools")) + test::tree_look(scene_.data("nonce.txt")) +
           test::tree_look(scene_.data("init/jujud-machine-0")) + scene_.database_look();
  }

  test::RestoreScene scene_;
  RestorePlan plan_;
  test::Scratch copies_;
  std::string saved_, new_look_;
};

// In a child that is killed at its n-th call. Returns false if it got to its end.
bool killed(long n, const std::function<void()>& act) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    step_nth_arm(STEP_NTH_KILL, n, 0);
    int code = 0;
    try {
      act();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
      code = 1;
    }
    step_nth_disarm();
    ::_exit(code);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status)) {
    REQUIRE(WTERMSIG(status) == SIGKILL);
    return true;
  }
  REQUIRE(WEXITSTATUS(status) == 0);
  return false;
}

std::set<std::size_t> begun_in(const RestoreReport& report) {
  std::set<std::size_t> begun;
  for (std::size_t i = 0; i < report.steps.size(); ++i) {
    if (report.steps[i].state == StepState::begun) begun.insert(i);
  }
  return begun;
}

}  // namespace

namespace {

// `stride`: how many calls lie between two that it is killed at.
void kill_and_end(Machine& machine, long stride) {
  std::set<std::size_t> begun;
  for (long n = 1;; n += stride) {
    REQUIRE(n < too_many);
    CAPTURE(n);
    const bool was_killed = killed(n, [&] { machine.run(); });
    const auto found = machine.found();
    if (!found) {
      machine.remove_empty_work_dir();
      machine.check_old();
      continue;
    }
    begun.merge(begun_in(*found));
    if (n / stride % 2 == 0) {
      const RestoreReport report = machine.resume();
      CAPTURE(to_text(report));
      CHECK(report.ok());
      machine.check_new();
    }
    CHECK(machine.undo().state == RestoreState::undone);
    machine.check_old();
    if (!was_killed) {
      CHECK(found->state == RestoreState::restored);
      break;
    }
  }
  CHECK(begun.size() == machine.steps());
}

}  // namespace

TEST_CASE("a restore is killed at each of its calls, and then resumed or undone") {
  Machine machine;
  kill_and_end(machine, 1);
}

TEST_CASE("a restore of a whole machine is killed again and again, and then resumed or undone") {
  Machine machine(Machine::With::database);
  kill_and_end(machine, 2);
}

TEST_CASE("an undo is killed at each of its calls, and then done again") {
  Machine machine;
  for (long n = 1;; ++n) {
    REQUIRE(n < too_many);
    CAPTURE(n);
    REQUIRE(machine.run().ok());
    const bool was_killed = killed(n, [&] { machine.undo(); });
    const auto found = machine.found();
    CHECK((was_killed || !found));
    // The end of the work directory belongs to the undo as well: whoever asks for it again finishes it.
    if (found) {
      CHECK((found->state == RestoreState::restored || found->state == RestoreState::undo_failed));
    }
    const auto error = machine.undo_if_any();
    if (error) {
      CHECK_FALSE(found);
      CHECK(error->code() == jujubackup::ErrorCode::not_found);
      machine.remove_empty_work_dir();
    }
    machine.check_old();
    if (!was_killed) break;
  }
}

TEST_CASE("a commit is killed at each of its calls, and then done again") {
  Machine machine;
  for (long n = 1;; ++n) {
    REQUIRE(n < too_many);
    CAPTURE(n);
    REQUIRE(machine.run().ok());
    const bool was_killed = killed(n, [&] { machine.commit(); });
    const auto error = test::error_of([&] { machine.commit(); });
    if (error) {
      CHECK(error->code() == jujubackup::ErrorCode::not_found);
      machine.remove_empty_work_dir();
    }
    CHECK_FALSE(machine.found());
    machine.check_no_work_dir();
    machine.check_new();
    machine.make_anew();
    if (!was_killed) break;
  }
}

TEST_CASE("what was killed is killed again while it is resumed or undone") {
  Machine machine;
  constexpr long first_stride = 41;
  constexpr long second_stride = 13;
  for (long first = first_stride;; first += first_stride) {
    bool first_was_killed = true;
    for (long second = 1 + first % second_stride;; second += second_stride) {
      REQUIRE(second < too_many);
      CAPTURE(first);
      CAPTURE(second);
      first_was_killed = killed(first, [&] { machine.run(); });
      const auto found = machine.found();
      if (!found) {
        machine.remove_empty_work_dir();
        break;
      }
      const bool resumes = second % 2 == 0;
      const bool was_killed = killed(second, [&] { resumes ? machine.resume() : machine.undo(); });
      const auto again = machine.found();
      if (again && again->state != RestoreState::undo_failed && second % 4 == 0) {
        CHECK(machine.resume().ok());
        machine.check_new();
      }
      const auto error = machine.undo_if_any();
      if (error) {
        CHECK_FALSE(again);
        machine.remove_empty_work_dir();
      }
      machine.check_old();
      if (!was_killed) break;
    }
    if (!first_was_killed) break;
  }
}

namespace {

void fail_and_end(Machine& machine, long stride) {
  for (const bool sticky : {false, true}) {
    long undone = 0;
    for (long n = 1;; n += stride) {
      REQUIRE(n < too_many);
      RestoreReport report;
      step_nth_arm(sticky ? STEP_NTH_STICKY : STEP_NTH_FAIL, n, EIO);
      const auto error = test::error_of([&] { report = machine.run(); });
      step_nth_disarm();
      const std::string name = step_nth_name();
      CAPTURE(n);
      CAPTURE(name);
      CAPTURE(sticky);
      CAPTURE(to_text(report));
      if (error) {
        // Before the first step.
        CHECK(error->system_error() == EIO);
        // A journal that could not be taken back has no step that was begun.
        if (sticky && machine.found()) CHECK(machine.undo().state == RestoreState::undone);
        CHECK_FALSE(machine.found());
        machine.remove_empty_work_dir();
        machine.check_old();
        continue;
      }
      if (report.state == RestoreState::undone && !sticky) {
        CHECK_FALSE(machine.found());
        ++undone;
      }
      if (!report.ok()) CHECK_FALSE(report.error.empty());
      // Owner and time of a file that could not be set are a warning.
      if (report.ok() && to_text(report).find("not restored: ") == std::string::npos) machine.check_new();
      const auto again = machine.undo_if_any();
      if (again) {
        CHECK(again->code() == jujubackup::ErrorCode::not_found);
        machine.remove_empty_work_dir();
      }
      if (!report.ok()) machine.remove_empty_work_dir();
      machine.check_old();
      if (name.empty()) break;
    }
    if (!sticky) CHECK(undone > 100 / stride);
  }
}

}  // namespace

TEST_CASE("each call of a restore fails once, or it and all after it") {
  Machine machine;
  fail_and_end(machine, 1);
}

TEST_CASE("calls of a restore of a whole machine fail once, or they and all after them") {
  Machine machine(Machine::With::database);
  fail_and_end(machine, 11);
}
