#include <jujubackup/version.hpp>

#include <fmt/format.h>

namespace jujubackup {

std::string library_version() {
  return fmt::format("{}.{}.{}", JUJUBACKUP_VERSION_MAJOR, JUJUBACKUP_VERSION_MINOR, JUJUBACKUP_VERSION_PATCH);
}

}  // namespace jujubackup
