// download-backup and upload-backup.
#include <utility>

#include <jujubackup/backup_id.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/verify.hpp>

#include "document.hpp"
#include "keep.hpp"
#include "output.hpp"
#include "remote.hpp"
#include "show.hpp"
#include "target.hpp"

namespace cli {
namespace {

// Of what came without a record to compare it with. It is kept in any case, as there may be no other copy.
int check_unrecorded(const std::string& path, Context& context) {
  std::string why;
  try {
    const jujubackup::VerifyReport report = jujubackup::Archive::open(path).verify({}, &context.job);
    if (report.verdict() != jujubackup::Verdict::bad) return exit_ok;
    why = "see jujubackup verify-backup";
  } catch (const jujubackup::Error& error) {
    if (error.code() != jujubackup::ErrorCode::corrupt) throw;
    why = error.what();
  }
  context.console.error("what was downloaded is damaged (" + printable(path) + " was kept): " + printable(why));
  return exit_failed;
}

jujubackup::Metadata show_for_download(jujubackup::Controller& controller, const std::string& id, Context& context) {
  try {
    return controller.show(id, &context.job);
  } catch (const jujubackup::Error& error) {
    if (error.code() != jujubackup::ErrorCode::not_found) throw;
    // As Juju's own command: the answer is that of another endpoint, which shows no code.
    throw jujubackup::Error(error.code(), "backup metadata " + quoted(id) + " not found");
  }
}

int download_from_controller(const Place& place, Context& context) {
  const Arguments& arguments = context.arguments;
  const std::string& target = arguments.positionals().front();
  // No ID has one, and a path on the controller is always absolute.
  const bool by_path = target.find('/') != std::string::npos;
  std::string path = arguments.get("filename");
  if (path.empty()) path = by_path ? target.substr(target.rfind('/') + 1) : jujubackup::archive_file_name(target);
  if (path.empty()) throw UsageError("missing filename");
  check_can_save(path, arguments);

  jujubackup::Controller controller = connect(place, context);
  const jujubackup::Offers& offers = controller.offers();
  if (!by_path && offers.one_shot && !offers.stored) {
    throw jujubackup::Error(jujubackup::ErrorCode::invalid_argument,
                            "Juju " + controller.info().version.to_string() +
                                " gives backups no IDs: name the full path on the controller, as create-backup --no-download showed it");
  }
  Download download;
  download.id = target;
  download.left_as = target;
  download.one_shot = by_path && offers.one_shot;
  if (!by_path && offers.stored) {
    download.expected = show_for_download(controller, target, context);
    tell_machine(*download.expected, context.console);
  }
  fetch(controller, download, path, context);
  if (path == "-") return exit_ok;
  context.console.print(printable(path) + "\n");
  return download.expected ? exit_ok : check_unrecorded(path, context);
}

int download_backup(Context& context) {
  if (context.arguments.has("filename") && context.arguments.get("filename").empty()) throw UsageError("missing filename");
  const Place place = find_place(context);
  return place.is_controller() ? download_from_controller(place, context) : get_backup(context);
}

// As Juju prints a block among its other information.
void tell_metadata(std::string_view heading, const jujubackup::Metadata& metadata, Console& console) {
  console.info(heading);
  console.info(text_2_8(metadata));
}

int upload_to_controller(const Place& place, Context& context) {
  const Arguments& arguments = context.arguments;
  const std::string& path = arguments.positionals().front();
  const std::unique_ptr<jujubackup::Source> source = open_input(path);
  jujubackup::Controller controller = connect(place, context);
  const Form form = form_to_print(controller, arguments);
  // Juju 2.8 looks for --verbose in this form and place alone.
  const bool blocks = form >= Form::juju_2_8 && arguments.has_in_full("verbose") && is_path(path);
  if (blocks && controller.offers().upload) {
    tell_metadata("Uploading metadata:", jujubackup::Archive::open(path).metadata_with_file_facts(true, &context.job), context.console);
  }
  jujubackup::BackupStore store = jujubackup::open_controller_store(std::move(controller));
  jujubackup::AddOptions options;
  options.accept_bad = arguments.has("accept-bad");
  const jujubackup::BackupRecord record = [&] {
    try {
      return store.add(*source, options, &context.job);
    } catch (const jujubackup::Error& error) {
      if (error.code() != jujubackup::ErrorCode::exists) throw;
      // Seen before the upload; the controller would have said it behind it.
      throw jujubackup::Error(error.code(), std::string("while storing backup archive: ") + error.what());
    }
  }();
  context.console.warnings(record.warnings);
  if (blocks) tell_metadata("Uploaded metadata:", record.metadata, context.console);
  const bool as_text = arguments.get("format", "text") == "text";
  if (as_text && form >= Form::juju_2_8)
    context.console.print("Uploaded backup file, creating backup ID " + printable(record.id) + "\n");
  else
    context.console.print(as_text ? remote_text(record.metadata, form, arguments) : record_text(record, arguments));
  return exit_ok;
}

int upload_backup(Context& context) {
  const Place place = find_place(context);
  return place.is_controller() ? upload_to_controller(place, context) : add_backup(context);
}

Command download_command() {
  Command command;
  command.name = "download-backup";
  command.usage = "<ID|PATH>";
  command.summary = "Get an archive file.";
  command.details =
      "Downloads a backup from the controller in use and prints the name of the file. A backup that the controller keeps (up to 2.9.21) is "
      "named by its ID, one that waits in a file of the controller machine (2.4 and later) by its full path there, as create-backup showed "
      "it. The controller deletes such a file once it was downloaded, and only the controller machine that made it has it.\n"
      "\n"
      "Without --filename the file is juju-backup-<ID>.tar.gz, or has the name it has on the controller, in the current directory; a - "
      "stands "
      "for standard output. It appears when it is complete: size and checksum are compared with the controller's record, or, where there "
      "is "
      "none, the archive is verified. One that exists is replaced only with --force. Nobody else may read it (mode 0600).\n"
      "\n"
      "Without a controller this is get-backup.";
  command.examples = {{"20161013-091500.6d0c1a52-1111-4222-8333-94c7d2f0aa01", "Into the current directory."},
                      {"-c prod --filename juju.tar.gz /tmp/juju-backup-20220401-091500.tar.gz", "What 2.9.22 and later have."}};
  command.see_also = {"create-backup", "upload-backup", "get-backup", "verify-backup"};
  command.options = {value("filename", "FILE", "Where to download it to", Hint::file), flag("force", "Replace a file that exists")};
  command.min_positionals = 1;
  command.max_positionals = 1;
  command.missing = "missing ID";
  command.operands = Operands::ids;
  command.run = download_backup;
  return command;
}

Command upload_command() {
  Command command;
  command.name = "upload-backup";
  command.usage = "<FILE>";
  command.summary = "Store a backup archive file remotely in Juju.";
  command.details =
      "Puts an archive that create-backup made back onto a controller that keeps backups (2.0 to 2.9.21). The archive is verified first, "
      "and "
      "what the controller then says of its copy is compared. The ID follows from the start time and the controller model in the archive, "
      "so "
      "it is the old one. A - stands for standard input.\n"
      "\n"
      "Without a controller this is add-backup.";
  command.examples = {{"-m prod:controller ./juju-backup-20161013-091500.tar.gz", "Bring an archive back."}};
  command.see_also = {"download-backup", "add-backup"};
  command.options = {flag("accept-bad", "Take a damaged archive as well"), format_option(), style_option()};
  command.min_positionals = 1;
  command.max_positionals = 1;
  command.missing = "backup filename not specified";
  command.operands = Operands::files;
  command.run = upload_backup;
  return command;
}

}  // namespace

std::vector<Command> transfer_commands() { return {download_command(), upload_command()}; }

}  // namespace cli
