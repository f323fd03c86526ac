// Passwords live in files: everybody on the machine can read the arguments of a process.
#pragma once

#include <string>

namespace cli {

// The first line of the file. SECRET.
std::string read_password(const std::string& path);

// The same; where the file is missing it is made, 0600, with a password that nobody can guess. `made` tells.
std::string read_or_make_password(const std::string& path, bool& made);

}  // namespace cli
