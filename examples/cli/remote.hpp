// What the commands that speak to a controller share: how Juju of that release prints, and downloads that end well or say what is left.
#pragma once

#include <optional>
#include <string>

#include <jujubackup/controller.hpp>

#include "command.hpp"

namespace cli {

// So that it can be copied into a shell.
std::string shell_word(const std::string& text);

// Which release's words to use.
enum class Form {
  juju_2_0,     // 2.0 - 2.3: IDs and "downloading to" on standard output
  juju_2_4,     // 2.4 - 2.7: create-backup prints nothing but information
  juju_2_8,     // 2.8 - 2.9.21: blocks of metadata
  juju_2_9_22,  // and later: no IDs
};
Form form_of(const jujubackup::Controller& controller);
// That of the controller, or of --style where it was given.
Form form_to_print(const jujubackup::Controller& controller, const Arguments& arguments);

// By --format, or else in that form: the twelve lines or the block, as Juju prints them on standard output.
std::string remote_text(const jujubackup::Metadata& metadata, Form form, const Arguments& arguments);
// With --verbose, where there is more than one controller machine: which one made the backup, and so has it.
void tell_machine(const jujubackup::Metadata& metadata, Console& console);

struct Download {
  std::string id;  // what Controller::download takes
  std::optional<jujubackup::Metadata> expected{};
  bool one_shot = false;  // it is deleted when it was downloaded
  std::string left_as{};  // what download-backup can fetch again after a failure
};
// To a file, or to standard output for "-". Before an Error it says where the backup still is, and how to get it.
void fetch(jujubackup::Controller& controller, const Download& download, const std::string& path, Context& context);

}  // namespace cli
