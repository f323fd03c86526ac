// Which version of the Backups facade to speak with a release, and what to say of that which it lacks. What it has: offers_of().
#pragma once

#include <span>

#include <jujubackup/controller.hpp>
#include <jujubackup/error.hpp>

namespace jujubackup {

// 0: none that this library knows. The methods of 1, 2 and 3 differ: see offers_of().
int choose_backups_version(const JujuVersion& server, std::span<const int> facade_versions);

enum class Wanted { create, keep_copy, list, show, download, upload, remove, restore };

// Error(unsupported) that says what there is instead.
Error lacks(Wanted wanted, const ControllerInfo& info);

}  // namespace jujubackup
