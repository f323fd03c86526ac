// What no backup of Juju holds and what would do harm when put in place as root.
#pragma once

#include <string>
#include <vector>

#include <jujubackup/restore.hpp>

namespace jujubackup::restore {

// Links in root.tar that lead elsewhere than to Juju's own files, set-user-id and set-group-id bits, and what the verification said of
// devices and unsafe names. At most 100.
std::vector<std::string> find_dangers(const BackupFacts& facts);

}  // namespace jujubackup::restore
