// Files with a key on each line.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <jujubackup/encryption.hpp>

namespace jujubackup::age {

// Without white space at both ends.
std::string_view trimmed(std::string_view text) noexcept;

// All of a file or pipe; Error(limit) beyond 1 MiB.
Secret read_key_file(const std::string& path);

// Calls `use` with each line, trimmed, but for empty ones and comments; an Error from it gets the line's number as context.
void for_each_key_line(std::string_view text, const std::function<void(std::string_view line)>& use);

}  // namespace jujubackup::age
