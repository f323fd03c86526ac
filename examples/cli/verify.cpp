// verify-backup.
#include <jujubackup/store.hpp>
#include <jujubackup/verify.hpp>

#include "command.hpp"
#include "document.hpp"
#include "target.hpp"

namespace cli {
namespace {

jujubackup::VerifyReport report_on(Context& context) {
  const Arguments& arguments = context.arguments;
  const std::string& target = arguments.positionals().front();
  jujubackup::VerifyOptions options;
  options.depth = arguments.get("depth", "full") == "quick" ? jujubackup::Depth::quick : jujubackup::Depth::full;
  options.recorded_sha1_base64 = arguments.get("sha1");
  options.recorded_sha256_hex = arguments.get("sha256");
  if (is_path(target)) return jujubackup::Archive::open(jujubackup::open_file(target)).verify(options, &context.job);
  if (arguments.has("sha1") || arguments.has("sha256")) {
    throw UsageError("--sha1 and --sha256 are for archive files; a backup in the store is compared with its record");
  }
  jujubackup::BackupStore store = open_store(context);
  return store.verify(show_record(store, target, context.job).id, options.depth, &context.job);
}

int verify_backup(Context& context) {
  const jujubackup::VerifyReport report = report_on(context);
  const std::string format = context.arguments.get("format", "text");
  if (format == "json")
    context.console.print(to_json(report));
  else if (format == "yaml")
    context.console.print(to_yaml(report));
  else
    context.console.print(printable_lines(to_text(report)));
  switch (report.verdict()) {
    case jujubackup::Verdict::ok: return exit_ok;
    case jujubackup::Verdict::warnings: return exit_warnings;
    case jujubackup::Verdict::bad: break;
  }
  return exit_failed;
}

}  // namespace

std::vector<Command> verify_commands() {
  Command command;
  command.name = "verify-backup";
  command.usage = "<ID|FILE>";
  command.summary = "Check that a backup is complete and undamaged.";
  command.details =
      "Reads a backup in the store, or an archive file, and prints a report: whether it is good, and, for everything that is not as it "
      "should "
      "be, what was found, where, and what that means for a restore. Nothing is changed, but a backup in the store that is found good in "
      "full "
      "is noted as verified.\n"
      "\n"
      "At full depth every byte is read and every redundancy compared: the checksums and lengths of the compression, the structure of the "
      "archive "
      "and of root.tar in it, the database documents, the manifest, and the checksums on record. At quick depth only the structure and the "
      "metadata are "
      "looked at.\n"
      "\n"
      "The exit code tells the result:\n"
      "\n"
      "    0  the backup is good, or there are only notes\n"
      "    1  the backup is bad, or could not be read\n"
      "    2  the command line is wrong\n"
      "    3  there are warnings";
  command.examples = {{"20161013-091500.6d0c1a52-1111-4222-8333-94c7d2f0aa01", "Read all of a backup in the store."},
                      {"--depth quick ./juju-backup-20161013-091500.tar.gz", "A short look at an archive file."},
                      {"--sha1 EfatjsUqKYSrqv18O1FlA3hcIHI= ./download.tar.gz", "Compare with the checksum that Juju printed."}};
  command.see_also = {"show-backup", "extract-backup"};
  command.options = {
      choice("depth", {"quick", "full"}, "full", "How much to look at"),
      value("sha1", "BASE64", "Of a file: the checksum it must have, as show-backup prints it"),
      value("sha256", "HEX", "Of a file: the SHA-256 it must have"),
      format_option(),
  };
  command.min_positionals = 1;
  command.max_positionals = 1;
  command.missing = "missing ID";
  command.operands = Operands::ids_and_files;
  command.run = verify_backup;
  return {command};
}

}  // namespace cli
