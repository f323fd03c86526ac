// A point in time as Go writes it.
//
// Juju's files and answers hold times in the forms of Go's time package: RFC 3339 with up to nine digits of fraction, and
// the "zero time" 0001-01-01T00:00:00Z for "not set". Offsets are accepted on input; a Timestamp itself is UTC.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace [[gnu::visibility("default")]] jujubackup {

class Timestamp {
 public:
  // The zero time: not set.
  constexpr Timestamp() = default;
  // Seconds since 1970 UTC (may be negative) and 0..999,999,999 nanoseconds. Years 1 to 9999.
  static Timestamp from_unix(std::int64_t seconds, std::uint32_t nanoseconds = 0);
  static Timestamp now();
  // RFC 3339 with any offset and 0 or more digits of fraction; digits beyond nine are cut, as Go does. Throws Error(corrupt).
  static Timestamp parse_rfc3339(std::string_view text);

  constexpr bool is_zero() const noexcept { return seconds_ == zero_seconds && nanoseconds_ == 0; }
  constexpr std::int64_t unix_seconds() const noexcept { return seconds_; }
  constexpr std::uint32_t nanoseconds() const noexcept { return nanoseconds_; }

  // "2016-10-13T09:15:00.12Z": time.RFC3339Nano in UTC.
  std::string rfc3339() const;
  // "2016-10-13 09:15:00.12 +0000 UTC": Go's Time.String() in UTC.
  std::string go_string() const;
  // "20161013-091500": the form in backup IDs and file names.
  std::string compact() const;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes a part of the defaulted operator for a null pointer.
  friend constexpr auto operator<=>(const Timestamp&, const Timestamp&) = default;

 private:
  static constexpr std::int64_t zero_seconds = -62135596800;  // 0001-01-01T00:00:00Z
  std::int64_t seconds_ = zero_seconds;
  std::uint32_t nanoseconds_ = 0;
};

}  // namespace jujubackup
