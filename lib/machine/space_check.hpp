// Juju's check of free space before a backup (2.9.19+).
#pragma once

#include <cstdint>
#include <string>

#include "io/walk.hpp"

namespace jujubackup::machine {

// Error(no_space) `not enough free space in "<dir>"; want <n>MiB, have <m>MiB` unless the volume holds `needed_bytes` and a margin: the
// larger of a fifth of them and the smaller of 5 GiB and a tenth of the volume.
void check_space(const std::string& directory, std::uint64_t needed_bytes, const Space& space);

}  // namespace jujubackup::machine
