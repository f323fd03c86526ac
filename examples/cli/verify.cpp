// verify-backup.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <jujubackup/archive.hpp>
#include <jujubackup/client_backup.hpp>
#include <jujubackup/encryption.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/store.hpp>
#include <jujubackup/verify.hpp>

#include "command.hpp"
#include "document.hpp"
#include "encryption_options.hpp"
#include "target.hpp"

namespace cli {
namespace {

// For who takes a source for good, where it is still needed.
class Borrowed final : public jujubackup::Source {
 public:
  explicit Borrowed(jujubackup::Source& source) : source_(source) {}
  std::size_t read(std::span<std::byte> into) override { return source_.read(into); }
  void rewind() override { source_.rewind(); }
  std::optional<std::uint64_t> size() const override { return source_.size(); }
  bool random_access() const noexcept override { return source_.random_access(); }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const override { return source_.read_at(offset, into); }
  std::string name() const override { return source_.name(); }

 private:
  jujubackup::Source& source_;
};

// Whether an archive is one of a client directory. Its first entry may be called anything, but not what Juju calls a controller's.
bool is_client_backup(jujubackup::Source& source, Context& context) {
  struct Decided {};
  bool is_client = false;
  try {
    jujubackup::Archive archive = jujubackup::Archive::open(std::make_unique<Borrowed>(source));
    const auto look = [&](const jujubackup::Entry& entry) {
      if (entry.path.empty() || entry.path == ".") return;
      is_client = entry.path != "juju-backup" && !entry.path.starts_with("juju-backup/");
      throw Decided();
    };
    archive.for_each(false, look, &context.job);
  } catch (const Decided&) {
    return is_client;
  } catch (const jujubackup::Error& error) {
    // What is wrong with it is for the verification to say.
    if (error.code() == jujubackup::ErrorCode::cancelled) throw;
  }
  return false;
}

jujubackup::VerifyReport report_on_file(Context& context, const std::string& path, const jujubackup::VerifyOptions& options) {
  const LookedAt looked = look_at(jujubackup::open_file(path));
  const bool encrypted = looked.outside != Outside::plain;
  std::shared_ptr<const jujubackup::Identities> identities;
  if (encrypted) identities = find_identities(context.arguments, looked.outside, looked.source->name());
  // A pipe can only be read once, and what cannot be opened cannot be told apart.
  const bool recognisable = looked.source->random_access() && (!encrypted || identities != nullptr);
  if (!recognisable) return verify_file(*looked.source, identities.get(), options, &context.job);
  try {
    const auto content = decrypted(jujubackup::open_file(path), identities.get());
    if (is_client_backup(*content, context)) {
      if (encrypted && (!options.recorded_sha1_base64.empty() || !options.recorded_sha256_hex.empty())) {
        throw UsageError("--sha1 and --sha256 are for backups of controllers, where the file is encrypted");
      }
      content->rewind();
      return verify_client_backup(*content, options, &context.job);
    }
  } catch (const jujubackup::Error& error) {
    // Neither the one nor the other, or not decrypted: what it is then is for the report.
    if (error.code() != jujubackup::ErrorCode::unsupported && error.code() != jujubackup::ErrorCode::permission &&
        error.code() != jujubackup::ErrorCode::corrupt && error.code() != jujubackup::ErrorCode::limit) {
      throw;
    }
  }
  return verify_file(*looked.source, identities.get(), options, &context.job);
}

jujubackup::VerifyReport report_on(Context& context) {
  const Arguments& arguments = context.arguments;
  const std::string& target = arguments.positionals().front();
  jujubackup::VerifyOptions options;
  options.depth = arguments.get("depth", "full") == "quick" ? jujubackup::Depth::quick : jujubackup::Depth::full;
  options.recorded_sha1_base64 = arguments.get("sha1");
  options.recorded_sha256_hex = arguments.get("sha256");
  if (is_path(target)) return report_on_file(context, target, options);
  if (arguments.has("sha1") || arguments.has("sha256")) {
    throw UsageError("--sha1 and --sha256 are for archive files; a backup in the store is compared with its record");
  }
  jujubackup::BackupStore store = open_store(context);
  const jujubackup::BackupRecord record = show_record(store, target, context.job);
  if (record.encrypted) {
    store.set_identities(find_identities(arguments, look_at(store.open_archive(record.id)).outside, record.id));
  }
  return store.verify(record.id, options.depth, &context.job);
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
      "Of an encrypted backup the form and the recorded checksums are looked at, which is a warning; with an identity all is, as of any "
      "other. A backup of a client directory (backup-client) is recognised.\n"
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
  const std::vector<Option> own = {
      choice("depth", {"quick", "full"}, "full", "How much to look at"),
      value("sha1", "BASE64", "Of a file: the checksum it must have, as show-backup prints it"),
      value("sha256", "HEX", "Of a file: the SHA-256 it must have"),
      format_option(),
  };
  command.options = with(own, identity_options());
  command.min_positionals = 1;
  command.max_positionals = 1;
  command.missing = "missing ID";
  command.operands = Operands::ids_and_files;
  command.run = verify_backup;
  return {command};
}

}  // namespace cli
