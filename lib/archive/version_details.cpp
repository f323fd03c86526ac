// Here and not with library_version(), because it asks rooms above base.
#include <archive.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <zlib.h>

#include <jujubackup/version.hpp>

#include "deflate/deflate.hpp"

namespace jujubackup {

std::string library_version_details() {
  const int libarchive = archive_version_number();  // 3006002 for 3.6.2
  const deflate::Engines engines = deflate::engines();
  // fmt cannot be asked at run time.
  return fmt::format(
      "libjujubackup {} (libarchive {}.{}.{}, zlib {}, OpenSSL {}, fmt {}.{}.{}; fast: {}, standard: {}, compact: {}, members: {}, "
      "streams: {})",
      library_version(), libarchive / 1000000, libarchive / 1000 % 1000, libarchive % 1000, zlibVersion(),
      OpenSSL_version(OPENSSL_VERSION_STRING), FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100, engines.fast,
      engines.standard, engines.compact, engines.members, engines.streams);
}

}  // namespace jujubackup
