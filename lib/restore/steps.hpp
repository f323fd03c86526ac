// The steps of each kind of restore, in order.
#pragma once

#include <string>
#include <vector>

#include <jujubackup/restore.hpp>

#include "restore/planning.hpp"

namespace jujubackup::restore {

std::vector<RestoreStep> make_steps(const Planning& planning);

// What the target has now and mongorestore or the merge will change, sorted; none where the database is not known or to be new.
std::vector<std::string> namespaces_to_save(const Planning& planning);
// Unit files below init/ in root.tar that belong to `service`.
std::vector<std::string> unit_files_of(const BackupFacts& backup, const std::string& service);
// The cloud's name of the machine after the restore; "" if it is not known.
std::string instance_id_after(const Planning& planning);

}  // namespace jujubackup::restore
