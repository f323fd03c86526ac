#include <jujubackup/version.hpp>

#include <archive.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <zlib.h>

namespace jujubackup {

std::string library_version() {
  return fmt::format("{}.{}.{}", JUJUBACKUP_VERSION_MAJOR, JUJUBACKUP_VERSION_MINOR, JUJUBACKUP_VERSION_PATCH);
}

std::string library_version_details() {
  const int libarchive = archive_version_number();  // 3006002 for 3.6.2
  // fmt cannot be asked at run time.
  return fmt::format("libjujubackup {} (libarchive {}.{}.{}, zlib {}, OpenSSL {}, fmt {}.{}.{})", library_version(), libarchive / 1000000,
                     libarchive / 1000 % 1000, libarchive % 1000, zlibVersion(), OpenSSL_version(OPENSSL_VERSION_STRING),
                     FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
}

}  // namespace jujubackup
