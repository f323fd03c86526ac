// How a record is printed: shared by the commands that make, list and show backups.
#pragma once

#include <string>

#include <jujubackup/store.hpp>

#include "arguments.hpp"

namespace cli {

// --style 2.0|2.8
Option style_option();

// By --format and --style.
std::string metadata_text(const jujubackup::Metadata& metadata, const Arguments& arguments);
std::string record_text(const jujubackup::BackupRecord& record, const Arguments& arguments);

}  // namespace cli
