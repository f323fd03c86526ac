#include "crypto/digest.hpp"

#include "base/encoding.hpp"
#include "test_support.hpp"

using jujubackup::Digest;

TEST_CASE("digest: published vectors, in one piece and byte by byte") {
  struct Case {
    Digest::Kind kind;
    const char* text;
    const char* hex;
  };
  // FIPS 180-4 examples.
  const Case cases[] = {
      {Digest::Kind::sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {Digest::Kind::sha1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
      {Digest::Kind::sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {Digest::Kind::sha256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
  };
  for (const Case& c : cases) {
    Digest digest(c.kind);
    digest.update(test::bytes_of(c.text));
    CHECK(jujubackup::to_hex(digest.current()) == c.hex);
    CHECK(digest.finish_hex() == c.hex);
    // It has started anew.
    for (const char& letter : std::string_view(c.text)) digest.update(test::bytes_of({&letter, 1}));
    CHECK(digest.finish_hex() == c.hex);
  }
  CHECK(jujubackup::to_hex(jujubackup::sha256(test::bytes_of("abc"))) == cases[2].hex);
}

TEST_CASE("digest: what was asked for in between does not change the end") {
  Digest digest(Digest::Kind::sha1);
  digest.update(test::bytes_of("a"));
  digest.current();
  digest.update(test::bytes_of("bc"));
  CHECK(digest.finish_base64() == "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
}
