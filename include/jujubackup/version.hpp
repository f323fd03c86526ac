// The version of this library.
#pragma once

#include <string>

#define JUJUBACKUP_VERSION_MAJOR 0
#define JUJUBACKUP_VERSION_MINOR 1
#define JUJUBACKUP_VERSION_PATCH 0

namespace [[gnu::visibility("default")]] jujubackup {

// "0.1.0" of the library that is running.
std::string library_version();
// One line a bug report wants, with the libraries it works with and what compresses and inflates in this build:
// "libjujubackup 0.1.0 (libarchive 3.6.2, zlib 1.2.13, OpenSSL 3.0.19, fmt 9.1.0; fast: ISA-L 2.30.0 level 1, standard: libdeflate 1.14
// level 6, compact: libdeflate 1.14 level 8, members: libdeflate 1.14, streams: ISA-L 2.30.0)".
std::string library_version_details();

}  // namespace jujubackup
