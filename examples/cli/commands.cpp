#include "command.hpp"

#include <algorithm>
#include <iterator>

namespace cli {
namespace {

std::vector<Command> all_commands() {
  std::vector<Command> all;
  for (auto part : {create_commands(), show_commands(), verify_commands(), extract_commands(), keep_commands(), transfer_commands(),
                    encryption_commands(), client_commands(), client_restore_commands(), restore_commands(), restore_backup_commands(),
                    serve_commands(), help_commands()}) {
    std::move(part.begin(), part.end(), std::back_inserter(all));
  }
  return all;
}

std::vector<Option> make_global_options() {
  Option store =
      value("store", "URL", "Where the backups are: a directory, juju:CONTROLLER, juju+wss://HOST:PORT/MODEL-UUID; else $JUJUBACKUP_STORE",
            Hint::directory);
  store.fallback = "the controller in use, else ~/.local/share/jujubackup";
  Option threads =
      value("threads", "N",
            "How many threads to work with, at most " + std::to_string(jujubackup::max_threads) + "; 0 stands for one for each core");
  threads.fallback = "0";
  return {
      store,
      threads,
      flag("quiet", "Show no informational output and no progress", 'q'),
      flag("verbose", "Show more verbose output", 'v'),
      value("model", "[CONTROLLER:]MODEL", "Work on the backups of this controller model: [controller:][owner/]model, or its UUID",
            Hint::none, 'm'),
      value("controller", "CONTROLLER", "Work on the backups of this controller", Hint::none, 'c'),
      flag("help", "Show help on a command", 'h'),
      flag("description", "Show a short description of the command"),
      flag("version", "Show the version of the program and of the libraries it works with"),
  };
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> table = all_commands();
  return table;
}

const Command* find_command(std::string_view name) {
  for (const Command& command : commands()) {
    if (command.name == name) return &command;
    if (std::find(command.aliases.begin(), command.aliases.end(), name) != command.aliases.end()) return &command;
  }
  return nullptr;
}

const std::vector<Option>& global_options() {
  static const std::vector<Option> table = make_global_options();
  return table;
}

std::vector<Option> options_of(const Command& command) {
  std::vector<Option> all = command.options;
  all.insert(all.end(), global_options().begin(), global_options().end());
  return all;
}

std::vector<std::string> plugin_names() {
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    // Every Juju has a create-backup and a download-backup of its own, and built-in commands win over plugins. The others would only be
    // in the way of commands that Juju has, or are none about backups.
    if (command.operands == Operands::commands || command.operands == Operands::shells) continue;
    if (command.name == "create-backup" || command.name == "download-backup") continue;
    if (command.name == "version" || command.name == "serve" || command.name == "keygen") continue;
    names.push_back(command.name);
    names.insert(names.end(), command.aliases.begin(), command.aliases.end());
  }
  return names;
}

Option format_option() { return choice("format", {"text", "json", "yaml"}, "text", "How the result is printed"); }

}  // namespace cli
