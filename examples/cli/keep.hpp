// What download-backup and upload-backup are where no controller is in use.
#pragma once

#include <memory>
#include <string>

#include <jujubackup/io.hpp>

#include "command.hpp"

namespace cli {

int add_backup(Context& context);
int get_backup(Context& context);

// A file, or standard input for "-".
std::unique_ptr<jujubackup::Source> open_input(const std::string& path);

}  // namespace cli
