// Both digests of a file, against OpenSSL's one by one.
#include "crypto/file_hasher.hpp"

#include <algorithm>
#include <random>
#include <string>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "test_support.hpp"

using jujubackup::Digest;
using jujubackup::FileHasher;

namespace {

std::string sha1_of(std::string_view text) {
  Digest digest(Digest::Kind::sha1);
  digest.update(test::bytes_of(text));
  return digest.finish_base64();
}

std::string sha256_of(std::string_view text) {
  Digest digest(Digest::Kind::sha256);
  digest.update(test::bytes_of(text));
  return digest.finish_hex();
}

std::string noise(std::size_t size) {
  std::mt19937 random(7);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

}  // namespace

TEST_CASE("the digests that are known of short texts") {
  FileHasher hasher(FileHasher::Wanted::both, 1);
  CHECK(hasher.sha1_base64() == "2jmj7l5rSw0yVb/vlWAYkK/YBwk=");
  CHECK(hasher.sha256_hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  hasher.update(test::bytes_of("abc"));
  CHECK(hasher.sha1_base64() == "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
  CHECK(hasher.sha256_hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("every length, in pieces, together and one by one") {
  const std::string all = noise(700);
  for (const bool together : {false, jujubackup::can_sha_together()}) {
    CAPTURE(together);
    for (std::size_t size = 0; size <= all.size(); ++size) {
      const std::string_view text = std::string_view(all).substr(0, size);
      const std::string sha1 = sha1_of(text);
      const std::string sha256 = sha256_of(text);
      for (const std::size_t piece : {std::size_t{1}, std::size_t{63}, std::size_t{64}, std::size_t{100}, std::size_t{1000}}) {
        FileHasher hasher(FileHasher::Wanted::both, 2, together);
        for (std::size_t at = 0; at < size; at += piece) hasher.update(test::bytes_of(text.substr(at, piece)));
        REQUIRE(hasher.sha1_base64() == sha1);
        REQUIRE(hasher.sha256_hex() == sha256);
      }
    }
  }
}

TEST_CASE("in parts, and what is seen on the way") {
  const std::string text = noise(1'000'003);
  struct Case {
    FileHasher::Wanted wanted;
    unsigned threads;
    bool together;
    unsigned parts;
  };
  const bool can = jujubackup::can_sha_together();
  const Case cases[] = {
      {FileHasher::Wanted::both, 1, can, can ? 1U : 2U},
      {FileHasher::Wanted::both, 3, can, can ? 1U : 2U},
      {FileHasher::Wanted::both, 4, can, 2},
      {FileHasher::Wanted::both, 2, false, 2},
      {FileHasher::Wanted::sha256, 2, can, 1},
      {FileHasher::Wanted::nothing, 2, can, 0},
  };
  for (const Case& c : cases) {
    FileHasher hasher(c.wanted, c.threads, c.together);
    CAPTURE(c.threads);
    REQUIRE(hasher.parts() == c.parts);
    const std::string_view half = std::string_view(text).substr(0, 500'001);
    for (unsigned part = 0; part < c.parts; ++part) hasher.update(part, test::bytes_of(half));
    if (c.parts > 0) CHECK(jujubackup::to_hex(hasher.sha256()) == sha256_of(half));
    for (unsigned part = c.parts; part-- > 0;) hasher.update(part, test::bytes_of(std::string_view(text).substr(half.size())));
    CHECK(hasher.sha256_hex() == (c.wanted == FileHasher::Wanted::nothing ? "" : sha256_of(text)));
    CHECK(hasher.sha1_base64() == (c.wanted == FileHasher::Wanted::both ? sha1_of(text) : ""));
  }
}
