// Running another program.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <jujubackup/job.hpp>

namespace jujubackup {

struct Command {
  std::string program;                                           // a path, or a name looked for in PATH
  std::vector<std::string> arguments;                            // without the program's own name
  std::string standard_input;                                    // handed over through a pipe; may be secret
  std::vector<std::pair<std::string, std::string>> environment;  // added to the own one
  std::chrono::seconds timeout{0};                               // 0: none
  std::size_t max_output_bytes = std::size_t{64} << 10;
  // All of stdout and stderr as it arrives, in pieces of any size, also of a program that is ended; on the calling thread.
  std::function<void(std::string_view)> on_output;
};

struct CommandResult {
  int exit_code = 0;  // 128 + signal number if it was killed
  // stdout and stderr together, in order of arrival: the last max_output_bytes of it.
  std::string output;
};

// The child gets its own process group, no descriptors but the three standard ones, and the default signal dispositions. Cancelling
// the job, or the timeout, ends the whole group: SIGTERM, then SIGKILL after five seconds. Error(not_found) if there is no such
// program, Error(program) on timeout; a non-zero exit is not an Error here.
CommandResult run_command(const Command& command, Job* job = nullptr);

// The path that `name` stands for by the rules of PATH; "" if none.
std::string find_in_path(const std::string& name);

}  // namespace jujubackup
