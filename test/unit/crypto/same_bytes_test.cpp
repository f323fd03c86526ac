// The second reading of what was proven in the first.
#include "crypto/same_bytes.hpp"

#include <algorithm>
#include <string>

#include <jujubackup/error.hpp>

#include "test_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::SameBytes;
using jujubackup::source_of_memory;

namespace {

// In pieces of any size, to the end.
std::string read_in(jujubackup::Source& source, std::size_t piece_bytes) {
  std::string all;
  std::string piece(piece_bytes, '\0');
  while (const std::size_t got = source.read(std::as_writable_bytes(std::span(piece)))) all += piece.substr(0, got);
  return all;
}

}  // namespace

TEST_CASE("the same bytes twice, in whatever pieces") {
  for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 4096U, 100'003U}) {
    CAPTURE(size);
    std::string text(size, '\0');
    for (std::size_t at = 0; at < size; ++at) text[at] = static_cast<char>(at * 7 + at / 256);
    for (const std::size_t piece : {1U, 7U, 16U, 65536U}) {
      CAPTURE(piece);
      SameBytes same;
      const auto a = source_of_memory(test::bytes_of(text), "a");
      const auto first = same.first(*a);
      CHECK_FALSE(first->random_access());
      CHECK(read_in(*first, 1000) == text);
      const auto b = source_of_memory(test::bytes_of(text), "b");
      const auto second = same.second(*b);
      CHECK(second->size() == text.size());
      CHECK(read_in(*second, piece) == text);
      std::byte one{};
      CHECK(second->read({&one, 1}) == 0);
      second->rewind();
      CHECK(read_in(*second, piece) == text);
    }
  }
}

TEST_CASE("what has changed since the first reading") {
  const std::string text(5000, 'x');
  const auto a = source_of_memory(test::bytes_of(text), "a");
  SameBytes same;
  read_in(*same.first(*a), 512);
  std::string other = text;
  SUBCASE("a bit at the beginning") { other[0] ^= 1; }
  SUBCASE("a bit at the end") { other[4999] ^= 64; }
  SUBCASE("shorter") { other.pop_back(); }
  SUBCASE("empty") { other.clear(); }
  SUBCASE("longer") { other += 'x'; }
  SUBCASE("a whole block") { std::fill_n(other.begin() + 16, 16, 'y'); }
  const auto b = source_of_memory(test::bytes_of(other), "b.tar.gz");
  const auto second = same.second(*b);
  std::string got;
  const auto error = test::error_of([&] {
    std::byte one{};
    while (second->read({&one, 1}) > 0) got += static_cast<char>(one);
  });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::corrupt);
  CHECK(error->message() == "b.tar.gz changed after it was verified");
  CHECK(got.size() <= text.size());
}

TEST_CASE("a first reading that begins again") {
  const std::string text(3000, 'z');
  const auto a = source_of_memory(test::bytes_of(text), "a");
  SameBytes same;
  const auto first = same.first(*a);
  std::byte some[100];
  first->read(some);
  first->rewind();
  read_in(*first, 777);
  const auto b = source_of_memory(test::bytes_of(text), "b");
  CHECK(read_in(*same.second(*b), 100) == text);
}
