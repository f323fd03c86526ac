#include "deflate/incompressible.hpp"

#include "deflate_support.hpp"

using jujubackup::deflate::Randomness;
using jujubackup::deflate::randomness_of;
using test::Bytes;

namespace {

bool looks_incompressible(std::span<const std::byte> content) { return randomness_of(content) == Randomness::full; }

Bytes with(Bytes content, std::size_t at, const Bytes& part) {
  std::copy(part.begin(), part.end(), content.begin() + static_cast<std::ptrdiff_t>(at));
  return content;
}

constexpr std::size_t block = std::size_t{512} * 1024;

}  // namespace

TEST_CASE("incompressible: what is random or was compressed") {
  CHECK(looks_incompressible(test::random_bytes(block)));
  CHECK(looks_incompressible(test::random_bytes(16384)));
  CHECK(looks_incompressible(test::random_bytes(100001)));
  Bytes compressed = test::zlib_deflate(test::documents(4 * block));
  REQUIRE(compressed.size() > 100000);
  CHECK(looks_incompressible(compressed));
  // A chunk in its document, as GridFS has them.
  CHECK(looks_incompressible(with(test::random_bytes(block), 261120, test::documents(100))));
  for (unsigned seed = 2; seed < 50; ++seed) CHECK(looks_incompressible(test::random_bytes(block, seed)));
}

TEST_CASE("incompressible: what is not") {
  CHECK(!looks_incompressible({}));
  CHECK(!looks_incompressible(test::random_bytes(16383)));
  CHECK(!looks_incompressible(Bytes(block, std::byte{})));
  CHECK(!looks_incompressible(test::documents(block)));
  // Bytes are equally frequent, but the same come again.
  Bytes repeated;
  const Bytes piece = test::random_bytes(20000);
  while (repeated.size() < block) repeated.insert(repeated.end(), piece.begin(), piece.end());
  CHECK(!looks_incompressible(repeated));
  // Six bits of each byte are used.
  Bytes base64 = test::random_bytes(block);
  for (std::byte& b : base64) b &= std::byte{0x3f};
  CHECK(!looks_incompressible(base64));
  // An eighth of it is documents, wherever that is.
  for (std::size_t eighth = 0; eighth < 8; ++eighth) {
    CAPTURE(eighth);
    CHECK(!looks_incompressible(with(test::random_bytes(block), eighth * block / 8, test::documents(block / 8))));
  }
}

TEST_CASE("incompressible: what is nearly so") {
  // A third of the bytes are of a quarter of all values.
  Bytes uneven = test::random_bytes(block);
  for (std::size_t i = 0; i < uneven.size(); i += 3) uneven[i] &= std::byte{0x3f};
  CHECK(randomness_of(uneven) == Randomness::nearly);
  CHECK(randomness_of(test::documents(block)) == Randomness::none);
  CHECK(randomness_of(with(uneven, block / 2, test::documents(block / 8))) == Randomness::none);
}
