// keygen, encrypt-backup, decrypt-backup.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

#include <jujubackup/backup_id.hpp>
#include <jujubackup/encryption.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/time.hpp>

#include "command.hpp"
#include "document.hpp"
#include "encryption_options.hpp"
#include "keep.hpp"
#include "output.hpp"
#include "target.hpp"

namespace cli {
namespace {

constexpr std::string_view suffix = ".age";

// What age-keygen writes. The secret goes from one wiped buffer to the descriptor.
void write_identity(const jujubackup::NewIdentity& identity, int fd, const std::string& name) {
  jujubackup::DescriptorSink output(fd, name);
  const std::string head = "# created: " + jujubackup::Timestamp::from_unix(jujubackup::Timestamp::now().unix_seconds()).rfc3339() +
                           "\n# public key: " + identity.recipient + "\n";
  output.write(std::as_bytes(std::span<const char>(head)));
  output.write(identity.secret.bytes());
  output.write(std::as_bytes(std::span<const char>("\n", 1)));
}

void write_identity_file(const jujubackup::NewIdentity& identity, const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0 && errno == EEXIST) {
    throw jujubackup::Error(jujubackup::ErrorCode::exists,
                            "file " + printable(path) + " exists already; an identity is never replaced, as it may be the only one");
  }
  if (fd < 0) throw jujubackup::Error::from_errno(errno, "making the identity file " + printable(path));
  try {
    write_identity(identity, fd, path);
    if (::fsync(fd) != 0 && errno != EINVAL) throw jujubackup::Error::from_errno(errno, "writing the identity file " + printable(path));
  } catch (...) {
    ::close(fd);
    ::unlink(path.c_str());
    throw;
  }
  ::close(fd);
}

int keygen(Context& context) {
  const std::string path = context.arguments.get("output");
  if (context.arguments.has("output") && path.empty()) throw UsageError("missing filename");
  const jujubackup::NewIdentity identity = jujubackup::make_identity();
  if (!path.empty()) {
    write_identity_file(identity, path);
    context.console.print("public key: " + identity.recipient + "\n");
    return exit_ok;
  }
  struct stat info {};
  if (::fstat(STDOUT_FILENO, &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    context.console.warning("others can read the file that the secret key goes to; --output makes one that they cannot read");
  }
  write_identity(identity, STDOUT_FILENO, "standard output");
  if (::isatty(STDOUT_FILENO) != 1) context.console.info("public key: " + identity.recipient);
  return exit_ok;
}

// "-" for standard output.
std::string output_path(const Arguments& arguments, const std::string& by_default) {
  const std::string path = arguments.get("filename");
  if (arguments.has("filename") && path.empty()) throw UsageError("missing filename");
  return path.empty() ? by_default : path;
}

void check_output(const std::string& path, bool text, const Arguments& arguments) {
  if (path == "-" && !arguments.has("filename") && !text && ::isatty(STDOUT_FILENO) == 1) {
    throw UsageError("missing --filename: this is nothing for a terminal");
  }
  check_can_save(path, arguments);
}

void encrypt(jujubackup::Source& source, jujubackup::Sink& sink, const jujubackup::Recipients& recipients, Context& context) {
  jujubackup::EncryptionOptions options;
  options.armor = context.arguments.has("armor");
  const auto encrypting = encrypting_sink(sink, recipients, options);
  copy(source, *encrypting, context);
  encrypting->finish();
}

int encrypt_backup(Context& context) {
  const Arguments& arguments = context.arguments;
  const std::string& target = arguments.positionals().front();
  if (!wants_encryption(arguments)) throw UsageError("missing --encrypt-to, --recipients-file or --passphrase: encrypt to whom?");
  const bool is_file = target == "-" || is_path(target);
  const std::string usual = target == "-" ? target : (is_file ? target : jujubackup::archive_file_name(target)) + std::string(suffix);
  const std::string path = output_path(arguments, usual);
  check_output(path, arguments.has("armor"), arguments);
  LookedAt looked = look_at(target == "-" ? open_input(target) : open_stored(context, target));
  if (looked.outside != Outside::plain) {
    throw jujubackup::Error(jujubackup::ErrorCode::invalid_argument,
                            printable(looked.source->name()) + " is encrypted already; decrypt-backup opens it");
  }
  const auto recipients = recipients_from(arguments);
  if (path == "-") {
    jujubackup::DescriptorSink output(STDOUT_FILENO, "standard output");
    encrypt(*looked.source, output, *recipients, context);
    return exit_ok;
  }
  OutputFile file(path);
  encrypt(*looked.source, file, *recipients, context);
  file.commit(arguments.has("force"));
  context.console.print(printable(path) + "\n");
  return exit_ok;
}

std::string decrypted_name(const std::string& target) {
  if (target == "-") return target;
  if (!is_path(target)) return jujubackup::archive_file_name(target);
  if (target.ends_with(suffix) && target.size() > suffix.size() && target[target.size() - suffix.size() - 1] != '/') {
    return target.substr(0, target.size() - suffix.size());
  }
  return "";
}

int decrypt_backup(Context& context) {
  const Arguments& arguments = context.arguments;
  const std::string& target = arguments.positionals().front();
  const std::string path = output_path(arguments, decrypted_name(target));
  if (path.empty()) throw UsageError("missing --filename: the name of the file does not end in .age");
  check_output(path, false, arguments);
  LookedAt looked = look_at(target == "-" ? open_input(target) : open_stored(context, target));
  const std::string name = looked.source->name();
  if (looked.outside == Outside::plain) {
    throw jujubackup::Error(jujubackup::ErrorCode::invalid_argument, printable(name) + " is not encrypted");
  }
  const auto identities = need_identities(arguments, looked.outside, name);
  const auto source = decrypting_source(std::move(looked.source), *identities);
  if (path == "-") {
    copy_to_output(*source, context);
    return exit_ok;
  }
  save(*source, path, context);
  context.console.print(printable(path) + "\n");
  return exit_ok;
}

Command keygen_command() {
  Command command;
  command.name = "keygen";
  command.summary = "Make a key pair for encrypted backups.";
  command.details =
      "Makes a new age identity, as age-keygen does, and prints its public key, the recipient, which is what --encrypt-to takes. The "
      "secret "
      "key "
      "goes into the file of --output, which nobody else may read (mode 0600), or to standard output. A file that exists is never "
      "replaced.\n"
      "\n"
      "Whoever has the file can read every backup that is encrypted to it; without it, nobody can. Keep a copy in another place than the "
      "backups, or encrypt to two recipients, one of them kept offline.";
  command.examples = {{"--output key.txt", "Make an identity file, and print the public key."}};
  command.see_also = {"encrypt-backup", "decrypt-backup"};
  command.options = {value("output", "FILE", "Where the secret key goes", Hint::file)};
  command.run = keygen;
  return command;
}

Command encrypt_command() {
  Command command;
  command.name = "encrypt-backup";
  command.usage = "<ID|FILE>";
  command.summary = "Encrypt a backup into a file.";
  command.details =
      "Writes an encrypted copy of an archive file, or of a backup in the store, and prints the name of the file: that of the archive with "
      ".age behind it, or --filename. What it was made from stays. Where the argument is a -, it is read from standard input and written "
      "to "
      "standard output.\n"
      "\n"
      "The file is in the age format (age-encryption.org/v1): the tools age and rage open it as well. Each of the recipients can open it, "
      "or "
      "whoever knows the passphrase. All commands that read backups take it as it is, with --identity.";
  command.examples = {
      {"--encrypt-to age1ef4v2zyfhwfw5e8yzl9srl6ptkr6v07p2v76fycdxhlwccp4jqfsf9c2nv ./juju-backup.tar.gz", "To a key of keygen."},
      {"--recipients-file ~/.ssh/authorized_keys ./juju-backup.tar.gz", "To all who may log in here."},
      {"--passphrase ./juju-backup.tar.gz", "To a passphrase, asked for on the terminal."}};
  command.see_also = {"decrypt-backup", "keygen", "create-backup"};
  command.options = with(recipient_options(), {armor_option(), value("filename", "FILE", "Where to write it to", Hint::file),
                                               flag("force", "Replace a file that exists")});
  command.min_positionals = 1;
  command.max_positionals = 1;
  command.missing = "missing ID";
  command.operands = Operands::ids_and_files;
  command.run = encrypt_backup;
  return command;
}

Command decrypt_command() {
  Command command;
  command.name = "decrypt-backup";
  command.usage = "<ID|FILE>";
  command.summary = "Decrypt a backup into a file.";
  command.details =
      "Writes what is in an encrypted file, or in an encrypted backup of the store, and prints the name of the file: that of the encrypted "
      "one "
      "without .age, or --filename. Where the argument is a -, it is read from standard input and written to standard output. Armored "
      "files "
      "are recognised, and any file in the age format is taken.\n"
      "\n"
      "A file appears when all of it was found undamaged; standard output has what came before the damage, and the exit code is 1. The "
      "file "
      "holds secrets, so nobody else may read it (mode 0600).\n"
      "\n"
      "Commands that read backups need no decrypted copy: they take --identity.";
  command.examples = {{"--identity key.txt ./juju-backup.tar.gz.age", "With an identity file of keygen or age-keygen."},
                      {"--identity ~/.ssh/id_ed25519 --filename - ./juju-backup.tar.gz.age", "With an SSH key, to another program."}};
  command.see_also = {"encrypt-backup", "get-backup"};
  command.options = with(identity_options(),
                         {value("filename", "FILE", "Where to write it to", Hint::file), flag("force", "Replace a file that exists")});
  command.min_positionals = 1;
  command.max_positionals = 1;
  command.missing = "missing ID";
  command.operands = Operands::ids_and_files;
  command.run = decrypt_backup;
  return command;
}

}  // namespace

std::vector<Command> encryption_commands() { return {keygen_command(), encrypt_command(), decrypt_command()}; }

}  // namespace cli
