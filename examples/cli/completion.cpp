// Shell completion scripts.
#include <algorithm>

#include "help.hpp"

namespace cli {
namespace {

std::vector<std::string> names_of(const Command& command) {
  std::vector<std::string> names{command.name};
  names.insert(names.end(), command.aliases.begin(), command.aliases.end());
  return names;
}

std::vector<std::string> all_names() {
  std::vector<std::string> all;
  for (const Command& command : commands()) {
    for (std::string& name : names_of(command)) all.push_back(std::move(name));
  }
  return all;
}

std::vector<std::string> option_words(const std::vector<Option>& options) {
  std::vector<std::string> words;
  for (const Option& option : options) {
    words.push_back("--" + option.name);
    if (option.letter != 0) words.push_back(std::string("-") + option.letter);
  }
  return words;
}

// In single quotes; fish and zsh take the same form for what the table holds.
std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

// compgen's answers are lines; names may hold spaces.
std::string bash_reply(const std::string& compgen) { return "mapfile -t COMPREPLY < <(" + compgen + ")"; }

std::string bash_value(const Option& option) {
  if (!option.choices.empty()) return bash_reply("compgen -W '" + joined(option.choices, " ") + "' -- \"$cur\"");
  if (option.hint == Hint::directory) return "compopt -o filenames; " + bash_reply("compgen -d -- \"$cur\"");
  if (option.hint == Hint::file) return "compopt -o filenames; " + bash_reply("compgen -f -- \"$cur\"");
  return ":";
}

std::string bash_operands(Operands operands) {
  const std::string ids = "compgen -W \"$(_jujubackup_ids)\" -- \"$cur\"";
  const std::string files = "compgen -f -- \"$cur\"";
  switch (operands) {
    case Operands::none: return ":";
    case Operands::ids: return bash_reply(ids);
    case Operands::ids_and_files: return "compopt -o filenames; " + bash_reply(ids + "; " + files);
    case Operands::files: return "compopt -o filenames; " + bash_reply(files);
    case Operands::commands: return bash_reply("compgen -W '" + joined(all_names(), " ") + "' -- \"$cur\"");
    case Operands::shells: return bash_reply("compgen -W 'bash zsh fish' -- \"$cur\"");
  }
  return ":";
}

std::string bash_values(const std::string& pattern, const std::vector<Option>& options) {
  std::string out;
  for (const Option& option : options) {
    if (option.takes != Takes::value) continue;
    std::string words = pattern + ":--" + option.name;
    if (option.letter != 0) words += "|" + pattern + ":-" + option.letter;
    out += "    " + words + ") " + bash_value(option) + "; return ;;\n";
  }
  return out;
}

// Listing goes through `timeout`, as a controller that does not answer must not hang the shell.
std::string bash_script() {
  std::string values = bash_values("*", global_options());
  std::string operands;
  std::string options;
  for (const Command& command : commands()) {
    for (const std::string& name : names_of(command)) values += bash_values(name, command.options);
    const std::string pattern = joined(names_of(command), "|");
    options += "      " + pattern + ") words='" + joined(option_words(options_of(command)), " ") + "' ;;\n";
    operands += "    " + pattern + ") " + bash_operands(command.operands) + " ;;\n";
  }
  std::string links;
  for (const std::string& name : plugin_names()) links += " juju-" + name;
  const std::string names = joined(all_names(), "|");
  return "# bash completion for jujubackup; made by `jujubackup completion bash`\n"
         "_jujubackup_ids() {\n  timeout 5 jujubackup --quiet backups 2>/dev/null\n}\n\n"
         "_jujubackup() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command='' words='' i\n"
         "  COMPREPLY=()\n"
         "  case ${COMP_WORDS[0]##*/} in\n"
         "    juju-*) command=${COMP_WORDS[0]##*/juju-}; command=${command#juju-} ;;\n"
         "    *)\n"
         "      for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "        case ${COMP_WORDS[i]} in\n"
         "          " +
         names +
         ") command=${COMP_WORDS[i]}; break ;;\n"
         "        esac\n"
         "      done\n"
         "      ;;\n"
         "  esac\n"
         "  case $command:$prev in\n" +
         values +
         "  esac\n"
         "  if [[ $cur == -* ]]; then\n"
         "    case $command in\n" +
         options + "      *) words='" + joined(option_words(global_options()), " ") +
         "' ;;\n"
         "    esac\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
         "    return\n"
         "  fi\n"
         "  case $command in\n" +
         operands + "    *) " + bash_operands(Operands::commands) +
         " ;;\n"
         "  esac\n"
         "}\n\n"
         "complete -F _jujubackup jujubackup" +
         links + "\n";
}

std::string zsh_spec(const Option& option) {
  std::string help;
  for (const char c : option.help) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') help += '\\';
    help += c;
  }
  std::string tail = "[" + help + "]";
  if (option.takes != Takes::nothing) {
    tail += option.takes == Takes::value ? ":" : "::";
    tail += option.name + ":";
    if (!option.choices.empty())
      tail.append("(").append(joined(option.choices, " ")).append(")");
    else if (option.hint == Hint::directory)
      tail += "_files -/";
    else if (option.hint == Hint::file)
      tail += "_files";
    else
      tail += " ";
  }
  const std::string equals = option.takes == Takes::value ? "=" : option.takes == Takes::optional_value ? "=-" : "";
  // Others would only be offered again.
  const std::string repeat = option.repeatable ? "*" : "";
  std::string out(" ");
  out += shell_quoted(repeat + "--" + option.name + equals + tail);
  if (option.letter != 0) out.append(" ").append(shell_quoted(std::string("-") + option.letter + tail));
  return out;
}

std::string zsh_operands(Operands operands) {
  switch (operands) {
    case Operands::none: return "";
    case Operands::ids: return " '*:ID:_jujubackup_ids'";
    case Operands::ids_and_files: return " '*:ID or file:_jujubackup_targets'";
    case Operands::files: return " '*:file:_files'";
    case Operands::commands: return " '*:command:(" + joined(all_names(), " ") + ")'";
    case Operands::shells: return " '*:shell:(bash zsh fish)'";
  }
  return "";
}

std::string zsh_script() {
  std::string words;
  std::string cases;
  for (const Command& command : commands()) {
    words += "    " + shell_quoted(command.name + ":" + command.summary) + "\n";
    cases += "    " + joined(names_of(command), "|") + ") _arguments -s";
    for (const Option& option : options_of(command)) cases += zsh_spec(option);
    cases += zsh_operands(command.operands) + " ;;\n";
  }
  std::string globals;
  for (const Option& option : global_options()) globals += zsh_spec(option);
  std::string links;
  for (const std::string& name : plugin_names()) links += " juju-" + name;
  return "#compdef jujubackup" + links +
         "\n"
         "# zsh completion for jujubackup; made by `jujubackup completion zsh`\n"
         "_jujubackup_ids() {\n"
         "  local -a ids\n"
         "  ids=(${(f)\"$(timeout 5 jujubackup --quiet backups 2>/dev/null)\"})\n"
         "  compadd -a ids\n"
         "}\n\n"
         "_jujubackup_targets() {\n  _jujubackup_ids\n  _files\n}\n\n"
         "_jujubackup_command() {\n  case $1 in\n" +
         cases +
         "  esac\n}\n\n"
         "_jujubackup() {\n"
         "  local context state state_descr line\n"
         "  typeset -A opt_args\n"
         "  local -a commands\n"
         "  commands=(\n" +
         words +
         "  )\n"
         "  if [[ $service == juju-* ]]; then\n"
         "    _jujubackup_command ${service#juju-}\n"
         "    return\n"
         "  fi\n"
         "  _arguments -C" +
         globals +
         " '1:command:->command' '*::argument:->argument'\n"
         "  case $state in\n"
         "    command) _describe command commands ;;\n"
         "    argument) _jujubackup_command $words[1] ;;\n"
         "  esac\n"
         "}\n\n"
         "if [[ $funcstack[1] == _jujubackup ]]; then\n"
         "  _jujubackup \"$@\"\n"
         "else\n"
         "  compdef _jujubackup jujubackup" +
         links +
         "\n"
         "fi\n";
}

std::string fish_option(const Option& option, const std::string& condition) {
  std::string out = "complete -c jujubackup";
  if (!condition.empty()) out += " -n " + shell_quoted(condition);
  out += " -l " + option.name;
  if (option.letter != 0) out += std::string(" -s ") + option.letter;
  if (option.takes == Takes::value) out += " -r";
  if (!option.choices.empty())
    out += " -f -a " + shell_quoted(joined(option.choices, " "));
  else if (option.hint == Hint::directory)
    out += " -f -a '(__fish_complete_directories)'";
  else if (option.hint == Hint::file)
    out += " -F";
  else
    out += " -f";
  return out + " -d " + shell_quoted(option.help) + "\n";
}

std::string fish_operands(const Command& command, const std::string& condition) {
  const std::string head = "complete -c jujubackup -n " + shell_quoted(condition);
  switch (command.operands) {
    case Operands::none: return "";
    case Operands::ids: return head + " -f -a '(timeout 5 jujubackup --quiet backups 2>/dev/null)'\n";
    case Operands::ids_and_files: return head + " -F -a '(timeout 5 jujubackup --quiet backups 2>/dev/null)'\n";
    case Operands::files: return head + " -F\n";
    case Operands::commands: return head + " -f -a " + shell_quoted(joined(all_names(), " ")) + "\n";
    case Operands::shells: return head + " -f -a 'bash zsh fish'\n";
  }
  return "";
}

std::string fish_script() {
  std::string out = "# fish completion for jujubackup; made by `jujubackup completion fish`\ncomplete -c jujubackup -f\n";
  for (const Option& option : global_options()) out += fish_option(option, "");
  for (const Command& command : commands()) {
    out += "complete -c jujubackup -n __fish_use_subcommand -f -a " + command.name + " -d " + shell_quoted(command.summary) + "\n";
    const std::string condition = "__fish_seen_subcommand_from " + joined(names_of(command), " ");
    for (const Option& option : command.options) out += fish_option(option, condition);
    out += fish_operands(command, condition);
  }
  return out;
}

}  // namespace

std::string completion_script(std::string_view shell) {
  if (shell == "bash") return bash_script();
  return shell == "zsh" ? zsh_script() : fish_script();
}

}  // namespace cli
