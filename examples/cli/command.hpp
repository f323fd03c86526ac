// The table of commands: what parsing, help, man page and completion are all made from.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <jujubackup/job.hpp>

#include "arguments.hpp"
#include "console.hpp"

namespace cli {

struct Context {
  const Arguments& arguments;
  Console& console;
  jujubackup::Job& job;
};

// Exit codes; exit_warnings is that of verify-backup, check-restore and restore-backup --dry-run and --status.
inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_warnings = 3;
inline constexpr int exit_interrupted = 130;

// What a shell can offer as the arguments.
enum class Operands { none, ids, ids_and_files, files, commands, shells };

struct Command {
  std::string name;
  std::vector<std::string> aliases;
  std::string usage;    // behind the name and the options: "<ID|FILE> [NAME...]"
  std::string summary;  // one sentence
  std::string details;  // paragraphs between empty lines; a paragraph of indented lines keeps its form
  std::vector<std::pair<std::string, std::string>> examples;  // arguments, what they do
  std::vector<std::string> see_also;
  std::vector<Option> options;
  std::size_t min_positionals = 0;
  std::size_t max_positionals = 0;
  std::string missing;  // the message for too few
  Operands operands = Operands::none;
  int (*run)(Context&) = nullptr;
};

inline constexpr std::size_t any_number = SIZE_MAX;

const std::vector<Command>& commands();
// By name or alias; null if there is none.
const Command* find_command(std::string_view name);
// What every command takes.
const std::vector<Option>& global_options();
// The command's own and the global ones.
std::vector<Option> options_of(const Command& command);
// Names under which Juju finds commands as plugins (juju-<name>): what its own commands do not shadow.
std::vector<std::string> plugin_names();

// One for each file of commands.
std::vector<Command> create_commands();
std::vector<Command> show_commands();
std::vector<Command> verify_commands();
std::vector<Command> extract_commands();
std::vector<Command> keep_commands();
std::vector<Command> transfer_commands();
std::vector<Command> encryption_commands();
std::vector<Command> client_commands();
std::vector<Command> client_restore_commands();
std::vector<Command> restore_commands();
std::vector<Command> restore_backup_commands();
std::vector<Command> serve_commands();
std::vector<Command> help_commands();

// --format text|json|yaml
Option format_option();

}  // namespace cli
