#include "age_support.hpp"
#include "base/encoding.hpp"
#include "crypto/age/openssl.hpp"

using namespace test;

namespace {

std::vector<std::byte> hex(std::string_view text) { return *jujubackup::from_hex(text); }
std::string hex_of(std::span<const std::byte> bytes) { return jujubackup::to_hex(bytes); }

}  // namespace

TEST_CASE("age: primitives against published vectors") {
  // RFC 5869, test case 1, the first 32 bytes of its output.
  const std::vector<std::byte> info = hex("f0f1f2f3f4f5f6f7f8f9");
  CHECK(hex_of(age::hkdf_sha256(hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), hex("000102030405060708090a0b0c"), text_of(info))
                   .bytes()) == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
  // Test case 3: no salt, no info.
  CHECK(hex_of(age::hkdf_sha256(hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), {}, "").bytes()) ==
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
  // RFC 7748 section 6.1.
  const auto alice = hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const auto bob = hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  CHECK(hex_of(age::x25519_public(alice)) == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  CHECK(hex_of(age::x25519(alice, bob)->bytes()) == "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
  // A point of low order.
  CHECK_FALSE(age::x25519(alice, hex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")));
}

TEST_CASE("age: bech32") {
  struct Case {
    const char* kind;
    const char* text;
    const char* hex;  // null: refused
  };
  const Case cases[] = {
      // BIP 173, valid strings.
      {"abcdef", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "00443214c74254b635cf84653a56d7c675be77df"},
      {"a", "a12uel5l", ""},
      {"A", "A12UEL5L", ""},
      // Another kind, or in another case.
      {"b", "a12uel5l", nullptr},
      {"a", "A12UEL5L", nullptr},
      {"abcdef", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6Mua7lmqqqxw", nullptr},
      // A wrong digit, one too many, none.
      {"abcdef", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxy", nullptr},
      {"abcdef", "abcdef1bpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", nullptr},
      {"a", "a12uel5lq", nullptr},
      {"a", "a1", nullptr},
      {"a", "a", nullptr},
      {"a", "", nullptr},
      {"a", "a12uel5", nullptr},
      // The right checksum, but a digit that holds no byte, or padding that is not zero.
      {"a", "a1q3g6mn3", nullptr},
      {"a", "a1qpamnt9j", nullptr},
      {"a", "a1qy089ch6", "01"},
      // BIP 173, valid strings.
      {"?", "?1ezyfcl", ""},
      {"split", "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
       "c5f38b70305f519bf66d85fb6cf03058f3dde463ecd7918f2dc743918f2d"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto decoded = age::decode_bech32(c.kind, c.text);
    REQUIRE(decoded.has_value() == (c.hex != nullptr));
    if (!decoded) continue;
    CHECK(hex_of(decoded->bytes()) == c.hex);
    CHECK(age::encode_bech32(c.kind, decoded->bytes()).text() == c.text);
  }
  for (std::size_t size = 0; size < 40; ++size) {
    const auto bytes = bytes_of(scalar_text).first(std::min<std::size_t>(size, 32));
    const Secret text = age::encode_bech32("age", bytes);
    CHECK(hex_of(age::decode_bech32("age", text.text())->bytes()) == hex_of(bytes));
  }
}

TEST_CASE("age: base64") {
  struct Case {
    const char* text;
    age::Padding padding;
    const char* bytes;  // null: refused
  };
  const Case cases[] = {
      {"", age::Padding::none, ""},
      {"", age::Padding::required, ""},
      {"Zg", age::Padding::none, "f"},
      {"Zg==", age::Padding::required, "f"},
      {"Zm8", age::Padding::none, "fo"},
      {"Zm8=", age::Padding::required, "fo"},
      {"Zm9v", age::Padding::none, "foo"},
      {"Zm9v", age::Padding::required, "foo"},
      {"Zg==", age::Padding::none, nullptr},
      {"Zg", age::Padding::required, nullptr},
      {"Zg=", age::Padding::required, nullptr},
      {"Z===", age::Padding::required, nullptr},
      {"====", age::Padding::required, nullptr},
      {"Zh", age::Padding::none, nullptr},
      {"Zh==", age::Padding::required, nullptr},
      {"Zm9", age::Padding::none, nullptr},
      {"Zm9=", age::Padding::required, nullptr},
      {"Z", age::Padding::none, nullptr},
      {"Zm9vZ", age::Padding::none, nullptr},
      {"Zm9-", age::Padding::none, nullptr},
      {"Zm_v", age::Padding::none, nullptr},
      {" m9v", age::Padding::none, nullptr},
      {"Z\n9v", age::Padding::none, nullptr},
      {"Zg==Zg==", age::Padding::required, nullptr},
      {"\xffm9v", age::Padding::none, nullptr},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    std::vector<std::byte> out(16);
    const auto size = age::decode_base64(c.text, c.padding, out);
    REQUIRE(size.has_value() == (c.bytes != nullptr));
    if (size) CHECK(text_of(std::span(out).first(*size)) == c.bytes);
  }
}

TEST_CASE("age: chunks sealed and opened with one context, in any order") {
  age::ChunkCipher cipher{Secret(scalar_text)};
  std::vector<std::byte> sealed(20);
  std::vector<std::byte> other(20);
  std::vector<std::byte> out(4);
  cipher.seal(0, false, bytes_of("abcd"), sealed);
  cipher.seal(1, true, bytes_of("efgh"), other);
  cipher.open(1, true, other, out);
  CHECK(text_of(out) == "efgh");
  cipher.open(0, false, sealed, out);
  CHECK(text_of(out) == "abcd");
  CHECK_THROWS_AS(cipher.open(2, false, sealed, out), jujubackup::Error);
  CHECK(text_of(out) == std::string(4, '\0'));  // nothing that is not authenticated
  cipher.open(0, false, sealed, out);
  CHECK(text_of(out) == "abcd");
}

TEST_CASE("age: a secret is moved, shortened and wiped") {
  Secret secret("passphrase");
  Secret moved(std::move(secret));
  CHECK(secret.empty());
  CHECK(moved.text() == "passphrase");
  const std::byte* behind = moved.bytes().data() + 4;
  moved.shorten(4);
  CHECK(moved.text() == "pass");
  CHECK(*behind == std::byte{});  // still its memory
  const Secret copy = moved.copy();
  moved = Secret("other");
  CHECK(moved.text() == "other");
  CHECK(copy.text() == "pass");
}
