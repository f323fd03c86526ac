// Backup IDs and the file names that follow from them (spec: juju state/backups, metadata ID).
#pragma once

#include <string>
#include <string_view>

#include <jujubackup/time.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

// YYYYMMDD-HHMMSS.<UUID of the controller model>, from the start time in UTC. Has a resolution of one second.
// A zero `started` gives "00010101-000000", an empty `model_uuid` gives "<unknown>", as Juju does.
std::string make_backup_id(const Timestamp& started, std::string_view model_uuid);

// Whether `text` has the form of an ID and is safe as a part of a file name: fifteen characters of date and time that name a
// real moment, a dot, then 1 to 200 of [A-Za-z0-9_.<>-] that do not begin with a dot.
bool is_backup_id(std::string_view text) noexcept;

// "juju-backup-<ID>.tar.gz": what download-backup writes (2.0 - 2.9.21) and what the directory store uses.
std::string archive_file_name(std::string_view backup_id);

// "juju-backup-YYYYMMDD-HHMMSS.tar.gz": what create-backup downloads to.
std::string download_file_name(const Timestamp& started);

}  // namespace jujubackup
