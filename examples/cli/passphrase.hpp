// Passphrases come from a terminal or a file: everybody on the machine can read the arguments of a process.
#pragma once

#include <optional>
#include <string>

#include <jujubackup/encryption.hpp>

namespace cli {

// The first line of a file or pipe.
jujubackup::Secret read_passphrase_file(const std::string& path);

// Asks on the terminal of this process, whatever standard input is, and shows nothing of the answer. Nothing without a terminal.
std::optional<jujubackup::Secret> ask_passphrase(const std::string& prompt);
// A new one: asked twice, Error if the answers differ or if there is no terminal.
jujubackup::Secret ask_new_passphrase();

}  // namespace cli
