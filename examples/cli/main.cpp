// jujubackup: backups of Juju controllers, from the command line.
//
// One program with many names: `jujubackup backups`, or `juju-backups`, which Juju runs for `juju backups`.
#include <cerrno>
#include <charconv>
#include <exception>
#include <string>
#include <vector>

#include <jujubackup/error.hpp>
#include <jujubackup/job.hpp>
#include <jujubackup/version.hpp>

#include "arguments.hpp"
#include "command.hpp"
#include "console.hpp"
#include "document.hpp"
#include "help.hpp"

namespace {

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

void set_loudness(const cli::Arguments& arguments, cli::Console& console) {
  const bool quiet = arguments.has("quiet");
  const bool verbose = arguments.has("verbose");
  if (quiet && verbose) throw cli::UsageError("\"verbose\" and \"quiet\" flags clash, please use one or the other, not both");
  if (quiet) console.set_loudness(cli::Loudness::quiet);
  if (verbose) console.set_loudness(cli::Loudness::verbose);
}

unsigned threads_of(const cli::Arguments& arguments) {
  const std::string text = arguments.get("threads", "0");
  unsigned threads = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  if (error == std::errc() && end == text.data() + text.size()) return threads;
  throw cli::UsageError("invalid value " + cli::quoted(text) + " for option --threads: not a number");
}

void check_count(const cli::Command& command, const std::vector<std::string>& positionals) {
  if (positionals.size() < command.min_positionals) throw cli::UsageError(command.missing);
  if (positionals.size() <= command.max_positionals) return;
  throw cli::UsageError("unrecognized args: " + cli::quoted_list(std::span(positionals).subspan(command.max_positionals)));
}

// What --help, --description and --version print; "" if none of them was given.
std::string instead_of_running(const std::string& option, const cli::Command* command) {
  if (option == "version") return jujubackup::library_version() + "\n" + jujubackup::library_version_details() + "\n";
  if (option == "help") return command == nullptr ? cli::overview_text() : cli::help_text(*command);
  if (option == "description")
    return (command == nullptr ? "Make, check, keep and unpack Juju controller backups." : command->summary) + "\n";
  return "";
}

int run(const std::string& program, std::span<const std::string> words, cli::Console& console, jujubackup::Job& job) {
  cli::Arguments arguments;
  const cli::Command* command = nullptr;
  if (program.starts_with("juju-")) command = cli::find_command(program.substr(5));
  if (command != nullptr) {
    cli::set_program_name("juju");
  } else {
    words = words.subspan(arguments.parse(cli::global_options(), words, true));
    if (arguments.stop().empty() && !words.empty()) {
      command = cli::find_command(words.front());
      if (command == nullptr) throw cli::UsageError("unrecognized command: jujubackup " + words.front() + " (see jujubackup help)");
      words = words.subspan(1);
    }
  }
  if (command != nullptr) arguments.parse(cli::options_of(*command), words);
  const std::string text = instead_of_running(command == nullptr && arguments.stop().empty() ? "help" : arguments.stop(), command);
  if (command == nullptr || !text.empty()) {
    console.print(text);
    return cli::exit_ok;
  }
  set_loudness(arguments, console);
  job.set_threads(threads_of(arguments));
  check_count(*command, arguments.positionals());
  console.watch(job);
  cli::Context context{arguments, console, job};
  return command->run(context);
}

int failed(cli::Console& console, const std::exception& error) {
  if (const auto* ours = dynamic_cast<const jujubackup::Error*>(&error)) {
    // Nobody reads on at the other end of the pipe: that is for them to say.
    if (ours->system_error() == EPIPE) return cli::exit_failed;
  }
  console.error(error.what());
  return dynamic_cast<const cli::UsageError*>(&error) != nullptr ? cli::exit_usage : cli::exit_failed;
}

}  // namespace

int main(int argc, char** argv) {
  cli::Console console;
  jujubackup::Job job;
  cli::cancel_on_signals(job);
  int code = cli::exit_ok;
  try {
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    code = run(argc > 0 ? base_name(argv[0]) : "", words, console, job);
    console.flush();
  } catch (const std::exception& error) {
    if (cli::was_interrupted()) {
      console.error("interrupted");
      return cli::exit_interrupted;
    }
    code = failed(console, error);
  }
  return code;
}
