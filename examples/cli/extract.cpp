// extract-backup.
#include <string>

#include <jujubackup/archive.hpp>

#include "command.hpp"
#include "document.hpp"
#include "encryption_options.hpp"
#include "target.hpp"

namespace cli {
namespace {

std::string count(std::uint64_t number, std::string_view one, std::string_view many) {
  return std::to_string(number) + " " + std::string(number == 1 ? one : many);
}

int extract_backup(Context& context) {
  const Arguments& arguments = context.arguments;
  const std::string into = arguments.get("to");
  if (into.empty()) throw UsageError("missing --to: where to extract to?");
  const std::vector<std::string>& words = arguments.positionals();
  jujubackup::ExtractOptions options;
  options.names.assign(words.begin() + 1, words.end());
  options.root_tar = arguments.has("keep-root-tar") ? jujubackup::RootTar::keep : jujubackup::RootTar::unpack;
  options.owners = arguments.has("owners");
  jujubackup::Archive archive = open_archive(context, words.front());
  const jujubackup::ExtractReport report = archive.extract(into, options, &context.job);
  context.console.warnings(report.warnings);
  context.console.info("extracted " + count(report.files, "file", "files") + ", " + count(report.directories, "directory", "directories") +
                       ", " + count(report.links, "link", "links") + " (" + size_text(report.bytes) + ") to " + printable(into));
  return exit_ok;
}

}  // namespace

std::vector<Command> extract_commands() {
  Command command;
  command.name = "extract-backup";
  command.usage = "--to DIR <ID|FILE> [NAME...]";
  command.summary = "Unpack a backup, or some files of it.";
  command.details =
      "Unpacks all of a backup, or what is named: paths as list-files prints them; a directory stands for all below it. The files of the "
      "controller "
      "machine, which an archive holds in root.tar, go to juju-backup/root/ unless --keep-root-tar is given.\n"
      "\n"
      "The directory is made if it is missing. Nothing is ever written outside of it, and a file that exists is not replaced. Modes and "
      "times "
      "are restored, owners only with --owners. The backup is not verified first; do that with verify-backup.\n"
      "\n"
      "The unpacked files hold secrets of the controller: keep the directory to yourself.";
  command.examples = {{"--to /tmp/backup 20161013-091500.6d0c1a52-1111-4222-8333-94c7d2f0aa01", "All of a backup in the store."},
                      {"--to . ./juju-backup.tar.gz juju-backup/metadata.json", "One file of an archive file."},
                      {"--to db ./juju-backup.tar.gz juju-backup/dump", "The database."}};
  command.see_also = {"list-files", "verify-backup"};
  command.options = with({value("to", "DIR", "The directory to unpack into", Hint::directory),
                          flag("keep-root-tar", "Leave root.tar as it is"), flag("owners", "Restore the owners of the files; needs root")},
                         identity_options());
  command.min_positionals = 1;
  command.max_positionals = any_number;
  command.missing = "missing ID";
  command.operands = Operands::ids_and_files;
  command.run = extract_backup;
  return {command};
}

}  // namespace cli
