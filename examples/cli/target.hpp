// Which store, and which backup in it or archive file beside it, the arguments speak of.
#pragma once

#include <memory>
#include <string>

#include <jujubackup/archive.hpp>
#include <jujubackup/io.hpp>
#include <jujubackup/job.hpp>
#include <jujubackup/store.hpp>

#include "arguments.hpp"

namespace cli {

// --store, else $JUJUBACKUP_STORE, else the user's own.
jujubackup::BackupStore open_store(const Arguments& arguments);

// An archive file if `target` holds a "/" or names a file that exists, else an ID of the store.
bool is_path(const std::string& target);

// The record of a backup in the store. An Error about an unknown ID says where it was looked for.
jujubackup::BackupRecord show_record(jujubackup::BackupStore& store, const std::string& id, jujubackup::Job& job);
// The bytes of a backup in the store, or of the file at a path.
std::unique_ptr<jujubackup::Source> open_target(const Arguments& arguments, const std::string& target, jujubackup::Job& job);
jujubackup::Archive open_archive(const Arguments& arguments, const std::string& target, jujubackup::Job& job);

}  // namespace cli
