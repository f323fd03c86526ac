// The manual page.
#include <jujubackup/version.hpp>

#include "help.hpp"

namespace cli {
namespace {

// Text as roff: nothing in it is a request or an escape, and dashes can be copied.
std::string roff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    line_start = c == '\n';
  }
  return out;
}

std::string paragraphs(std::string_view text) {
  std::string out;
  bool kept = false;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const bool keep = line.starts_with("    ");
    if (keep && !kept) out += ".nf\n.RS 4\n";
    if (!keep && kept) out += ".RE\n.fi\n";
    kept = keep;
    if (line.empty())
      out += ".PP\n";
    else
      out += roff(keep ? line.substr(4) : line) + "\n";
  }
  if (kept) out += ".RE\n.fi\n";
  return out;
}

std::string option_entry(const Option& option) {
  std::string out = ".TP\n";
  if (option.letter != 0) out += std::string("\\fB\\-") + option.letter + "\\fR, ";
  out += "\\fB\\-\\-" + roff(option.name) + "\\fR";
  if (option.takes == Takes::optional_value) out.append("[=\\fI").append(roff(option.value_name)).append("\\fR]");
  if (option.takes == Takes::value) out.append(" \\fI").append(roff(option.value_name)).append("\\fR");
  out.append("\n").append(roff(option.help));
  if (option.takes != Takes::nothing && option.fallback != "\"\"") out += " (default: " + roff(option.fallback) + ")";
  return out + ".\n";
}

std::string command_section(const Command& command) {
  std::string out = ".SS " + roff(command.name) + "\n";
  out += "\\fBjujubackup " + roff(command.name) + "\\fR [options]";
  if (!command.usage.empty()) out.append(" ").append(roff(command.usage));
  out += "\n.PP\n";
  out += roff(command.summary) + "\n.PP\n" + paragraphs(command.details);
  for (const std::string& alias : command.aliases) out += ".PP\nAlias: \\fB" + roff(alias) + "\\fR\n";
  for (const Option& option : command.options) out += option_entry(option);
  if (!command.examples.empty()) out += ".PP\nExamples:\n";
  for (const auto& [arguments, meaning] : command.examples) {
    out += ".PP\n" + roff(meaning) + "\n.nf\n.RS 4\njujubackup " + roff(command.name) + " " + roff(arguments) + "\n.RE\n.fi\n";
  }
  return out;
}

}  // namespace

std::string manual_page() {
  std::string out = ".TH JUJUBACKUP 1 \"\" \"jujubackup " + jujubackup::library_version() + "\" \"User Commands\"\n";
  out += ".SH NAME\njujubackup \\- make, check, keep and unpack Juju controller backups\n";
  out +=
      ".SH SYNOPSIS\n\\fBjujubackup\\fR [global options] \\fIcommand\\fR [options] [arguments]\n.br\n"
      "\\fBjuju\\fR \\fIcommand\\fR [options] [arguments]\n";
  out += ".SH DESCRIPTION\n" + paragraphs(
                                   "A backup of a Juju controller is an archive (.tar.gz) with the controller's database, its files and a "
                                   "record about both. This program makes such "
                                   "archives, reads all that Juju has ever written, and keeps them in a store: a directory of archive "
                                   "files, each with a record beside it. It also asks Juju controllers for backups, over their own API, "
                                   "and can be such a controller itself (serve).\n"
                                   "\n"
                                   "Every command that reads takes the ID of a backup in the store or the path of an archive file: "
                                   "whatever holds a / or is the name of a "
                                   "file. Options may stand before and after the other arguments; -- ends them. Results go to standard "
                                   "output, all else to standard error. On "
                                   "a terminal a line shows the progress of long work.\n");
  out += ".SH GLOBAL OPTIONS\n";
  for (const Option& option : global_options()) out += option_entry(option);
  out += ".SH COMMANDS\n";
  for (const Command& command : commands()) out += command_section(command);
  out += ".SH JUJU PLUGINS\n" + paragraphs(
                                    "Called by a name juju-COMMAND, e.g. through a link, the program is that command. Juju runs such "
                                    "programs as plugins: `juju backups` runs "
                                    "juju-backups. That is how commands that newer releases of Juju have dropped come back. Commands that "
                                    "Juju has, such as create-backup, win "
                                    "over plugins.\n"
                                    "\n"
                                    "The options --model and --controller, which a plugin is given, say which controller is meant.\n");
  out += ".SH ENCRYPTION\n" +
         paragraphs(
             "create-backup, add-backup, encrypt-backup and backup-client encrypt to public keys (--encrypt-to, "
             "--recipients-file; those of keygen, of age-keygen, or SSH keys) or to a passphrase (--passphrase, "
             "--passphrase-file). Files are in the age format, which the tools age and rage open as well, and are called "
             "*.tar.gz.age.\n"
             "\n"
             "Every command that reads takes what opens them: --identity FILE, an age identity file or an SSH private key; "
             "else the file that $JUJUBACKUP_IDENTITY names. A passphrase is read from --passphrase-file, else asked for "
             "on the terminal.\n");
  out += ".SH CONTROLLERS\n" + paragraphs(
                                   "Which place is meant: --store; else --model or --controller; else $JUJUBACKUP_STORE; else what "
                                   "$JUJU_MODEL, $JUJU_CONTROLLER or the current controller of the Juju client say; else the user's own "
                                   "store. Controllers, users and passwords are those of the client's directory, which is only read.\n"
                                   "\n"
                                   "A store URL juju:NAME is a controller of that directory; juju: is the current one. Without the "
                                   "directory, a controller is\n"
                                   "\n"
                                   "    juju+wss://[USER@]HOST:PORT/MODEL-UUID?ca-file=PATH&password-file=PATH\n"
                                   "\n"
                                   "What a controller can do depends on its release: 2.0 to 2.9.21 keep, list, show, upload and remove "
                                   "backups; later ones make them and let each be downloaded once; 4.x has none. Output and errors are "
                                   "those of the matching release of Juju.\n");
  out +=
      ".SH EXIT STATUS\n"
      ".TP\n.B 0\nSuccess.\n.TP\n.B 1\nFailure; of verify\\-backup also: the backup is bad.\n.TP\n.B 2\nThe command line is wrong.\n"
      ".TP\n.B 3\nOnly of verify\\-backup: there are warnings, or an encrypted backup was not opened.\n.TP\n.B 130\nInterrupted by SIGINT "
      "or SIGTERM, after cleaning up.\n";
  out +=
      ".SH ENVIRONMENT\n"
      ".TP\n.B JUJUBACKUP_STORE\nThe store, if \\fB\\-\\-store\\fR is not given.\n"
      ".TP\n.B XDG_DATA_HOME\nThe default store is jujubackup in this directory, by default ~/.local/share.\n"
      ".TP\n.B TMPDIR\nWhere mongodump writes to.\n"
      ".TP\n.B JUJU_MODEL, JUJU_CONTROLLER\nThe controller model or the controller, if no option and no store says which place is meant.\n"
      ".TP\n.B JUJUBACKUP_IDENTITY\nThe identity file that opens encrypted backups, if \\fB\\-\\-identity\\fR is not given.\n"
      ".TP\n.B JUJU_DATA\nThe directory of the Juju client, by default juju in XDG_DATA_HOME.\n";
  out += ".SH SECURITY\n" +
         paragraphs(
             "Archives hold private keys and passwords of the controller, or of the Juju client. All files are made with mode "
             "0600. No secret is ever shown or put on a command line; only show-backup --ca-private-key and keygen without "
             "--output print one.\n");
  out += ".SH SEE ALSO\n\\fBage\\fR(1), \\fBmongodump\\fR(1), \\fBtar\\fR(1)\n";
  return out;
}

}  // namespace cli
