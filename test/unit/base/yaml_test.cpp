#include "base/yaml.hpp"

#include "test_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::parse_json;
using jujubackup::parse_yaml;
using jujubackup::TextLimits;
using jujubackup::Value;
using jujubackup::write_json;
using jujubackup::write_yaml;

TEST_CASE("YAML is read by the core rules") {
  struct Case {
    std::string in, out;
  };
  const Case cases[] = {
      {"", "null"},
      {"# format 2.0\n", "null"},
      {"# format 2.0\ntag: machine-0\njobs:\n- a\n- b\n", R"({"tag":"machine-0","jobs":["a","b"]})"},
      {"jobs:\n  - a\n  - {x: 1, y: [~]}\n", R"({"jobs":["a",{"x":1,"y":[null]}]})"},
      {"[null, Null, NULL, ~, nULL, ]", R"([null,null,null,null,"nULL"])"},
      {"[true, True, FALSE, yes, off, tRue]", R"([true,true,false,"yes","off","tRue"])"},
      {"[1, -1, +1, 007, 0x1F, 0o17, -0, +, -, --1, +-1, 0x, 0x-1, 1_000]",
       R"([1,-1,1,7,31,15,0,"+","-","--1","+-1","0x","0x-1","1_000"])"},
      {"[9223372036854775807, 9223372036854775808, 18446744073709551616, -9223372036854775809]",
       R"([9223372036854775807,9223372036854775808,"18446744073709551616","-9223372036854775809"])"},
      {"[2.0, 1e3, .5, 2.0.0, 12:30]", R"(["2.0","1e3",".5","2.0.0","12:30"])"},
      {"[\"1\", 'true', \"\"]", R"(["1","true",""])"},
      {"a: |\n  1\n  2\nb: >-\n  x\n  y\n", R"({"a":"1\n2\n","b":"x y"})"},
      {"1: a\ntrue: b\n~: c\n\"\": d\n", R"({"1":"a","true":"b","~":"c","":"d"})"},
      {"a:\nb: \n", R"({"a":null,"b":null})"},
      {"--- a\n...\n", "\"a\""},
      {"\xef\xbb\xbf"
       "a: 1\n",
       R"({"a":1})"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.in);
    CHECK(write_json(parse_yaml(c.in)) == c.out);
  }
}

TEST_CASE("a text without memory is an empty text") { CHECK(parse_yaml(std::string_view()).is_null()); }

TEST_CASE("bad YAML is refused with its line and without its text") {
  struct Case {
    std::string in, message;
  };
  const Case cases[] = {
      {"a: 1\nb: [secret\n", "invalid YAML at line 3"},
      {"a: 1\nb: &x secret\n", "invalid YAML at line 2"},
      {"a: *x\n", "invalid YAML at line 1"},
      {"a: &x [1]\nb: *x\n", "invalid YAML at line 1"},
      {"a: !!str secret\n", "invalid YAML at line 1"},
      {"a: ! secret\n", "invalid YAML at line 1"},
      {"a: !!map {}\n", "invalid YAML at line 1"},
      {"&k a: 1\n", "invalid YAML at line 1"},
      {"? [a]\n: 1\n", "invalid YAML at line 1"},
      {"a: 1\n---\nb: 2\n", "invalid YAML at line 2"},
      {"a: 1\n\tb: 2\n", "invalid YAML at line 2"},
      {"a: 1\nb: \x01\n", "invalid YAML at line 2"},
      {"a: 1\nb: c\n\xff\n", "invalid YAML at line 3"},
      {std::string("a: 1\n\0", 6), "invalid YAML at line 2"},
      {"a: b: c\n", "invalid YAML at line 1"},
      {"a: 1\nb: 2\na: 3\n", "repeated key at line 3"},
      {"x:\n  a: 1\n  \"a\": 3\n", "repeated key at line 3"},
      {"{a: 1, a: 1}", "repeated key at line 1"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.in);
    const auto error = test::error_of([&] { parse_yaml(c.in); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::corrupt);
    CHECK(error->message() == c.message);
  }
}

TEST_CASE("limits of YAML hold") {
  TextLimits limits;
  limits.max_depth = 2;
  limits.max_bytes = 12;
  CHECK(write_json(parse_yaml("[{a: b}]", limits)) == R"([{"a":"b"}])");
  const auto repeated = [](std::string_view part) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += part;
    return text;
  };
  for (const std::string& text : {std::string("[[[]]]"), std::string("a: bcdefghijkl")}) {
    const auto error = test::error_of([&] { parse_yaml(text, limits); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::limit);
  }
  for (const std::string& text : {repeated("["), repeated("- "), repeated("{a: ")}) {
    const auto error = test::error_of([&] { parse_yaml(text); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::limit);
  }
}

TEST_CASE("YAML looks as Juju's does") {
  const Value value = parse_json(
      R"({"name":"prod","list":["x","1",1,null,true,"true"],"map":{"empty":{},"none":[],"nested":[{"a":1,"b":[2]}]},"pem":"-----BEGIN\nabc\n-----END\n"})");
  CHECK(write_yaml(value) ==
        "name: prod\n"
        "list:\n"
        "- x\n"
        "- \"1\"\n"
        "- 1\n"
        "- null\n"
        "- true\n"
        "- \"true\"\n"
        "map:\n"
        "  empty: {}\n"
        "  none: []\n"
        "  nested:\n"
        "  - a: 1\n"
        "    b:\n"
        "    - 2\n"
        "pem: |\n"
        "  -----BEGIN\n"
        "  abc\n"
        "  -----END\n");
}

TEST_CASE("every string comes back from YAML as it was") {
  const std::string cases[] = {"",
                               " ",
                               "a",
                               " a",
                               "a ",
                               "1",
                               "-1",
                               "0x1f",
                               "0b1",
                               "1_0",
                               "1.5",
                               ".5",
                               "1e3",
                               ".inf",
                               "12:30:45",
                               "2016-11-02",
                               "2016-11-02T08:15:04Z",
                               "null",
                               "~",
                               "yes",
                               "No",
                               "on",
                               "<<",
                               "=",
                               "- a",
                               "-",
                               "?",
                               "a: b",
                               "a:",
                               "a #b",
                               "#",
                               "[",
                               "{}",
                               "*a",
                               "&a",
                               "!a",
                               "%a",
                               "@",
                               "`",
                               "|",
                               ">",
                               "'",
                               "\"",
                               "\\",
                               "---",
                               "--- a",
                               "...",
                               "\n",
                               "\n\n",
                               "a\n",
                               "a\n\n",
                               "a\nb",
                               "\na",
                               " a\nb",
                               "a\n b\n",
                               "a \nb",
                               "a\n ",
                               "a\tb",
                               "\t",
                               "a\r\nb",
                               "a\u0085"
                               "b\nc",
                               "a\u2028"
                               "b\nc",
                               "\ufeff"
                               "a",
                               "\x1b[2J",
                               std::string("\0", 1),
                               "Gr\u00fc\u00dfe \U0001f600",
                               "20161102-081504.3f0c9a52-6d1e-4b77-8a41-0d2c5b7e9f10",
                               "9999.9999.9999",
                               std::string(2000, 'k'),
                               "line one\n" + std::string(300, 'x') + "\n",
                               "--- a\nb",
                               "# a\nb"};
  for (const auto& text : cases) {
    CAPTURE(text);
    for (const Value& value : {Value(text), Value(Value::Array{Value(text)}), Value(Value::Object{{"k", Value(text)}}),
                               Value(Value::Object{{text, Value(Value::Object{{text, Value(text)}})}})}) {
      const std::string yaml = write_yaml(value);
      CAPTURE(yaml);
      CHECK(yaml.back() == '\n');
      CHECK(write_json(parse_yaml(yaml)) == write_json(value));
    }
  }
}

TEST_CASE("plain where every reader agrees, quoted where one might not") {
  for (const char* plain :
       {"xenial", "2.0.0", "20161102-081504.3f0c9a52", "ubuntu@22.04", "i-0a1b", "juju-7e9f10-0", "1a", "e5", ".", "0xg", "R&D"}) {
    CHECK(write_yaml(Value(Value::Array{plain})) == std::string("- ") + plain + "\n");
  }
  for (const char* quoted :
       {"22.04", "0", "1_000", "012", "1:30", "yes", "NULL", "+.INF", "-.5e-3", "2016-11-02T08:15:04Z", "2016-11-02"}) {
    CHECK(write_yaml(Value(Value::Array{quoted})) == std::string("- \"") + quoted + "\"\n");
  }
  CHECK(write_yaml(Value(Value::Array{"a\xff"})) == "- a\ufffd\n");
  CHECK(write_yaml(Value(Value::Array{1.5, std::uint64_t{18446744073709551615U}, false})) == "- 1.5\n- 18446744073709551615\n- false\n");
}
