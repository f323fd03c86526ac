#include "help.hpp"

#include <algorithm>
#include <utility>

#include <jujubackup/version.hpp>

#include "document.hpp"

namespace cli {
namespace {

constexpr std::size_t text_width = 79;

std::string& program_name() {
  static std::string name = "jujubackup";
  return name;
}

std::string option_text(const Option& option) {
  std::string out = option.letter == 0 ? "" : std::string("-") + option.letter + ", ";
  out += "--" + option.name;
  if (option.takes == Takes::optional_value) out += "[=" + option.value_name + "]";
  if (option.takes == Takes::value) out += " " + option.value_name;
  return out + "  (= " + option.fallback + ")\n    " + option.help + "\n";
}

std::string options_text(std::vector<Option> options) {
  std::sort(options.begin(), options.end(), [](const Option& a, const Option& b) { return a.name < b.name; });
  std::string out;
  for (const Option& option : options) out += option_text(option);
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

int help(Context& context) {
  if (context.arguments.has("man")) {
    context.console.print(manual_page());
    return exit_ok;
  }
  if (context.arguments.positionals().empty()) {
    context.console.print(overview_text());
    return exit_ok;
  }
  const std::string& name = context.arguments.positionals().front();
  const Command* command = find_command(name);
  if (command == nullptr) throw UsageError("unknown command or topic for " + name);
  context.console.print(help_text(*command));
  return exit_ok;
}

int version(Context& context) {
  context.console.print(jujubackup::library_version() + "\n");
  context.console.detail(jujubackup::library_version_details());
  return exit_ok;
}

int completion(Context& context) {
  const std::string& shell = context.arguments.positionals().front();
  if (shell != "bash" && shell != "zsh" && shell != "fish")
    throw UsageError("unknown shell " + quoted(shell) + ": expected bash, zsh or fish");
  context.console.print(completion_script(shell));
  return exit_ok;
}

}  // namespace

void set_program_name(std::string name) { program_name() = std::move(name); }

std::string wrapped(std::string_view text, std::size_t width) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    while (line.size() > width && line[0] != ' ') {
      std::size_t cut = line.rfind(' ', width);
      if (cut == std::string_view::npos) cut = line.find(' ');
      if (cut == std::string_view::npos) break;
      out += line.substr(0, cut);
      out += '\n';
      line.remove_prefix(cut + 1);
    }
    out += line;
    out += '\n';
  }
  return out;
}

std::string overview_text() {
  std::string out =
      "Usage: jujubackup [global options] <command> [options] [arguments]\n"
      "\n"
      "Summary:\n"
      "Make, check, keep and unpack Juju controller backups.\n"
      "\n"
      "Commands:\n";
  std::size_t widest = 0;
  for (const Command& command : commands()) widest = std::max(widest, command.name.size());
  for (const Command& command : commands()) {
    out += "    " + command.name + std::string(widest - command.name.size(), ' ') + "  " + command.summary + "\n";
  }
  out += "\nGlobal Options:\n" + options_text(global_options());
  out += "\nDetails:\n";
  out += wrapped(
      "Backups are kept in a store, a directory of archive files, each with a record beside it, or by a Juju controller. Every command "
      "that "
      "reads takes the ID of a backup or the path of an archive file. Results go to standard output; all else, and a line of progress on a "
      "terminal, goes to standard error.\n"
      "\n"
      "Which place is meant: --store; else --model or --controller; else $JUJUBACKUP_STORE; else what $JUJU_MODEL, $JUJU_CONTROLLER or the "
      "Juju client (`juju switch`) point at; else the user's own store. Controllers and users are those of the client's directory "
      "($JUJU_DATA, or ~/.local/share/juju). With a controller the commands print what Juju of the controller's release prints.\n"
      "\n"
      "Backups can be encrypted, to public keys (--encrypt-to) or a passphrase; --identity opens them again.\n"
      "\n"
      "Under a name such as juju-backups (a link to this program) on the PATH, Juju finds a command as a plugin: `juju backups`.\n"
      "\n"
      "The exit code is 0 for success, 1 for a failure, 2 for a wrong command line; 3 if verify-backup has only warnings; 130 if "
      "interrupted.\n",
      text_width);
  out +=
      "\nExamples:\n"
      "    jujubackup create-backup --mongodump \"before upgrade\"\n"
      "    jujubackup backups\n"
      "    jujubackup create-backup -m prod:controller\n"
      "    jujubackup verify-backup ./juju-backup-20161013-091500.tar.gz\n"
      "    jujubackup backup-client\n"
      "    jujubackup help extract-backup\n";
  return out;
}

std::string help_text(const Command& command) {
  const std::string& program = program_name();
  std::string out = "Usage: " + program + " " + command.name + " [options]" + (command.usage.empty() ? "" : " " + command.usage) + "\n";
  out += "\nSummary:\n" + command.summary + "\n";
  out += "\nGlobal Options:\n" + options_text(global_options());
  if (!command.options.empty()) out += "\nCommand Options:\n" + options_text(command.options);
  out += "\nDetails:\n" + wrapped(command.details, text_width);
  if (!command.examples.empty()) out += "\nExamples:\n";
  for (const auto& [arguments, meaning] : command.examples) {
    out.append("    # ").append(meaning).append("\n    ").append(program).append(" ").append(command.name);
    if (!arguments.empty()) out.append(" ").append(arguments);
    out += '\n';
  }
  if (!command.aliases.empty()) out += "\nAliases: " + joined(command.aliases) + "\n";
  if (!command.see_also.empty()) out += "\nSee also: " + joined(command.see_also) + "\n";
  return out;
}

std::vector<Command> help_commands() {
  Command help_command;
  help_command.name = "help";
  help_command.usage = "[COMMAND]";
  help_command.summary = "Show help on a command.";
  help_command.details = "Without a command: the list of all commands.";
  help_command.examples = {{"extract-backup", "All about extract-backup."}};
  help_command.options = {flag("man", "Print the manual page, as roff")};
  help_command.max_positionals = 1;
  help_command.operands = Operands::commands;
  help_command.run = help;

  Command version_command;
  version_command.name = "version";
  version_command.summary = "Print the version.";
  version_command.details =
      "The number alone. With --verbose, as --version does, also the libraries it works with and what compresses and inflates.";
  version_command.run = version;

  Command completion_command;
  completion_command.name = "completion";
  completion_command.usage = "bash|zsh|fish";
  completion_command.summary = "Print a script that makes a shell complete commands, options and IDs.";
  completion_command.details =
      "Where the program was installed by a package, completion works already. Else put a line into the shell's start file:\n"
      "\n"
      "    source <(jujubackup completion bash)       in ~/.bashrc\n"
      "    source <(jujubackup completion zsh)        in ~/.zshrc, behind compinit\n"
      "    jujubackup completion fish | source        in ~/.config/fish/config.fish";
  completion_command.min_positionals = 1;
  completion_command.max_positionals = 1;
  completion_command.missing = "missing shell: bash, zsh or fish";
  completion_command.operands = Operands::shells;
  completion_command.run = completion;
  return {help_command, version_command, completion_command};
}

}  // namespace cli
