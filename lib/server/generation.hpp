// Which release of Juju to be.
#pragma once

#include <cstdint>

#include <jujubackup/juju_version.hpp>

namespace jujubackup {

// Where a controller of that time has its backups.
enum class Era {
  database,    // 2.0 - 2.3: each is kept
  on_request,  // 2.4 - 2.9.21: those that are to be kept; others wait in a file for their one download
  files,       // 2.9.22 - 3.x: files alone
  none,        // 4.x: there are none
};

struct Generation {
  // Error(invalid_argument) for what is older than 2.0.
  explicit Generation(const JujuVersion& version);
  JujuVersion version;
  Era era = Era::none;
  // Betas and candidates count as the release that they lead to.
  bool at_least(std::uint32_t major, std::uint32_t minor, std::uint32_t patch = 0) const noexcept;
  bool keeps() const noexcept { return era == Era::database || era == Era::on_request; }
};

}  // namespace jujubackup
