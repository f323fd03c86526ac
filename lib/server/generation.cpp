#include "server/generation.hpp"

#include <tuple>

#include <jujubackup/error.hpp>

namespace jujubackup {

bool Generation::at_least(std::uint32_t major, std::uint32_t minor, std::uint32_t patch) const noexcept {
  return std::tuple(version.major, version.minor, version.tag.empty() ? version.patch : 0U) >= std::tuple(major, minor, patch);
}

Generation::Generation(const JujuVersion& release) : version(release) {
  if (!at_least(2, 0) || release.is_unknown()) {
    throw Error(ErrorCode::invalid_argument, "a controller of Juju " + release.to_string() + " cannot be emulated: 2.0 and later can");
  }
  if (at_least(4, 0)) return;
  era = at_least(2, 9, 22) ? Era::files : at_least(2, 4) ? Era::on_request : Era::database;
}

}  // namespace jujubackup
