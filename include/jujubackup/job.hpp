// Progress, cancellation and the threads of one long operation.
//
// A Job may be watched (snapshot) and cancelled from any thread while the operation runs on another. Operations take
// `Job*`; null means that nobody watches. A cancelled operation throws Error(cancelled) and leaves nothing behind.
//
// Whatever the number of threads: progress, notes, sources, sinks and stores are always called on the thread that called the
// operation. The library's own threads never call back, and none of them is left when the operation returns or throws.
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
  verifying = 4,   // an archive is checked; bytes of the file
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

// More threads than this are never used for one operation: each holds buffers, and with this many all of them stay below 64 MiB.
// SHA-1 of the archive, which one thread has to compute in order, would not let many more be of use.
inline constexpr unsigned max_threads = 20;

class Job {
 public:
  using ProgressCallback = std::function<void(const Progress&)>;
  // Something worth telling a person while the work goes on, e.g. "skipping socket var/lib/juju/x.sock".
  using NoteCallback = std::function<void(std::string_view)>;

  Job() = default;
  // Set before the operation starts. Called on the thread that called the operation, at most about ten times a second, and at
  // each change of phase. An exception from it ends the operation.
  void on_progress(ProgressCallback callback);
  void on_note(NoteCallback callback);

  // How many threads compress, inflate and digest, the calling one among them, which also reads and writes; set before the operation
  // starts. 0, the default: one for each core that the process may run on. 1: no thread is started. What is made does not depend on it.
  void set_threads(unsigned count) noexcept { threads_ = count; }
  unsigned threads() const noexcept { return threads_; }

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
  unsigned threads_ = 0;
  std::int64_t last_call_ns_ = 0;
  ProgressCallback progress_;
  NoteCallback note_;
};

// How many threads to use: what the job says, or one for each core that the calling thread may run on; 1 to max_threads.
unsigned job_threads(const Job* job) noexcept;

// Job's verbs for code that was handed a Job* which may be null.
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
