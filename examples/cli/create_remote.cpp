#include "create_remote.hpp"

#include <jujubackup/backup_id.hpp>
#include <jujubackup/error.hpp>

#include "document.hpp"
#include "output.hpp"
#include "remote.hpp"

namespace cli {
namespace {

// The default as Juju's help shows it. Its commands compare with it to see whether the option was given.
constexpr std::string_view default_file = "juju-backup-<date>-<time>.tar.gz";

void check_options(const jujubackup::Controller& controller, const jujubackup::RemoteCreateOptions& options) {
  const bool keep_is_known = controller.offers().keep_copy;
  if (options.keep_copy && !keep_is_known) {
    throw jujubackup::Error(jujubackup::ErrorCode::unsupported, "--keep-copy is not supported by this controller");
  }
  if (keep_is_known && !options.download && !options.keep_copy) {
    throw jujubackup::Error(jujubackup::ErrorCode::invalid_argument,
                            "--no-download cannot be set when --keep-copy is not: the backup will not be created");
  }
}

void warn_without_download(const jujubackup::JujuVersion& version, Console& console) {
  if (version < jujubackup::JujuVersion{2, 4, "", 0, 0}) return;
  console.warning(version < jujubackup::JujuVersion{2, 9, "", 30, 0}
                      ? "downloading backup archives is recommended; backups stored remotely are not guaranteed to be available."
                      : "--no-download flag is DEPRECATED.");
}

// What Juju says of the backup before it downloads it.
void tell_created(const jujubackup::RemoteBackup& backup, Form form, const std::string& file, Context& context) {
  const Arguments& arguments = context.arguments;
  Console& console = context.console;
  const bool as_text = arguments.get("format", "text") == "text";
  const std::string id = printable(backup.metadata.id);
  if (form == Form::juju_2_0) {
    // Where nothing has an ID, --style 2.0 shows what stands for it.
    console.print(as_text ? printable(id.empty() ? backup.download_id : id) + "\n" : remote_text(backup.metadata, form, arguments));
    if (file.empty()) return;
    if (as_text)
      console.print("downloading to " + printable(file) + "\n");
    else
      console.info("downloading to " + printable(file));
    return;
  }
  // Juju 2.8 and later look for --quiet in this form and place alone, to leave out the block.
  const bool block = form >= Form::juju_2_8 && !arguments.has_in_full("quiet");
  if (!as_text || block) console.print(remote_text(backup.metadata, form, arguments));
  if (form != Form::juju_2_9_22)
    console.info(id.empty() ? "Remote backup was not created." : "Remote backup stored on the controller as " + id + ".");
  else if (file.empty())
    console.info("Remote backup stored on the controller as " + printable(backup.remote_path));
}

}  // namespace

std::string file_to_create(const Arguments& arguments) {
  const std::string file = arguments.get("filename", default_file);
  if (arguments.has("no-download") && file != default_file) throw UsageError("cannot mix --no-download and --filename");
  if (file.empty()) throw UsageError("missing filename");
  return file == default_file ? "" : file;
}

int create_on_controller(const Place& place, Context& context) {
  const Arguments& arguments = context.arguments;
  std::string file = file_to_create(arguments);
  jujubackup::RemoteCreateOptions options;
  if (!arguments.positionals().empty()) options.notes = arguments.positionals().front();
  options.download = !arguments.has("no-download");
  options.keep_copy = arguments.has("keep-copy");
  if (!file.empty()) check_can_save(file, arguments);

  jujubackup::Controller controller = connect(place, context);
  check_options(controller, options);
  if (!options.download) warn_without_download(controller.info().version, context.console);
  const jujubackup::RemoteBackup backup = controller.create(options, &context.job);
  tell_machine(backup.metadata, context.console);
  if (options.download && file.empty()) file = jujubackup::download_file_name(backup.metadata.started);
  const Form form = form_to_print(controller, arguments);
  tell_created(backup, form, file, context);
  // The ID has to be known also if the download fails.
  context.console.flush();
  if (!options.download) return exit_ok;

  Download download;
  download.id = backup.download_id;
  download.expected = backup.metadata;
  download.one_shot = backup.one_shot;
  download.left_as = backup.metadata.id.empty() ? backup.download_id : backup.metadata.id;
  fetch(controller, download, file, context);
  if (form == Form::juju_2_4 || form == Form::juju_2_8) context.console.info("Downloaded to " + printable(file) + ".");
  if (form == Form::juju_2_9_22) context.console.info("Downloaded to " + printable(file));
  return exit_ok;
}

}  // namespace cli
