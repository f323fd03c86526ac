#include "base/text.hpp"

#include "base/utf8.hpp"
#include "test_support.hpp"

TEST_CASE("text is quoted as Go quotes it, and made harmless") {
  struct Case {
    std::string text, quoted, printable;
  };
  const Case cases[] = {
      {"", R"("")", ""},
      {"plain <&> text", R"("plain <&> text")", "plain <&> text"},
      {R"(a"b\c)", R"("a\"b\\c")", R"(a"b\c)"},
      {"\a\b\f\n\r\t\v", R"("\a\b\f\n\r\t\v")", R"(\a\b\f\n\r\t\v)"},
      {std::string("\0\x01\x1b\x1f\x7f", 5), R"("\x00\x01\x1b\x1f\x7f")", R"(\x00\x01\x1b\x1f\x7f)"},
      {"Gr\u00fc\u00dfe \u65e5\u672c \U0001f600", "\"Gr\u00fc\u00dfe \u65e5\u672c \U0001f600\"", "Gr\u00fc\u00dfe \u65e5\u672c \U0001f600"},
      {"\u00a0\u00ad\u2028\u202e\ufeff", R"("\u00a0\u00ad\u2028\u202e\ufeff")", R"(\u00a0\u00ad\u2028\u202e\ufeff)"},
      {"\ufffd", "\"\ufffd\"", "\ufffd"},
      {"\U000e0001", R"("\U000e0001")", R"(\U000e0001)"},
      {"\x80\xff", R"("\x80\xff")", R"(\x80\xff)"},
      {"\xc3", R"("\xc3")", R"(\xc3)"},
      {"\xc0\xaf", R"("\xc0\xaf")", R"(\xc0\xaf)"},
      {"\xe0\x80\xaf", R"("\xe0\x80\xaf")", R"(\xe0\x80\xaf)"},
      {"\xed\xa0\x80", R"("\xed\xa0\x80")", R"(\xed\xa0\x80)"},
      {"\xf4\x90\x80\x80", R"("\xf4\x90\x80\x80")", R"(\xf4\x90\x80\x80)"},
      {"a\xf0\x9f\x98", R"("a\xf0\x9f\x98")", R"(a\xf0\x9f\x98)"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.quoted);
    CHECK(jujubackup::go_quote(c.text) == c.quoted);
    CHECK(jujubackup::printable(c.text) == c.printable);
  }
}

TEST_CASE("broken UTF-8 becomes the replacement character, byte by byte") {
  CHECK(jujubackup::to_valid_utf8("a\xe2\x82z\xff") == "a\ufffd\ufffdz\ufffd");
  CHECK(jujubackup::to_valid_utf8("\u20ac\U0010ffff") == "\u20ac\U0010ffff");
}

TEST_CASE("printable characters at the edges of the table") {
  for (const char32_t yes : {U' ', U'~', U'\u00a1', U'\u00ac', U'\u00ae', U'\u0377', U'\U000e0100', U'\U000e01ef'}) {
    CAPTURE(static_cast<unsigned>(yes));
    CHECK(jujubackup::is_printable(yes));
  }
  for (const char32_t no : {U'\x1f', U'\x7f', U'\x80', U'\u00a0', U'\u00ad', U'\u0378', U'\U000e00ff', U'\U000e01f0', U'\U0010ffff'}) {
    CAPTURE(static_cast<unsigned>(no));
    CHECK_FALSE(jujubackup::is_printable(no));
  }
}

TEST_CASE("case is ignored for ASCII only") {
  CHECK(jujubackup::equal_ignoring_case("CAPrivateKey", "caPRIVATEkey"));
  CHECK(jujubackup::equal_ignoring_case("", ""));
  CHECK_FALSE(jujubackup::equal_ignoring_case("ab", "abc"));
  CHECK_FALSE(jujubackup::equal_ignoring_case("[", "{"));
  CHECK_FALSE(jujubackup::equal_ignoring_case("\u00c4", "\u00e4"));
}

TEST_CASE("a name in a message is quoted, printable and short") {
  CHECK(jujubackup::quoted_name("var/lib/juju") == "\"var/lib/juju\"");
  CHECK(jujubackup::quoted_name("a\nb\x1b[31m").find_first_of("\n\x1b") == std::string::npos);
  CHECK(jujubackup::quoted_name(std::string(200, 'x')) == '"' + std::string(200, 'x') + '"');
  CHECK(jujubackup::quoted_name(std::string(201, 'x')) == '"' + std::string(200, 'x') + "...\"");
}
