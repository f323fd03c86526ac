#include <jujubackup/job.hpp>

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <jujubackup/error.hpp>

namespace jujubackup {
namespace {

constexpr std::int64_t call_interval_ns = 100'000'000;

std::int64_t monotonic_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// hardware_concurrency() counts the cores that are online; since glibc 2.35 it does not look at the affinity, which is how
// taskset and cpusets of containers say less. On a machine with more cores than a cpu_set_t has bits the call fails.
unsigned allowed_cores() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<unsigned>(CPU_COUNT(&set));
  return std::thread::hardware_concurrency();
}

}  // namespace

std::string_view name_of(Phase phase) noexcept {
  switch (phase) {
    case Phase::idle: return "idle";
    case Phase::gathering: return "gathering";
    case Phase::dumping: return "dumping";
    case Phase::writing: return "writing";
    case Phase::verifying: return "verifying";
    case Phase::publishing: return "publishing";
    case Phase::extracting: return "extracting";
    case Phase::reading: return "reading";
    case Phase::copying: return "copying";
  }
  return "unknown";
}

void Job::on_progress(ProgressCallback callback) { progress_ = std::move(callback); }
void Job::on_note(NoteCallback callback) { note_ = std::move(callback); }

Progress Job::snapshot() const noexcept {
  Progress progress;
  progress.phase = static_cast<Phase>(phase_.load(std::memory_order_relaxed));
  progress.done_bytes = done_.load(std::memory_order_relaxed);
  progress.total_bytes = total_.load(std::memory_order_relaxed);
  return progress;
}

void Job::begin(Phase phase, std::uint64_t total_bytes) {
  check();
  done_.store(0, std::memory_order_relaxed);
  total_.store(total_bytes, std::memory_order_relaxed);
  phase_.store(static_cast<std::int32_t>(phase), std::memory_order_relaxed);
  if (progress_) {
    last_call_ns_ = monotonic_ns();
    progress_(snapshot());
  }
}

void Job::advance(std::uint64_t bytes) {
  check();
  done_.fetch_add(bytes, std::memory_order_relaxed);
  if (!progress_) return;
  const std::int64_t now = monotonic_ns();
  if (now - last_call_ns_ < call_interval_ns) return;
  last_call_ns_ = now;
  progress_(snapshot());
}

void Job::note(std::string_view text) {
  if (note_) note_(text);
}

void Job::check() const {
  if (cancelled()) throw Error(ErrorCode::cancelled, "cancelled");
}

unsigned job_threads(const Job* job) noexcept {
  const unsigned asked = job != nullptr ? job->threads() : 0;
  return std::clamp(asked != 0 ? asked : allowed_cores(), 1U, max_threads);
}

}  // namespace jujubackup
