#include "machine/space_check.hpp"

#include <algorithm>

#include <jujubackup/error.hpp>

#include "base/text.hpp"

namespace jujubackup::machine {

void check_space(const std::string& directory, std::uint64_t needed_bytes, const Space& space) {
  constexpr std::uint64_t mib = 1u << 20;
  const std::uint64_t needed_mib = needed_bytes / mib + (needed_bytes % mib != 0 ? 1 : 0);
  const std::uint64_t margin_mib = std::max(needed_mib / 5, std::min(std::uint64_t{5} << 10, space.total_bytes / mib / 10));
  const std::uint64_t want_mib = needed_mib + margin_mib;
  const std::uint64_t have_mib = space.free_bytes / mib;
  if (have_mib >= want_mib) return;
  throw Error(ErrorCode::no_space,
              "not enough free space in " + go_quote(directory) + "; want " + std::to_string(want_mib) + "MiB, have " +
                  std::to_string(have_mib) + "MiB",
              true);
}

}  // namespace jujubackup::machine
