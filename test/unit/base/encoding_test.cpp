#include "base/encoding.hpp"

#include "test_support.hpp"

namespace {

std::string base64_of(std::string_view text) { return jujubackup::to_base64(test::bytes_of(text)); }

std::optional<std::string> decoded(std::string_view text) {
  const auto bytes = jujubackup::from_base64(text);
  if (!bytes) return std::nullopt;
  return test::text_of(*bytes);
}

}  // namespace

TEST_CASE("base64 both ways") {
  // The examples of RFC 4648, and bytes that use the last two letters of the alphabet.
  const std::pair<std::string, std::string> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"},
                                                       {"\xfb\xff\xfe", "+//+"},
                                                       {std::string("\0\0\0\0", 4), "AAAAAA=="}};
  for (const auto& [plain, encoded] : cases) {
    const auto& which = encoded;  // clang 14 cannot capture a structured binding
    CAPTURE(which);
    CHECK(base64_of(plain) == encoded);
    REQUIRE(decoded(encoded));
    CHECK(*decoded(encoded) == plain);
  }
}

TEST_CASE("base64 that is not canonical is refused") {
  for (const char* text : {"Z", "Zg", "Zg=", "Zm8", "Zg===", "====", "=", "Zm9v=", "Zh==", "Zm9=", "Zm 8", "Zm8=\n",
                           "Zm8=Zm8=", "Zg==Zg==", "Z=g=", "-_-_", "Zm8*"}) {
    CAPTURE(text);
    CHECK_FALSE(decoded(text));
  }
}

TEST_CASE("hex both ways") {
  CHECK(jujubackup::to_hex(test::bytes_of(std::string_view("\x00\x09\xaf\xff", 4))) == "0009afff");
  CHECK(jujubackup::to_hex({}).empty());
  const auto bytes = jujubackup::from_hex("0009afff");
  REQUIRE(bytes);
  CHECK(test::text_of(*bytes) == std::string("\x00\x09\xaf\xff", 4));
  CHECK(jujubackup::from_hex("")->empty());
  for (const char* text : {"0", "000", "0g", "AF", "0x", " 0", "0 "}) {
    CAPTURE(text);
    CHECK_FALSE(jujubackup::from_hex(text));
  }
}

TEST_CASE("every byte comes back") {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (std::size_t n = 0; n <= all.size(); ++n) {
    const auto part = all.substr(all.size() - n);
    CHECK(decoded(base64_of(part)) == part);
    CHECK(test::text_of(*jujubackup::from_hex(jujubackup::to_hex(test::bytes_of(part)))) == part);
  }
}
