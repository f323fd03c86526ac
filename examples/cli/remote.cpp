#include "remote.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <jujubackup/error.hpp>
#include <jujubackup/io.hpp>

#include "document.hpp"
#include "output.hpp"

namespace cli {
namespace {

std::string command_to_fetch(const std::string& id, const Arguments& arguments) {
  std::string out = "jujubackup download-backup";
  for (const char* name : {"store", "model", "controller"}) {
    if (arguments.has(name)) out += std::string(" --") + name + " " + shell_word(arguments.get(name));
  }
  return out + " " + shell_word(id);
}

// Whether the controller answered, and would not give the archive.
bool was_refused(const jujubackup::Error& error, const jujubackup::Progress& progress) {
  switch (error.code()) {
    case jujubackup::ErrorCode::program:
    case jujubackup::ErrorCode::not_found:
    case jujubackup::ErrorCode::invalid_argument: return progress.done_bytes == 0;
    default: return false;
  }
}

void tell_what_is_left(const jujubackup::Error& error, const Download& download, Context& context) {
  const jujubackup::Progress progress = context.job.snapshot();
  const bool asked = progress.phase == jujubackup::Phase::copying || progress.phase == jujubackup::Phase::publishing;
  if (error.code() == jujubackup::ErrorCode::unsupported) return;
  if (asked && was_refused(error, progress)) {
    if (download.one_shot) {
      context.console.warning(
          "such a backup can be downloaded once, from the controller machine that made it: it may be gone, or on another one");
    }
    return;
  }
  const std::string again = command_to_fetch(download.left_as, context.arguments);
  context.console.warning(download.one_shot && asked
                              ? "the controller may have deleted the backup when the download began; if it did not, this fetches it: " +
                                    again
                              : "the backup is still on the controller; this fetches it: " + again);
}

}  // namespace

std::string shell_word(const std::string& text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

Form form_of(const jujubackup::Controller& controller) {
  const jujubackup::JujuVersion& version = controller.info().version;
  const auto before = [&](std::uint32_t minor) { return version.major < 2 || (version.major == 2 && version.minor < minor); };
  if (before(4)) return Form::juju_2_0;
  if (before(8)) return Form::juju_2_4;
  // With the last of 2.9.21 went all that is stored.
  return controller.offers().stored ? Form::juju_2_8 : Form::juju_2_9_22;
}

Form form_to_print(const jujubackup::Controller& controller, const Arguments& arguments) {
  const Form form = form_of(controller);
  const std::string style = arguments.get("style");
  if (style == "2.0") return Form::juju_2_0;
  if (style == "2.8") return std::max(form, Form::juju_2_8);
  return form;
}

std::string remote_text(const jujubackup::Metadata& metadata, Form form, const Arguments& arguments) {
  const std::string format = arguments.get("format", "text");
  if (format == "json") return to_json(metadata);
  if (format == "yaml") return to_yaml(metadata);
  if (form < Form::juju_2_8) return text_2_0(metadata);
  jujubackup::Metadata shown = metadata;
  // 2.9 sends both from 2.9.35 on, and its client shows the base only where there is no series.
  if (shown.base && (shown.base->empty() || shown.version.major < 3) && shown.series && !shown.series->empty()) shown.base.reset();
  // Juju prints its block with one more newline. It quotes nothing, so what a controller sends is made harmless here.
  return printable_lines(text_2_8(shown, form == Form::juju_2_8)) + "\n";
}

void tell_machine(const jujubackup::Metadata& metadata, Console& console) {
  const bool other = !metadata.machine.empty() && metadata.machine != "0";
  if (metadata.ha_nodes <= 1 && !other) return;
  std::string text = "made by controller machine " + printable(metadata.machine) + " (" + printable(metadata.hostname) + ")";
  if (metadata.ha_nodes > 1) text += " of " + std::to_string(metadata.ha_nodes);
  console.detail(text + "; files that it kept are on that machine alone");
}

void fetch(jujubackup::Controller& controller, const Download& download, const std::string& path, Context& context) {
  if (download.one_shot) {
    std::string text = "the controller deletes its copy once it was downloaded, so this is the only time";
    std::error_code error;
    const std::filesystem::space_info space = std::filesystem::space(directory_of(path), error);
    if (!download.expected && path != "-" && !error)
      text += "; its size is not known, and " + size_text(space.available) + " are free here";
    context.console.info(text);
  }
  try {
    check_can_save(path, context.arguments);
    const jujubackup::Metadata* expected = download.expected ? &*download.expected : nullptr;
    save(*controller.download(download.id, expected, &context.job), path, context);
  } catch (const jujubackup::Error& error) {
    tell_what_is_left(error, download, context);
    throw;
  }
}

}  // namespace cli
