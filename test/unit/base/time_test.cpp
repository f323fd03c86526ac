#include <jujubackup/time.hpp>

#include "test_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::Timestamp;

TEST_CASE("times are read and written as Go does") {
  struct Case {
    const char *text, *rfc3339, *go, *compact;
  };
  const Case cases[] = {
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01 00:00:00 +0000 UTC", "00010101-000000"},
      {"2016-10-13T09:15:00Z", "2016-10-13T09:15:00Z", "2016-10-13 09:15:00 +0000 UTC", "20161013-091500"},
      {"2016-10-13T09:15:00.120Z", "2016-10-13T09:15:00.12Z", "2016-10-13 09:15:00.12 +0000 UTC", "20161013-091500"},
      {"2016-10-13T09:15:00.000000001Z", "2016-10-13T09:15:00.000000001Z", "2016-10-13 09:15:00.000000001 +0000 UTC", "20161013-091500"},
      {"2016-10-13T09:15:00.0Z", "2016-10-13T09:15:00Z", "2016-10-13 09:15:00 +0000 UTC", "20161013-091500"},
      // More digits than nanoseconds are cut, not rounded.
      {"2016-10-13T09:15:00.999999999999999999999Z", "2016-10-13T09:15:00.999999999Z", "2016-10-13 09:15:00.999999999 +0000 UTC",
       "20161013-091500"},
      {"2016-12-31T23:30:00-01:30", "2017-01-01T01:00:00Z", "2017-01-01 01:00:00 +0000 UTC", "20170101-010000"},
      {"2017-01-01T00:00:00.5+00:01", "2016-12-31T23:59:00.5Z", "2016-12-31 23:59:00.5 +0000 UTC", "20161231-235900"},
      {"2016-02-29T12:00:00+24:00", "2016-02-28T12:00:00Z", "2016-02-28 12:00:00 +0000 UTC", "20160228-120000"},
      {"1969-12-31T23:59:59.25Z", "1969-12-31T23:59:59.25Z", "1969-12-31 23:59:59.25 +0000 UTC", "19691231-235959"},
      {"9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z", "9999-12-31 23:59:59.999999999 +0000 UTC", "99991231-235959"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    const Timestamp time = Timestamp::parse_rfc3339(c.text);
    CHECK(time.rfc3339() == c.rfc3339);
    CHECK(time.go_string() == c.go);
    CHECK(time.compact() == c.compact);
    CHECK(Timestamp::parse_rfc3339(time.rfc3339()) == time);
    CHECK(Timestamp::from_unix(time.unix_seconds(), time.nanoseconds()) == time);
  }
}

TEST_CASE("what is no time is refused") {
  const char* const cases[] = {
      "",
      "2016",
      "2016-10-13",
      "2016-10-13 09:15:00Z",
      "2016-10-13T09:15:00",
      "2016-10-13T09:15:00z",
      "2016-10-13t09:15:00Z",
      "2016-10-13T09:15Z",
      "2016-10-13T09:15:00.Z",
      "2016-10-13T09:15:00,5Z",
      "2016-10-13T09:15:00Z ",
      " 2016-10-13T09:15:00Z",
      "2016-10-13T24:00:00Z",
      "2016-10-13T09:60:00Z",
      "2016-10-13T09:15:60Z",
      "2016-13-13T09:15:00Z",
      "2016-00-13T09:15:00Z",
      "2016-10-00T09:15:00Z",
      "2016-02-30T09:15:00Z",
      "2015-02-29T09:15:00Z",
      "1900-02-29T09:15:00Z",
      "2016-10-13T09:15:00+1:00",
      "2016-10-13T09:15:00+0100",
      "2016-10-13T09:15:00+25:00",
      "2016-10-13T09:15:00+01:61",
      "+016-10-13T09:15:00Z",
      "0000-12-31T00:00:00Z",
      "0001-01-01T00:00:00+00:01",
      "9999-12-31T23:59:59-00:01",
  };
  for (const char* text : cases) {
    CAPTURE(text);
    const auto error = test::error_of([&] { Timestamp::parse_rfc3339(text); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::corrupt);
    CHECK(error->message() == "invalid time");
  }
}

TEST_CASE("a time cut anywhere is refused") {
  const std::string whole = "2016-10-13T09:15:00.12+01:00";
  for (std::size_t n = 0; n < whole.size(); ++n) {
    CAPTURE(n);
    CHECK(test::error_of([&] { Timestamp::parse_rfc3339(whole.substr(0, n)); }));
  }
}

TEST_CASE("zero, order and range") {
  CHECK(Timestamp().is_zero());
  CHECK(Timestamp().unix_seconds() == -62135596800);
  CHECK_FALSE(Timestamp::from_unix(0).is_zero());
  CHECK_FALSE(Timestamp::from_unix(-62135596800, 1).is_zero());
  CHECK(Timestamp() < Timestamp::from_unix(-62135596800, 1));
  CHECK(Timestamp::from_unix(5, 999999999) < Timestamp::from_unix(6));
  CHECK(Timestamp::from_unix(5, 2) > Timestamp::from_unix(5, 1));
  CHECK(Timestamp::now() > Timestamp::parse_rfc3339("2024-01-01T00:00:00Z"));
  for (const auto& [seconds, nanoseconds] : {std::pair<std::int64_t, std::uint32_t>{-62135596801, 0}, {253402300800, 0}, {0, 1000000000}}) {
    const auto error = test::error_of([s = seconds, n = nanoseconds] { Timestamp::from_unix(s, n); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::invalid_argument);
  }
}
