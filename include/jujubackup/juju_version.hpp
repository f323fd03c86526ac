// A Juju version number: 2.0.0, 2.9-beta1.1, 3.6.22 (juju/version).
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace [[gnu::visibility("default")]] jujubackup {

struct JujuVersion {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::string tag;          // "", "alpha", "beta", "rc": letters a-z, at least two
  std::uint32_t patch = 0;  // with a tag: the number after the tag
  std::uint32_t build = 0;

  // M.m.p, M.m-tagN, either with .build. Throws Error(corrupt), e.g. `invalid version "x"`.
  static JujuVersion parse(std::string_view text);
  // 9999.9999.9999: what Juju puts where it does not know.
  static JujuVersion unknown();

  // 0.0.0, what a missing key gives.
  bool is_zero() const noexcept;
  bool is_unknown() const noexcept;
  std::string to_string() const;

  // By major, minor; then tagged before untagged, tags by name; then patch, build.
  std::strong_ordering operator<=>(const JujuVersion& other) const noexcept;
  bool operator==(const JujuVersion& other) const noexcept = default;
};

}  // namespace jujubackup
