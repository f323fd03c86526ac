// What Juju's files say about a client directory, for a record: names, never secrets.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <jujubackup/client_backup.hpp>

namespace jujubackup::client {

using Texts = std::map<std::string, std::string, std::less<>>;  // of Juju's files, by their path in the directory

// The text of one of them; "" if it is not there, which Juju reads as empty as well.
std::string_view text_of(const Texts& texts, std::string_view path);

// Fills in the controllers. A file that cannot be read is a warning with line or key, as files.hpp says.
void describe_controllers(const Texts& texts, ClientBackupRecord& record);

}  // namespace jujubackup::client
