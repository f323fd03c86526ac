// Which paths of a controller machine are Juju's to replace.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/restore.hpp>

namespace jujubackup::restore {

// What `path` (relative to /) is replaced together with: "var/lib/juju/tools" for all below it, one folder below agents/ for each machine
// agent, single files for the rest; "" for what is not Juju's. Agents of units stay where they are, since no backup holds them.
std::string owned_unit(std::string_view path, std::string_view data_dir);
// Whether `path` is a folder on the way to something owned, such as "var/lib".
bool leads_to_owned(std::string_view path, std::string_view data_dir);

// The units that the backup would put in place, sorted.
std::vector<std::string> units_of(const BackupFacts& backup);
// Those and what is there now and would not fit to them: other machine agents, init, tools.
std::vector<std::string> units_to_save(const BackupFacts& backup, const TargetFacts& target);

}  // namespace jujubackup::restore
