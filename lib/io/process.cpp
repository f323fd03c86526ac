#include "io/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string_view>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "io/fd.hpp"

namespace jujubackup {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds longest_wait{50};
constexpr std::chrono::seconds grace_after_sigterm{5};

struct Pipe {
  Fd read, write;
};

// A host process may have closed its standard descriptors; ours must not take their numbers, since the child puts others there.
Fd above_standard(Fd fd) {
  if (fd.get() > STDERR_FILENO) return fd;
  Fd high(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!high) throw Error::from_errno(errno, "making a pipe");
  return high;
}

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Error::from_errno(errno, "making a pipe");
  Pipe made{Fd(ends[0]), Fd(ends[1])};
  made.read = above_standard(std::move(made.read));
  made.write = above_standard(std::move(made.write));
  return made;
}

void set_non_blocking(const Fd& fd) {
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0) throw Error::from_errno(errno, "setting up a pipe");
}

// What the child needs, made ready before the fork: after it, only async-signal-safe calls are allowed.
struct Prepared {
  std::vector<std::string> texts;
  std::vector<char*> argv, envp;
  std::string path;
  rlim_t descriptors = 1024;
};

Prepared prepare(const Command& command) {
  Prepared made;
  made.path = find_in_path(command.program);
  if (made.path.empty()) throw Error(ErrorCode::not_found, "program " + go_quote(command.program) + " not found");
  made.texts.push_back(command.program);
  made.texts.insert(made.texts.end(), command.arguments.begin(), command.arguments.end());
  const std::size_t arguments = made.texts.size();
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto replaced = [&](const auto& pair) { return text.starts_with(pair.first + "="); };
    if (std::none_of(command.environment.begin(), command.environment.end(), replaced)) made.texts.emplace_back(text);
  }
  for (const auto& [name, value] : command.environment) made.texts.emplace_back(name).append("=").append(value);
  for (std::size_t i = 0; i < made.texts.size(); ++i) (i < arguments ? made.argv : made.envp).push_back(made.texts[i].data());
  made.argv.push_back(nullptr);
  made.envp.push_back(nullptr);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) made.descriptors = std::min<rlim_t>(limit.rlim_cur, 65536);
  return made;
}

void close_others_on_exec(rlim_t descriptors) noexcept {
#ifdef SYS_close_range
  constexpr unsigned close_range_cloexec = 4;
  if (::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, close_range_cloexec) == 0) return;
#endif
  for (int fd = STDERR_FILENO + 1; static_cast<rlim_t>(fd) < descriptors; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

// The child's part. All signals are blocked when it begins, so that no handler of the host runs here.
[[noreturn]] void become(const Prepared& prepared, int in, int out, int report) noexcept {
  ::setpgid(0, 0);
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::dup2(in, STDIN_FILENO) >= 0 && ::dup2(out, STDOUT_FILENO) >= 0 && ::dup2(out, STDERR_FILENO) >= 0) {
    close_others_on_exec(prepared.descriptors);
    ::execve(prepared.path.c_str(), prepared.argv.data(), prepared.envp.data());
  }
  const int err = errno;
  static_cast<void>(::write(report, &err, sizeof err) == 0);
  ::_exit(127);
}

// A started process. It stays a zombie until it is reaped, so that its process group cannot become somebody else's.
class Child {
 public:
  Child(const Prepared& prepared, int in, int out) {
    Pipe report = make_pipe();
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_ = ::fork();
    if (pid_ == 0) become(prepared, in, out, report.write.get());
    const int err = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (pid_ < 0) throw Error::from_errno(err, "starting " + prepared.path);
    // Both sides do this, since either may come first.
    ::setpgid(pid_, pid_);

    // Ends without a byte when execve has closed the other end.
    report.write.reset();
    int exec_error = 0;
    ssize_t got = 0;
    do {
      got = ::read(report.read.get(), &exec_error, sizeof exec_error);
    } while (got < 0 && errno == EINTR);
    if (got == static_cast<ssize_t>(sizeof exec_error)) {
      reap();
      throw Error::from_errno(exec_error, "starting " + prepared.path);
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ < 0) return;
    ::kill(-pid_, SIGKILL);
    reap();
  }

  bool has_ended() const {
    siginfo_t info = {};
    const int result = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
    // ECHILD: the host ignores SIGCHLD, and the system has reaped it.
    return result == 0 ? info.si_pid != 0 : errno == ECHILD;
  }

  // The wait status; nothing if the host process has taken it.
  std::optional<int> reap() {
    int status = 0;
    pid_t result = 0;
    do {
      result = ::waitpid(pid_, &status, 0);
    } while (result < 0 && errno == EINTR);
    pid_ = -1;
    if (result < 0) return std::nullopt;
    return status;
  }

  void end_group() {
    ::kill(-pid_, SIGTERM);
    const auto deadline = Clock::now() + grace_after_sigterm;
    while (!has_ended() && Clock::now() < deadline) ::poll(nullptr, 0, 10);
    ::kill(-pid_, SIGKILL);
    reap();
  }

 private:
  pid_t pid_ = -1;
};

// Writes to a pipe whose reader may be gone, without SIGPIPE reaching the host process: the signal is directed at this thread, where it
// is blocked and taken away again. Returns what write() does, with its errno.
ssize_t write_without_sigpipe(int fd, std::string_view bytes) {
  sigset_t pipe_signal;
  sigset_t before;
  sigset_t pending;
  ::sigemptyset(&pipe_signal);
  ::sigaddset(&pipe_signal, SIGPIPE);
  ::sigpending(&pending);
  const bool was_pending = ::sigismember(&pending, SIGPIPE) == 1;
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const ssize_t written = ::write(fd, bytes.data(), bytes.size());
  const int err = errno;
  if (written < 0 && err == EPIPE && !was_pending) {
    const timespec now = {};
    while (::sigtimedwait(&pipe_signal, nullptr, &now) < 0 && errno == EINTR) {
    }
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = err;
  return written;
}

class Conversation {
 public:
  Conversation(const Command& command, Fd in, Fd out)
      : command_(command), to_write_(command.standard_input), in_(std::move(in)), out_(std::move(out)) {
    set_non_blocking(in_);
    set_non_blocking(out_);
    if (to_write_.empty()) in_.reset();
  }

  // Waits for `wait` at the most.
  void step(std::chrono::milliseconds wait) {
    std::array<pollfd, 2> waiting = {pollfd{in_.get(), POLLOUT, 0}, pollfd{out_.get(), POLLIN, 0}};  // poll ignores -1
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(wait.count())) <= 0) return;
    if (waiting[0].revents != 0) feed();
    if (waiting[1].revents != 0) drain();
  }

  // What can be read without waiting: all that a pipe holds, but not all that a program which never pauses writes meanwhile.
  void drain() {
    constexpr int max_reads = 64;
    std::array<char, 16384> buffer{};
    for (int reads = 0; out_ && reads < max_reads; ++reads) {
      const ssize_t got = ::read(out_.get(), buffer.data(), buffer.size());
      if (got > 0) {
        keep({buffer.data(), static_cast<std::size_t>(got)});
        continue;
      }
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return;
      out_.reset();
    }
  }

  bool idle() const { return !in_ && !out_; }
  std::string take_output() {
    cut();
    return std::move(output_);
  }

 private:
  void feed() {
    const ssize_t written = write_without_sigpipe(in_.get(), to_write_);
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (written > 0) to_write_.remove_prefix(static_cast<std::size_t>(written));
    // A program that does not read to the end is not in error by that.
    if (written < 0 || to_write_.empty()) in_.reset();
  }

  void keep(std::string_view text) {
    if (command_.on_output) command_.on_output(text);
    output_ += text;
    if (output_.size() / 2 > command_.max_output_bytes) cut();
  }
  void cut() {
    if (output_.size() > command_.max_output_bytes) output_.erase(0, output_.size() - command_.max_output_bytes);
  }

  const Command& command_;
  std::string_view to_write_;
  Fd in_, out_;
  std::string output_;
};

bool is_program(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

CommandResult run_command(const Command& command, Job* job) {
  job_check(job);
  const Prepared prepared = prepare(command);
  Pipe in = make_pipe();
  Pipe out = make_pipe();
  const auto started = Clock::now();
  Child child(prepared, in.read.get(), out.write.get());
  in.read.reset();
  out.write.reset();
  Conversation conversation(command, std::move(in.write), std::move(out.read));

  std::chrono::milliseconds idle_wait{1};
  while (!child.has_ended()) {
    // Once there is nothing to hand over or to read, nothing but the clock wakes us.
    if (conversation.idle()) {
      conversation.step(idle_wait);
      idle_wait = std::min(idle_wait * 2, longest_wait);
    } else {
      conversation.step(longest_wait);
    }
    if (job != nullptr && job->cancelled()) {
      child.end_group();
      conversation.drain();
      job->check();
    }
    if (command.timeout.count() > 0 && Clock::now() - started >= command.timeout && !child.has_ended()) {
      child.end_group();
      conversation.drain();
      throw Error(ErrorCode::program, command.program + " did not end within " + std::to_string(command.timeout.count()) + " s", true);
    }
  }
  // What it left in the pipe; a process of its own that lives on may keep the pipe open for ever.
  conversation.drain();
  const auto status = child.reap();
  if (!status) throw Error(ErrorCode::program, "the exit status of " + command.program + " was lost (does this process ignore SIGCHLD?)");
  CommandResult result;
  result.output = conversation.take_output();
  result.exit_code = WIFSIGNALED(*status) ? 128 + WTERMSIG(*status) : WEXITSTATUS(*status);
  return result;
}

std::string find_in_path(const std::string& name) {
  if (name.empty()) return {};
  if (name.find('/') != std::string::npos) return is_program(name) ? name : std::string();
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin";
  for (;;) {
    const std::size_t colon = rest.find(':');
    const std::string directory(rest.substr(0, colon));
    // An empty part is the current directory.
    std::string path = (directory.empty() ? "." : directory) + "/" + name;
    if (is_program(path)) return path;
    if (colon == std::string_view::npos) return {};
    rest.remove_prefix(colon + 1);
  }
}

}  // namespace jujubackup
