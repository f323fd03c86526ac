#include <jujubackup/job.hpp>

#include <sched.h>

#include <algorithm>
#include <functional>
#include <set>
#include <stdexcept>
#include <thread>

#include "test_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::Job;
using jujubackup::Phase;
using jujubackup::Progress;

TEST_CASE("every phase has a name of its own") {
  std::set<std::string_view> names;
  for (int phase = 0; phase <= 8; ++phase) names.insert(jujubackup::name_of(static_cast<Phase>(phase)));
  CHECK(names.size() == 9);
  CHECK(names.count("unknown") == 0);
  CHECK(jujubackup::name_of(static_cast<Phase>(9)) == "unknown");
}

TEST_CASE("progress is counted within a phase") {
  Job job;
  CHECK(job.snapshot().phase == Phase::idle);
  job.begin(Phase::writing, 100);
  job.advance(30);
  job.advance(12);
  Progress progress = job.snapshot();
  CHECK(progress.phase == Phase::writing);
  CHECK(progress.done_bytes == 42);
  CHECK(progress.total_bytes == 100);
  job.begin(Phase::verifying, 0);
  progress = job.snapshot();
  CHECK(progress.phase == Phase::verifying);
  CHECK(progress.done_bytes == 0);
  CHECK(progress.total_bytes == 0);
}

TEST_CASE("the callback is called at each change of phase, and seldom between") {
  Job job;
  std::vector<Progress> calls;
  job.on_progress([&](const Progress& progress) { calls.push_back(progress); });
  job.begin(Phase::writing, 7);
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].phase == Phase::writing);
  CHECK(calls[0].total_bytes == 7);
  for (int i = 0; i < 1000; ++i) job.advance(1);
  // A thousand steps take far less than ten seconds.
  CHECK(calls.size() < 100);
  const std::size_t before = calls.size();
  job.begin(Phase::publishing, 0);
  REQUIRE(calls.size() == before + 1);
  CHECK(calls.back().phase == Phase::publishing);
}

TEST_CASE("an exception of a callback ends the operation") {
  Job job;
  job.on_progress([](const Progress&) { throw std::runtime_error("enough"); });
  CHECK_THROWS_WITH_AS(job.begin(Phase::writing, 1), "enough", std::runtime_error);
}

TEST_CASE("notes go to their callback, or nowhere") {
  Job job;
  job.note("nobody listens");
  std::vector<std::string> notes;
  job.on_note([&](std::string_view text) { notes.emplace_back(text); });
  job.note("skipping socket x");
  CHECK(notes == std::vector<std::string>{"skipping socket x"});
}

TEST_CASE("cancelling from another thread stops the next step") {
  Job job;
  job.begin(Phase::reading, 10);
  std::thread([&] { job.cancel(); }).join();
  CHECK(job.cancelled());
  for (const auto& step :
       std::vector<std::function<void()>>{[&] { job.advance(1); }, [&] { job.begin(Phase::copying, 1); }, [&] { job.check(); }}) {
    const auto error = test::error_of(step);
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::cancelled);
    CHECK(error->message() == "cancelled");
  }
  CHECK(job.snapshot().phase == Phase::reading);
  CHECK(job.snapshot().done_bytes == 0);
}

TEST_CASE("a null job is fine") {
  jujubackup::job_begin(nullptr, Phase::reading, 1);
  jujubackup::job_advance(nullptr, 1);
  jujubackup::job_note(nullptr, "x");
  jujubackup::job_check(nullptr);
  Job job;
  jujubackup::job_begin(&job, Phase::reading, 5);
  jujubackup::job_advance(&job, 3);
  CHECK(job.snapshot().done_bytes == 3);
}

TEST_CASE("a job says how many threads may be used, within limits") {
  Job job;
  CHECK(job.threads() == 0);
  CHECK(jujubackup::job_threads(&job) == jujubackup::job_threads(nullptr));
  for (const auto& [asked, used] : std::vector<std::pair<unsigned, unsigned>>{{1, 1},
                                                                              {2, 2},
                                                                              {jujubackup::max_threads, jujubackup::max_threads},
                                                                              {jujubackup::max_threads + 1, jujubackup::max_threads},
                                                                              {4'000'000'000, jujubackup::max_threads}}) {
    job.set_threads(asked);
    CHECK(job.threads() == asked);
    CHECK(jujubackup::job_threads(&job) == used);
  }
}

TEST_CASE("the default number of threads is that of the cores that may be used") {
  cpu_set_t before;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  const int cores = CPU_COUNT(&before);
  CHECK(jujubackup::job_threads(nullptr) == std::min(static_cast<unsigned>(cores), jujubackup::max_threads));
  // On a thread of its own, as the affinity is the thread's.
  unsigned restricted = 0;
  std::thread([&] {
    int core = 0;
    while (!CPU_ISSET(core, &before)) ++core;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    restricted = jujubackup::job_threads(nullptr);
  }).join();
  CHECK(restricted == 1);
}
