#include "deflate/deflate.hpp"
#include "deflate_support.hpp"

using jujubackup::deflate::StreamInflater;
using test::Bytes;

namespace {

struct Result {
  Bytes content;
  std::size_t consumed = 0;
  bool ended = false, damaged = false;
};

// Gives `in` in pieces with so much room for the result, and insists on what the header promises of each step. Pieces do not grow by
// what was left of the one before, which is the harder case; 0 is for sizes that change.
Result inflate(StreamInflater& inflater, const Bytes& in, std::size_t piece, std::size_t room) {
  Result result;
  std::mt19937 random(7);
  Bytes out(std::max<std::size_t>(room, 5000) + 32);
  while (!result.ended && !result.damaged) {
    const std::size_t left = in.size() - result.consumed;
    const auto given = std::span(in).subspan(result.consumed, std::min(left, piece != 0 ? piece : random() % 600));
    const auto place = std::span(out).first(room != 0 ? room : random() % 5000);
    const std::byte guard = out[place.size()];
    const auto step = inflater.inflate(given, place);
    if (step.consumed > given.size() || step.produced > place.size() || out[place.size()] != guard) FAIL("out of its bounds");
    result.content.insert(result.content.end(), place.begin(), place.begin() + static_cast<std::ptrdiff_t>(step.produced));
    result.consumed += step.consumed;
    result.ended = step.ended;
    result.damaged = step.damaged;
    if (result.ended || result.damaged) break;
    if (step.consumed < given.size() && step.produced < place.size()) FAIL("neither all was used nor all was filled");
    if (result.consumed == in.size() && step.produced < place.size()) break;
  }
  return result;
}

constexpr std::size_t huge = std::size_t{1} << 20;

}  // namespace

TEST_CASE("stream inflater: every kind of stream, in pieces, and it ends where it ends") {
  StreamInflater inflater;
  const auto streams = test::streams();
  for (const test::NamedStream& sample : streams) {
    CAPTURE(sample.name);
    for (const std::size_t behind : {0, 1, 3, 8, 20, 1000}) {
      CAPTURE(behind);
      // Zeros would be valid blocks, and 0xff is not: what follows must not matter.
      for (const int fill : {0x00, 0xff}) {
        Bytes in = sample.stream;
        in.resize(in.size() + behind, static_cast<std::byte>(fill));
        for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{0}, huge}) {
          for (const std::size_t room : {std::size_t{1}, std::size_t{13}, std::size_t{0}, huge}) {
            // Byte by byte takes its time: not each way for the large ones.
            if (sample.content.size() > 1000 && (behind != 8 || (piece == 1 && room != huge) || (room == 1 && fill == 0))) continue;
            CAPTURE(piece);
            CAPTURE(room);
            inflater.reset();
            const Result result = inflate(inflater, in, piece, room);
            REQUIRE(result.ended);
            REQUIRE(result.consumed == sample.stream.size());
            REQUIRE((result.content == sample.content));
          }
        }
      }
    }
  }
}

TEST_CASE("stream inflater: one stream behind the other") {
  const Bytes a = test::zlib_deflate(test::documents(100000, 1));
  const Bytes b = test::zlib_deflate(test::documents(100, 2));
  Bytes in = a;
  for (int i = 0; i < 50; ++i) in.insert(in.end(), b.begin(), b.end());
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100}, huge}) {
    CAPTURE(piece);
    StreamInflater inflater;
    Bytes left = in;
    int streams = 0;
    while (!left.empty()) {
      const Result result = inflate(inflater, left, piece, 50);
      REQUIRE(result.ended);
      left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(result.consumed));
      inflater.reset();
      ++streams;
    }
    CHECK(streams == 51);
  }
}

TEST_CASE("stream inflater: nothing of the stream before is left") {
  StreamInflater inflater;
  const Bytes content = test::documents(100000);
  const Bytes stream = test::zlib_deflate(content);
  // Stopped at any place, and once at the end.
  for (std::size_t stop = 0; stop < stream.size() + 997; stop += 997) {
    inflater.reset();
    inflate(inflater, Bytes(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(std::min(stop, stream.size()))), 500, 700);
    for (const test::BadStream& sample : test::bad_streams()) {
      CAPTURE(sample.name);
      inflater.reset();
      REQUIRE(inflate(inflater, sample.bytes, huge, 1000).damaged);
    }
    inflater.reset();
    const Result result = inflate(inflater, stream, huge, 3000);
    REQUIRE(result.ended);
    REQUIRE((result.content == content));
  }
}

TEST_CASE("stream inflater: what cannot be is damaged, and stays so") {
  for (const test::BadStream& sample : test::bad_streams()) {
    CAPTURE(sample.name);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, huge}) {
      for (const std::size_t room : {std::size_t{1}, std::size_t{13}, huge}) {
        StreamInflater inflater;
        CHECK(inflate(inflater, sample.bytes, piece, room).damaged);
        Bytes out(100);
        const auto step = inflater.inflate(sample.bytes, out);
        CHECK(step.damaged);
        CHECK(step.consumed + step.produced == 0);
      }
    }
  }
}

TEST_CASE("stream inflater: a cut stream does not end") {
  for (const test::NamedStream& sample : test::streams()) {
    CAPTURE(sample.name);
    StreamInflater inflater;
    const std::size_t step = sample.stream.size() / 50 + 1;
    for (std::size_t cut = 0; cut < sample.stream.size(); cut += step) {
      inflater.reset();
      const Result result = inflate(inflater, Bytes(sample.stream.begin(), sample.stream.begin() + static_cast<std::ptrdiff_t>(cut)), 0, 0);
      REQUIRE(!result.ended);
      REQUIRE(!result.damaged);
      REQUIRE(result.consumed == cut);
      REQUIRE(std::equal(result.content.begin(), result.content.end(), sample.content.begin()));
    }
  }
}

TEST_CASE("stream inflater: it stays ended") {
  StreamInflater inflater;
  const Bytes content = test::documents(1000);
  const Bytes stream = test::zlib_deflate(content);
  Bytes out(2000);
  CHECK(inflater.inflate(stream, out).ended);
  const auto step = inflater.inflate(stream, out);
  CHECK(step.ended);
  CHECK(step.consumed + step.produced == 0);
}

TEST_CASE("stream inflater: flipped bits and random bytes do no harm") {
  StreamInflater inflater;
  const Bytes stream = test::zlib_deflate(test::documents(3000));
  for (std::size_t i = 0; i < stream.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes bad = stream;
      bad[i] ^= static_cast<std::byte>(1U << bit);
      inflater.reset();
      inflate(inflater, bad, huge, 1000);
      inflater.reset();
      inflate(inflater, bad, 30, 70);
    }
  }
  for (unsigned seed = 0; seed < 2000; ++seed) {
    inflater.reset();
    inflate(inflater, test::random_bytes(400, seed), 0, 0);
  }
}
