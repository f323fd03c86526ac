// The version of this library.
#pragma once

#include <string>

#define JUJUBACKUP_VERSION_MAJOR 0
#define JUJUBACKUP_VERSION_MINOR 1
#define JUJUBACKUP_VERSION_PATCH 0

namespace [[gnu::visibility("default")]] jujubackup {

// "0.1.0" of the library that is running.
std::string library_version();
// One line a bug report wants: "libjujubackup 0.1.0 (libarchive 3.6.2, zlib 1.2.13, OpenSSL 3.0.19, fmt 9.1.0)".
std::string library_version_details();

}  // namespace jujubackup
