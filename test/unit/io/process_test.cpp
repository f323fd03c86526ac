#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "io/fd.hpp"
#include "io/process.hpp"
#include "test_support.hpp"

using jujubackup::Command;
using jujubackup::ErrorCode;
using jujubackup::run_command;

namespace {

Command shell(std::string script) {
  Command command;
  command.program = "sh";
  command.arguments = {"-c", std::move(script)};
  return command;
}

}  // namespace

TEST_CASE("exit codes and output") {
  struct Case {
    const char* script;
    int exit_code;
    const char* output;
  };
  for (const Case& c : {Case{"exit 0", 0, ""},
                        {"echo out; echo err >&2; echo out", 0, "out\nerr\nout\n"},
                        {"printf x; exit 3", 3, "x"},
                        {"kill -KILL $$", 137, ""},
                        {"exec >&- 2>&-; exit 4", 4, ""}}) {
    const auto result = run_command(shell(c.script));
    CHECK_MESSAGE(result.exit_code == c.exit_code, c.script);
    CHECK_MESSAGE(result.output == c.output, c.script);
  }
}

TEST_CASE("arguments and environment arrive as they are") {
  auto command = shell("printf '%s|' \"$@\" \"$NEW\" \"$HOME\"");
  command.arguments.insert(command.arguments.end(), {"sh", "a b", "", "*", "é"});
  command.environment = {{"NEW", "1 2"}, {"HOME", "/replaced"}};
  CHECK(run_command(command).output == "a b||*|é|1 2|/replaced|");
}

TEST_CASE("more input and output than a pipe holds, at the same time") {
  Command command;
  command.program = "cat";
  command.standard_input.assign(1 << 20, 'i');
  command.standard_input += "end";
  command.max_output_bytes = 10;
  const auto result = run_command(command);
  CHECK(result.exit_code == 0);
  CHECK(result.output == "iiiiiiiend");
}

TEST_CASE("a program that does not read its input") {
  struct sigaction before = {};
  struct sigaction fatal = {};
  fatal.sa_handler = SIG_DFL;  // a SIGPIPE would end this program
  REQUIRE(::sigaction(SIGPIPE, &fatal, &before) == 0);
  auto command = shell("exec <&-; echo done; exit 5");
  command.standard_input.assign(1 << 20, 'i');
  const auto result = run_command(command);
  CHECK(result.exit_code == 5);
  CHECK(result.output == "done\n");
  sigset_t pending;
  ::sigpending(&pending);
  CHECK(::sigismember(&pending, SIGPIPE) == 0);
  ::sigaction(SIGPIPE, &before, nullptr);
}

TEST_CASE("the child has three descriptors, its own group and default signals") {
  const test::Scratch scratch;
  const jujubackup::Fd inherited(::open(scratch.path().c_str(), O_RDONLY));  // no O_CLOEXEC
  REQUIRE(inherited);
  // ls holds one more while it lists.
  CHECK(run_command(shell("ls /proc/self/fd | wc -l | tr -d ' '")).output == "4\n");
  CHECK(run_command(shell("test $(ps -o pgid= -p $$ 2>/dev/null || cut -d' ' -f5 /proc/$$/stat) = $$ && echo own")).output == "own\n");
  struct sigaction before = {};
  struct sigaction ignored = {};
  ignored.sa_handler = SIG_IGN;
  REQUIRE(::sigaction(SIGTERM, &ignored, &before) == 0);
  CHECK(run_command(shell("kill -TERM $$; echo survived")).exit_code == 128 + SIGTERM);
  ::sigaction(SIGTERM, &before, nullptr);
}

TEST_CASE("programs that are not there or cannot be run") {
  const test::Scratch scratch;
  Command command;
  command.program = "no-such-program-here";
  auto error = test::error_of([&] { run_command(command); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::not_found);
  CHECK(error->message() == "program \"no-such-program-here\" not found");
  command.program = scratch / "plain";
  test::write_file(command.program, "#!/no/such/interpreter\n");
  CHECK(test::error_of([&] { run_command(command); })->code() == ErrorCode::not_found);
  ::chmod(command.program.c_str(), 0700);
  error = test::error_of([&] { run_command(command); });
  REQUIRE(error);
  CHECK(error->message() == "starting " + command.program + ": No such file or directory");
}

TEST_CASE("timeout and cancel end the whole group") {
  const test::Scratch scratch;
  const std::string fifo = scratch / "alive";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  // A grandchild holds the FIFO open as long as it lives; end of file here means that it is gone.
  const jujubackup::Fd watch(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const std::string script = "(exec sleep 1000 >" + fifo + ") & echo started; wait";
  const auto gone = [&] {
    char byte = 0;
    for (int i = 0; i < 1000; ++i) {
      if (::read(watch.get(), &byte, 1) == 0) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  };

  auto command = shell(script);
  command.timeout = std::chrono::seconds(1);
  const auto error = test::error_of([&] { run_command(command); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::program);
  CHECK(error->message() == "sh did not end within 1 s");
  CHECK(gone());

  jujubackup::Job job;
  std::thread canceller([&] { job.cancel(); });
  CHECK(test::error_of([&] { run_command(shell(script), &job); })->code() == ErrorCode::cancelled);
  canceller.join();
  CHECK(gone());
}

TEST_CASE("a program that writes without a pause can be ended, and one left behind does not hold us up") {
  auto command = shell("exec cat /dev/zero");
  command.timeout = std::chrono::seconds(1);
  const auto error = test::error_of([&] { run_command(command); });
  REQUIRE(error);
  CHECK(error->message() == "sh did not end within 1 s");

  const auto result = run_command(shell("cat /dev/zero & exit 0"));
  CHECK(result.exit_code == 0);
}

TEST_CASE("a process left behind with the output open does not hold us up") {
  const auto started = std::chrono::steady_clock::now();
  const auto result = run_command(shell("sleep 20 & echo $!"));
  CHECK(result.exit_code == 0);
  CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(10));
  ::kill(static_cast<pid_t>(std::stol(result.output)), SIGKILL);
}

TEST_CASE("find_in_path") {
  CHECK(jujubackup::find_in_path("sh").ends_with("/sh"));
  CHECK(jujubackup::find_in_path("/bin/sh") == "/bin/sh");
  CHECK(jujubackup::find_in_path("/etc/passwd").empty());
  CHECK(jujubackup::find_in_path("no-such-program-here").empty());
  CHECK(jujubackup::find_in_path("").empty());
}
