// Which mongod it is.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace jujubackup::machine {

using MongodVersion = std::array<int, 3>;  // major, minor, patch

// From "db version v4.4.30", the first line of mongod --version.
std::optional<MongodVersion> parse_mongod_version(std::string_view output);

// Runs the program; nothing if it does not say.
std::optional<MongodVersion> mongod_version(const std::string& program);

}  // namespace jujubackup::machine
