#include <jujubackup/juju_version.hpp>

#include "test_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::JujuVersion;

TEST_CASE("versions are read and written") {
  struct Case {
    const char* text;
    JujuVersion version;
  };
  const Case cases[] = {
      {"2.0.0", {2, 0, "", 0, 0}},
      {"2.9.4.1", {2, 9, "", 4, 1}},
      {"2.9-beta1.1", {2, 9, "beta", 1, 1}},
      {"3.0-rc12", {3, 0, "rc", 12, 0}},
      {"1.21-alpha1", {1, 21, "alpha", 1, 0}},
      {"9999.9999.9999", {9999, 9999, "", 9999, 0}},
      {"999999999.999999999.999999999.999999999", {999999999, 999999999, "", 999999999, 999999999}},
      {"0.0.0", {}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    CHECK(JujuVersion::parse(c.text) == c.version);
    CHECK(c.version.to_string() == c.text);
  }
  CHECK(JujuVersion::parse("02.00.01.0").to_string() == "2.0.1");
}

TEST_CASE("what is no version is refused") {
  const char* const cases[] = {"",          "2",          "2.0",          "2.0.",           "2.0.0.",         "2.0.0.0.0",    "2.0.x",
                               ".0.0",      "2..0",       "2.0-beta",     "2.0-1",          "2.0-b1",         "2.0-Beta1",    "2.0-beta.1",
                               "2.0.beta1", "2.0-beta1.", "2.0beta1",     "2.0.0-beta1",    "-2.0.0",         " 2.0.0",       "2.0.0 ",
                               "+2.0.0",    "2.0.0\n",    "2.0-beta1-rc", "1234567890.0.0", "2.0.1234567890", "2.0-beta1.1.1"};
  for (const char* text : cases) {
    CAPTURE(text);
    const auto error = test::error_of([&] { JujuVersion::parse(text); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::corrupt);
    CHECK(error->message().starts_with("invalid version \""));
  }
  CHECK(test::error_of([] { JujuVersion::parse("x"); })->message() == "invalid version \"x\"");
  // Nothing that could drive a terminal gets out.
  CHECK(test::error_of([] { JujuVersion::parse("\x1b[2J"); })->message() == "invalid version \"\\x1b[2J\"");
}

TEST_CASE("versions in their order") {
  const char* const ordered[] = {"0.0.0",     "1.20.0",     "1.21-alpha1", "1.21-alpha1.1", "1.21-beta1",    "1.21.0", "2.0-alpha10",
                                 "2.0-beta3", "2.0-beta12", "2.0-rc1",     "2.0.0",         "2.0.0.1",       "2.0.1",  "2.9.9",
                                 "2.9.31",    "2.9.32",     "2.10-beta1",  "3.0-rc1",       "9999.9999.9999"};
  for (std::size_t i = 0; i < std::size(ordered); ++i) {
    for (std::size_t k = 0; k < std::size(ordered); ++k) {
      CAPTURE(ordered[i]);
      CAPTURE(ordered[k]);
      const auto order = JujuVersion::parse(ordered[i]) <=> JujuVersion::parse(ordered[k]);
      CHECK((order == (i <=> k)));
      CHECK((JujuVersion::parse(ordered[i]) == JujuVersion::parse(ordered[k])) == (i == k));
    }
  }
}

TEST_CASE("the two special versions") {
  CHECK(JujuVersion().is_zero());
  CHECK_FALSE(JujuVersion().is_unknown());
  CHECK(JujuVersion::unknown().is_unknown());
  CHECK_FALSE(JujuVersion::unknown().is_zero());
  CHECK(JujuVersion::unknown().to_string() == "9999.9999.9999");
  CHECK_FALSE(JujuVersion::parse("9999.9999.9999.1").is_unknown());
  CHECK_FALSE(JujuVersion::parse("0.0-beta0").is_zero());
}
