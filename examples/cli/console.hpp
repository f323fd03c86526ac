// What a person and a script see: results on standard output, all else on standard error, one line of progress on a terminal.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/job.hpp>

namespace cli {

enum class Loudness { quiet, normal, verbose };

class Console {
 public:
  void set_loudness(Loudness loudness) noexcept { loudness_ = loudness; }

  // A result, as it is. Throws if it cannot be written.
  void print(std::string_view text);
  // Standard error; not with --quiet.
  void info(std::string_view line);
  // Standard error; only with --verbose.
  void detail(std::string_view line);
  // `WARNING <line>`; also with --quiet.
  void warning(std::string_view line);
  // The first twenty, and how many more there are.
  void warnings(const std::vector<std::string>& lines);
  // Standard error, without a new line behind it; also with --quiet.
  void question(std::string_view text);
  // `ERROR <message>`.
  void error(std::string_view message);
  // What was printed must have arrived: a full disk is an error. Throws.
  void flush();

  // Shows the job's progress if standard error is a terminal, and its notes with --verbose.
  void watch(jujubackup::Job& job);

 private:
  void show(const jujubackup::Progress& progress);
  void clear();
  void line(std::string_view text);

  Loudness loudness_ = Loudness::normal;
  jujubackup::Phase phase_ = jujubackup::Phase::idle;
  std::chrono::steady_clock::time_point phase_began_;
  std::chrono::steady_clock::time_point drawn_at_;
  bool drawn_ = false;
};

// "64.0 MiB".
std::string size_text(std::uint64_t bytes);

// SIGINT and SIGTERM cancel `job`, a second one ends the process at once. SIGPIPE is ignored: a closed pipe is a failed write.
void cancel_on_signals(jujubackup::Job& job);
bool was_interrupted() noexcept;
// Returns when one of the two came, also if that was before.
void wait_for_signal();

}  // namespace cli
