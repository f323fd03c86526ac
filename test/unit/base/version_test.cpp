#include <jujubackup/version.hpp>

#include "test_support.hpp"

TEST_CASE("the version says what is running") {
  CHECK(jujubackup::library_version() == "0.1.0");
  const std::string details = jujubackup::library_version_details();
  CAPTURE(details);
  CHECK(details.starts_with("libjujubackup 0.1.0 (libarchive 3."));
  for (const char* part : {", zlib 1.", ", OpenSSL 3.", ", fmt ", "; fast: ", ", standard: ", ", compact: ", ", members: ", ", streams: "})
    CHECK(details.find(part) != std::string::npos);
  CHECK(details.back() == ')');
  CHECK(details.find('\n') == std::string::npos);
}
