// Telling encrypted files from others.
#pragma once

#include <cstddef>
#include <string>

#include <jujubackup/error.hpp>

namespace jujubackup {

// How much of a file is_encrypted() wants to see.
inline constexpr std::size_t encrypted_head_bytes = 64;

// `<name> is encrypted: an identity is needed`
Error encrypted_unopened(const std::string& name);

}  // namespace jujubackup
