// What the commands about the Juju client's directory share.
#pragma once

#include <optional>
#include <string>

#include <jujubackup/client_backup.hpp>

#include "command.hpp"

namespace cli {

// --client-dir
Option client_dir_option();
// --no-cookie-jar
Option no_cookie_jar_option(std::string help);

// What --client-dir says; "" for that of the Juju client.
std::string client_dir(const Arguments& arguments);

// A warning if a restore to the directory was interrupted, or is neither committed nor undone; and what it is.
std::optional<jujubackup::UnfinishedClientRestore> tell_unfinished(const std::string& directory, Console& console);

}  // namespace cli
