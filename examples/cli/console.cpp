#include "console.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <jujubackup/error.hpp>

#include "document.hpp"

namespace cli {
namespace {

std::atomic<jujubackup::Job*> signalled_job{nullptr};
std::atomic<bool> interrupted{false};
std::atomic<int> wake_fd{-1};

extern "C" void on_signal(int) {
  const int saved = errno;
  interrupted.store(true);
  if (jujubackup::Job* job = signalled_job.load()) job->cancel();
  const int fd = wake_fd.load();
  if (fd >= 0 && ::write(fd, "", 1) < 0) {
    // The pipe cannot be full of one byte; there is nobody here to tell.
  }
  errno = saved;
}

std::string duration_text(double seconds) {
  const auto whole = std::llround(seconds);
  std::array<char, 32> buffer{};
  if (whole >= 3600) {
    std::snprintf(buffer.data(), buffer.size(), "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
  } else {
    std::snprintf(buffer.data(), buffer.size(), "%lld:%02lld", whole / 60, whole % 60);
  }
  return buffer.data();
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

bool can_redraw() {
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && (terminal == nullptr || std::string_view(terminal) != "dumb");
}

std::string progress_text(const jujubackup::Progress& progress, double seconds) {
  std::string text(name_of(progress.phase));
  const auto done = static_cast<double>(progress.done_bytes);
  const auto total = static_cast<double>(progress.total_bytes);
  if (progress.total_bytes != 0) {
    std::array<char, 16> percent{};
    std::snprintf(percent.data(), percent.size(), "  %3.0f%%", done < total ? 100 * done / total : 100.0);
    text += percent.data();
  }
  if (progress.done_bytes != 0) text += "  " + size_text(progress.done_bytes);
  if (progress.total_bytes != 0) text += " of " + size_text(progress.total_bytes);
  // A rate means nothing before there was some time to measure.
  if (seconds > 0.5 && progress.done_bytes != 0) {
    const double rate = done / seconds;
    text += "  " + size_text(static_cast<std::uint64_t>(rate)) + "/s";
    if (total > done) text += "  ETA " + duration_text((total - done) / rate);
  }
  return text;
}

}  // namespace

void Console::print(std::string_view text) {
  clear();
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
    throw jujubackup::Error::from_errno(errno, "writing standard output");
  }
}

void Console::flush() {
  clear();
  if (std::fflush(stdout) != 0) throw jujubackup::Error::from_errno(errno, "writing standard output");
}

void Console::line(std::string_view text) {
  clear();
  // Results that came before stay before, also where both streams end in one place.
  std::fflush(stdout);
  const std::string whole = printable_lines(text) + "\n";
  std::fwrite(whole.data(), 1, whole.size(), stderr);
}

void Console::info(std::string_view text) {
  if (loudness_ != Loudness::quiet) line(text);
}

void Console::detail(std::string_view text) {
  if (loudness_ == Loudness::verbose) line(text);
}

void Console::warning(std::string_view text) { line("WARNING " + std::string(text)); }

void Console::warnings(const std::vector<std::string>& lines) {
  constexpr std::size_t most = 20;
  for (std::size_t i = 0; i < lines.size() && i < most; ++i) warning(printable(lines[i]));
  if (lines.size() > most) warning("and " + std::to_string(lines.size() - most) + " more like these");
}

void Console::question(std::string_view text) {
  clear();
  std::fflush(stdout);
  const std::string whole = printable_lines(text);
  std::fwrite(whole.data(), 1, whole.size(), stderr);
  std::fflush(stderr);
}

void Console::error(std::string_view message) { line("ERROR " + std::string(message)); }

void Console::watch(jujubackup::Job& job) {
  if (loudness_ == Loudness::verbose) job.on_note([this](std::string_view text) { detail(printable(text)); });
  if (loudness_ != Loudness::quiet && can_redraw()) job.on_progress([this](const jujubackup::Progress& progress) { show(progress); });
}

void Console::show(const jujubackup::Progress& progress) {
  const auto now = std::chrono::steady_clock::now();
  const bool new_phase = progress.phase != phase_;
  if (new_phase) {
    phase_ = progress.phase;
    phase_began_ = now;
  }
  if (drawn_ && !new_phase && now - drawn_at_ < std::chrono::milliseconds(100)) return;
  std::string text = progress_text(progress, std::chrono::duration<double>(now - phase_began_).count());
  // A line that wraps cannot be redrawn.
  text.resize(std::min(text.size(), terminal_width() - 1));
  const std::string whole = "\r" + text + "\x1b[K";
  std::fwrite(whole.data(), 1, whole.size(), stderr);
  std::fflush(stderr);
  drawn_at_ = now;
  drawn_ = true;
}

void Console::clear() {
  if (!drawn_) return;
  std::fputs("\r\x1b[K", stderr);
  drawn_ = false;
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array<const char*, 6> units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.1f %s", value, units[unit]);
  return buffer.data();
}

void cancel_on_signals(jujubackup::Job& job) {
  signalled_job.store(&job);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

bool was_interrupted() noexcept { return interrupted.load(); }

void wait_for_signal() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw jujubackup::Error::from_errno(errno, "making a pipe");
  wake_fd.store(ends[1]);
  // A signal between this look and the reading has written to the pipe already.
  while (!interrupted.load()) {
    char byte = 0;
    if (::read(ends[0], &byte, 1) < 0 && errno != EINTR) throw jujubackup::Error::from_errno(errno, "waiting for a signal");
  }
}

}  // namespace cli
