#include "base/json.hpp"

#include <cmath>
#include <limits>

#include "test_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::JsonStyle;
using jujubackup::parse_json;
using jujubackup::TextLimits;
using jujubackup::Value;
using jujubackup::write_json;

TEST_CASE("JSON is read and written again") {
  struct Case {
    std::string in, out;
  };
  const Case cases[] = {
      {"null", "null"},
      {" true\n", "true"},
      {"[ ]", "[]"},
      {"{ }", "{}"},
      {R"({"b":1,"a":[null,false,{"c":"d"}]})", R"({"b":1,"a":[null,false,{"c":"d"}]})"},
      {R"({"a":1,"a":2})", R"({"a":1,"a":2})"},
      {"[-0,-0.0,-0e9,0.0]", "[0,0,0,0]"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"9223372036854775808", "9223372036854775808"},
      {"18446744073709551615", "18446744073709551615"},
      {"18446744073709551616", "18446744073709552000"},
      {"-9223372036854775809", "-9223372036854776000"},
      {"1.50", "1.5"},
      {"1e3", "1000"},
      {R"("A\/\u00fc\ud83d\ude00")", "\"A/\u00fc\U0001f600\""},
  };
  for (const auto& c : cases) {
    CAPTURE(c.in);
    CHECK(write_json(parse_json(c.in)) == c.out);
  }
}

TEST_CASE("kinds of numbers") {
  REQUIRE(parse_json("9223372036854775807").integer());
  CHECK(*parse_json("9223372036854775807").integer() == INT64_MAX);
  REQUIRE(parse_json("9223372036854775808").unsigned_integer());
  CHECK(*parse_json("9223372036854775808").unsigned_integer() == std::uint64_t{1} << 63);
  REQUIRE(parse_json("18446744073709551616").real());
  CHECK(*parse_json("18446744073709551616").real() == 18446744073709551616.0);
  CHECK(parse_json("1.0").real() != nullptr);
  CHECK(parse_json("1.0").integer() == nullptr);
}

TEST_CASE("bad JSON is refused with its place and without its text") {
  struct Case {
    std::string in;
    std::string message;
  };
  const Case cases[] = {
      {"", "invalid JSON at byte 1"},
      {"{", "invalid JSON at byte 2"},
      {"{}x", "invalid JSON at byte 3"},
      {"{} {}", "invalid JSON at byte 4"},
      {R"({"a":secret})", "invalid JSON at byte 6"},
      {R"(["a\xsecret"])", "invalid JSON at byte 5"},
      {"[1,]", "invalid JSON at byte 4"},
      {"\"\xff\"", "invalid JSON at byte 2"},
      {"\"\\ud800\"", "invalid JSON at byte 8"},
      {"\"a\nb\"", "invalid JSON at byte 3"},
      {"1e999", "invalid JSON at byte 5"},
      {std::string("1\0", 2), "invalid JSON at byte 2"},
      {std::string("{}\0{\"a\":1}", 10), "invalid JSON at byte 3"},
      {"\xef\xbb\xbf{}", "invalid JSON at byte 1"},
      {"NaN", "invalid JSON at byte 1"},
      {"01", "invalid JSON at byte 2"},
      {"'a'", "invalid JSON at byte 1"},
      {"/*c*/1", "invalid JSON at byte 1"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.in);
    const auto error = test::error_of([&] { parse_json(c.in); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::corrupt);
    CHECK(error->message() == c.message);
  }
}

TEST_CASE("JSON cut anywhere is refused") {
  const std::string whole = R"({"a":[1,-2.5e3,"x\u0041\n"],"b":{"c":null,"d":true}})";
  parse_json(whole);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    CAPTURE(n);
    const auto error = test::error_of([&] { parse_json(std::string_view(whole).substr(0, n)); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::corrupt);
  }
}

TEST_CASE("the number of JSON values has a limit") {
  TextLimits limits;
  limits.max_values = 4;
  CHECK(write_json(parse_json("[1,[2]]", limits)) == "[1,[2]]");
  const auto error = test::error_of([&] { parse_json("[1,[2],3]", limits); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::limit);
  CHECK(error->message() == "JSON holds too many values");
}

TEST_CASE("limits of JSON hold") {
  TextLimits limits;
  limits.max_depth = 3;
  limits.max_bytes = 20;
  CHECK(write_json(parse_json("[[{}]]", limits)) == "[[{}]]");
  for (const char* text : {"[[[[]]]]", "[[{\"a\":[]}]]", "[ 1, 2, 3, 4, 5, 6, 7]"}) {
    CAPTURE(text);
    const auto error = test::error_of([&] { parse_json(text, limits); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::limit);
  }
  // Deep enough to exhaust the stack of anything recursive.
  const auto error = test::error_of([] { parse_json(std::string(1'000'000, '[')); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::limit);
}

TEST_CASE("strings are escaped as Go escapes them") {
  struct Case {
    std::string in, out;
  };
  const Case cases[] = {
      {"<b>&", R"("\u003cb\u003e\u0026")"},
      {"\u2028\u2029\u2027", "\"\\u2028\\u2029\u2027\""},
      {"\b\f\n\r\t", R"("\u0008\u000c\n\r\t")"},
      {std::string("\0\x1f\x7f", 3), "\"\\u0000\\u001f\x7f\""},
      {R"("\/)", R"("\"\\/")"},
      {"a\xffz", R"("a\ufffdz")"},
      {"\xe2\x82", R"("\ufffd\ufffd")"},
      {"\xed\xa0\x80", R"("\ufffd\ufffd\ufffd")"},
      {"\ufffd", "\"\ufffd\""},
  };
  for (const auto& c : cases) {
    CAPTURE(c.out);
    CHECK(write_json(c.in) == c.out);
  }
}

TEST_CASE("floats are written as Go writes them") {
  struct Case {
    double in;
    const char* out;
  };
  const Case cases[] = {
      {0.0, "0"},
      {-0.0, "-0"},
      {1.0, "1"},
      {-1.5, "-1.5"},
      {0.1, "0.1"},
      {123456.789, "123456.789"},
      {1e20, "100000000000000000000"},
      {123456789012345678901.0, "123456789012345680000"},
      {1e21, "1e+21"},
      {1.5e300, "1.5e+300"},
      {1e-6, "0.000001"},
      {9.9e-7, "9.9e-7"},
      {1e-7, "1e-7"},
      {1e-10, "1e-10"},
      {5e-324, "5e-324"},
      {std::numeric_limits<double>::max(), "1.7976931348623157e+308"},
  };
  for (const auto& c : cases) CHECK(write_json(c.in) == c.out);
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    const auto error = test::error_of([&] { write_json(bad); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::invalid_argument);
  }
}

TEST_CASE("indented JSON") {
  const char* const expected = "{\n  \"a\": [\n    1,\n    {\n      \"b\": {}\n    }\n  ],\n  \"c\": []\n}\n";
  CHECK(write_json(parse_json(R"({"a":[1,{"b":{}}],"c":[]})"), JsonStyle::indented) == expected);
  CHECK(write_json(Value(1), JsonStyle::indented) == "1\n");
}

TEST_CASE("the last of a repeated key is found") {
  const Value value = parse_json(R"({"a":1,"A":2,"a":3})");
  REQUIRE(value.find("a"));
  CHECK(*value.find("a")->integer() == 3);
  CHECK(*value.find("A")->integer() == 2);
  CHECK(value.find("b") == nullptr);
  CHECK(Value(1).find("a") == nullptr);
}
