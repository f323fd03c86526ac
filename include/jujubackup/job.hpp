// Progress and cancellation of one long operation.
//
// A Job may be watched (snapshot) and cancelled from any thread while the operation runs on another. Operations take
// `Job*`; null means that nobody watches. A cancelled operation throws Error(cancelled) and leaves nothing behind.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace [[gnu::visibility("default")]] jujubackup {

// The values are part of the C ABI (JJB_PHASE_*): never renumber.
enum class Phase : std::int32_t {
  idle = 0,
  gathering = 1,   // finding the files
  dumping = 2,     // the database tool runs; bytes are unknown
  writing = 3,     // the archive is written; bytes of content
  verifying = 4,   // the archive is read back; bytes of the file
  publishing = 5,  // made durable and visible
  extracting = 6,  // bytes of the file
  reading = 7,     // bytes of the file
  copying = 8,     // bytes of the file
};

std::string_view name_of(Phase phase) noexcept;

struct Progress {
  Phase phase = Phase::idle;
  std::uint64_t done_bytes = 0;
  std::uint64_t total_bytes = 0;  // 0: not known
};

class Job {
 public:
  using ProgressCallback = std::function<void(const Progress&)>;
  // Something worth telling a person while the work goes on, e.g. "skipping socket var/lib/juju/x.sock".
  using NoteCallback = std::function<void(std::string_view)>;

  Job() = default;
  // Set before the operation starts. Called on the working thread, at most about ten times a second, and at each
  // change of phase. An exception from it ends the operation.
  void on_progress(ProgressCallback callback);
  void on_note(NoteCallback callback);

  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }
  // Any thread.
  Progress snapshot() const noexcept;

  // For the operation itself; one thread.
  void begin(Phase phase, std::uint64_t total_bytes);
  void advance(std::uint64_t bytes);  // throws Error(cancelled)
  void note(std::string_view text);
  void check() const;  // throws Error(cancelled)

 private:
  std::atomic<bool> cancelled_{false};
  std::atomic<std::int32_t> phase_{0};
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> total_{0};
  std::int64_t last_call_ns_ = 0;
  ProgressCallback progress_;
  NoteCallback note_;
};

// The same, for code that was handed a Job* which may be null.
inline void job_begin(Job* job, Phase phase, std::uint64_t total_bytes) {
  if (job != nullptr) job->begin(phase, total_bytes);
}
inline void job_advance(Job* job, std::uint64_t bytes) {
  if (job != nullptr) job->advance(bytes);
}
inline void job_note(Job* job, std::string_view text) {
  if (job != nullptr) job->note(text);
}
inline void job_check(const Job* job) {
  if (job != nullptr) job->check();
}

}  // namespace jujubackup
