#include <jujubackup/time.hpp>

#include <chrono>
#include <optional>

#include <fmt/format.h>

#include <jujubackup/error.hpp>

namespace jujubackup {
namespace {

constexpr std::int64_t first_second = -62135596800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t last_second = 253402300799;   // 9999-12-31T23:59:59Z
constexpr std::int64_t day_seconds = 86400;

struct Civil {
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

Civil civil_of(std::int64_t seconds) {
  const auto since = std::chrono::sys_seconds(std::chrono::seconds(seconds));
  const auto days = std::chrono::floor<std::chrono::days>(since);
  const std::chrono::year_month_day date(days);
  const auto rest = static_cast<unsigned>((since - days).count());
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          rest / 3600,
          rest / 60 % 60,
          rest % 60};
}

// ".12" for 120,000,000; nothing for 0.
std::string fraction_of(std::uint32_t nanoseconds) {
  if (nanoseconds == 0) return {};
  std::string text = fmt::format(".{:09}", nanoseconds);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // Exactly `digits` decimal digits.
  std::optional<unsigned> number(int digits) {
    unsigned value = 0;
    for (int i = 0; i < digits; ++i) {
      const auto next = digit();
      if (!next) return std::nullopt;
      value = value * 10 + *next;
    }
    return value;
  }
  std::optional<unsigned> digit() {
    if (at_end() || text_[at_] < '0' || text_[at_] > '9') return std::nullopt;
    return static_cast<unsigned>(text_[at_++] - '0');
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

std::int64_t clock_seconds(std::int64_t hours, std::int64_t minutes) { return (hours * 60 + minutes) * 60; }

std::optional<std::int64_t> seconds_of_date_and_time(Cursor& in) {
  const auto year = in.number(4);
  if (!year || !in.take('-')) return std::nullopt;
  const auto month = in.number(2);
  if (!month || !in.take('-')) return std::nullopt;
  const auto day = in.number(2);
  if (!day || !in.take('T')) return std::nullopt;
  const auto hour = in.number(2);
  if (!hour || !in.take(':')) return std::nullopt;
  const auto minute = in.number(2);
  if (!minute || !in.take(':')) return std::nullopt;
  const auto second = in.number(2);
  if (!second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month), std::chrono::day(*day));
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return days * day_seconds + clock_seconds(*hour, *minute) + *second;
}

// Nothing if a dot is not followed by a digit.
std::optional<std::uint32_t> optional_fraction(Cursor& in) {
  if (!in.take('.')) return 0;
  auto digit = in.digit();
  if (!digit) return std::nullopt;
  std::uint32_t nanoseconds = 0;
  for (std::uint32_t unit = 100'000'000; digit; digit = in.digit()) {
    nanoseconds += *digit * unit;
    unit /= 10;
  }
  return nanoseconds;
}

std::optional<std::int64_t> offset_seconds(Cursor& in) {
  if (in.take('Z')) return 0;
  const bool negative = in.take('-');
  if (!negative && !in.take('+')) return std::nullopt;
  const auto hours = in.number(2);
  if (!hours || !in.take(':')) return std::nullopt;
  const auto minutes = in.number(2);
  // Go lets 24 hours and 60 minutes pass, since some programs write them.
  if (!minutes || *hours > 24 || *minutes > 60) return std::nullopt;
  const std::int64_t offset = clock_seconds(*hours, *minutes);
  return negative ? -offset : offset;
}

struct Instant {
  std::int64_t seconds;
  std::uint32_t nanoseconds;
};

std::optional<Instant> instant_of(std::string_view text) {
  Cursor in(text);
  const auto local = seconds_of_date_and_time(in);
  if (!local) return std::nullopt;
  const auto nanoseconds = optional_fraction(in);
  if (!nanoseconds) return std::nullopt;
  const auto offset = offset_seconds(in);
  if (!offset || !in.at_end()) return std::nullopt;
  const std::int64_t seconds = *local - *offset;
  if (seconds < first_second || seconds > last_second) return std::nullopt;
  return Instant{seconds, *nanoseconds};
}

}  // namespace

Timestamp Timestamp::from_unix(std::int64_t seconds, std::uint32_t nanoseconds) {
  if (seconds < first_second || seconds > last_second || nanoseconds > 999'999'999) {
    throw Error(ErrorCode::invalid_argument, "time outside the years 1 to 9999");
  }
  Timestamp time;
  time.seconds_ = seconds;
  time.nanoseconds_ = nanoseconds;
  return time;
}

Timestamp Timestamp::now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds);
  return from_unix(seconds.count(), static_cast<std::uint32_t>(rest.count()));
}

Timestamp Timestamp::parse_rfc3339(std::string_view text) {
  const auto instant = instant_of(text);
  if (!instant) throw Error(ErrorCode::corrupt, "invalid time");
  return from_unix(instant->seconds, instant->nanoseconds);
}

std::string Timestamp::rfc3339() const {
  const Civil c = civil_of(seconds_);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", c.year, c.month, c.day, c.hour, c.minute, c.second,
                     fraction_of(nanoseconds_));
}

std::string Timestamp::go_string() const {
  const Civil c = civil_of(seconds_);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}{} +0000 UTC", c.year, c.month, c.day, c.hour, c.minute, c.second,
                     fraction_of(nanoseconds_));
}

std::string Timestamp::compact() const {
  const Civil c = civil_of(seconds_);
  return fmt::format("{:04}{:02}{:02}-{:02}{:02}{:02}", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

}  // namespace jujubackup
