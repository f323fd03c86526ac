#include "deflate/deflate.hpp"
#include "deflate_support.hpp"

using jujubackup::deflate::Inflater;
using test::Bytes;

namespace {

// Inflates into the middle of a buffer, and looks at what is around it.
bool inflate(Inflater& inflater, const Bytes& stream, Bytes& content) {
  constexpr std::size_t guard = 64;
  Bytes room(content.size() + 2 * guard, std::byte{0xa5});
  const bool good = inflater.inflate(stream, std::span(room).subspan(guard, content.size()));
  for (std::size_t i = 0; i < guard; ++i) {
    if (room[i] != std::byte{0xa5} || room[room.size() - 1 - i] != std::byte{0xa5}) FAIL("bytes outside of the content were written");
  }
  std::copy_n(room.begin() + guard, content.size(), content.begin());
  return good;
}

bool inflate_to(Inflater& inflater, const Bytes& stream, std::size_t size) {
  Bytes content(size);
  return inflate(inflater, stream, content);
}

}  // namespace

TEST_CASE("inflater: every kind of stream") {
  Inflater inflater;
  for (const test::NamedStream& sample : test::streams()) {
    CAPTURE(sample.name);
    Bytes content(sample.content.size());
    CHECK(inflate(inflater, sample.stream, content));
    CHECK(content == sample.content);
  }
}

TEST_CASE("inflater: another length, a cut stream and bytes behind it are refused") {
  Inflater inflater;
  for (const test::NamedStream& sample : test::streams()) {
    CAPTURE(sample.name);
    const std::size_t size = sample.content.size();
    CHECK(!inflate_to(inflater, sample.stream, size + 1));
    if (size > 0) CHECK(!inflate_to(inflater, sample.stream, size - 1));
    if (size > 0) CHECK(!inflate_to(inflater, sample.stream, 0));
    CHECK(!inflate_to(inflater, {}, size));
    const std::size_t step = sample.stream.size() / 200 + 1;
    for (std::size_t cut = 0; cut < sample.stream.size(); cut += step) {
      CHECK(!inflate_to(inflater, Bytes(sample.stream.begin(), sample.stream.begin() + static_cast<std::ptrdiff_t>(cut)), size));
    }
    Bytes longer = sample.stream;
    longer.pop_back();
    CHECK(!inflate_to(inflater, longer, size));
    for (const std::size_t more : {1, 2, 7, 8, 9, 16, 100}) {
      longer = sample.stream;
      longer.resize(longer.size() + more);
      CHECK(!inflate_to(inflater, longer, size));
    }
    // And all is well again.
    CHECK(inflate_to(inflater, sample.stream, size));
  }
}

TEST_CASE("inflater: what cannot be") {
  Inflater inflater;
  for (const test::BadStream& sample : test::bad_streams()) {
    CAPTURE(sample.name);
    for (const std::size_t size : {0, 1, 3, 4, 100, 100000}) CHECK(!inflate_to(inflater, sample.bytes, size));
  }
}

TEST_CASE("inflater: flipped bits and random bytes do no harm") {
  Inflater inflater;
  const Bytes content = test::documents(3000);
  const Bytes stream = test::zlib_deflate(content);
  for (std::size_t i = 0; i < stream.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes bad = stream;
      bad[i] ^= static_cast<std::byte>(1U << bit);
      Bytes out(content.size());
      inflate(inflater, bad, out);
    }
  }
  for (unsigned seed = 0; seed < 2000; ++seed) inflate_to(inflater, test::random_bytes(400, seed), 5000);
}

TEST_CASE("inflater: moves") {
  std::vector<Inflater> inflaters(2);
  inflaters.emplace_back();
  const Bytes content = test::documents(1000);
  CHECK(inflate_to(inflaters.back(), test::zlib_deflate(content), content.size()));
}
