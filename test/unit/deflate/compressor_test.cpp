#include "deflate/deflate.hpp"
#include "deflate/stored.hpp"
#include "deflate_support.hpp"

using jujubackup::Level;
using jujubackup::deflate::Compressor;
using test::Bytes;

namespace {

std::vector<Level> all_levels() {
  std::vector<Level> levels = {Level::fast, Level::standard, Level::compact};
  for (int i = 1; i <= 9; ++i) levels.push_back(Level{i});
  return levels;
}

}  // namespace

TEST_CASE("compressor: zlib reads what every level makes, and it is never larger than stored") {
  for (const Level level : all_levels()) {
    CAPTURE(static_cast<int>(level));
    Compressor compressor(level);
    for (const test::Sample& sample : test::samples()) {
      CAPTURE(sample.name);
      Bytes out = test::bytes({1, 2, 3});
      compressor.append(out, sample.content);
      REQUIRE(out.size() > 3);
      CHECK(Bytes(out.begin(), out.begin() + 3) == test::bytes({1, 2, 3}));
      const Bytes stream(out.begin() + 3, out.end());
      CHECK(stream.size() <= jujubackup::deflate::stored_bytes(sample.content.size()));
      CHECK(test::zlib_inflate(stream, sample.content.size()) == sample.content);
    }
  }
}

TEST_CASE("compressor: what repeats gets smaller at every level") {
  const Bytes content = test::documents(500000);
  for (const Level level : all_levels()) {
    CAPTURE(static_cast<int>(level));
    Bytes out;
    Compressor(level).append(out, content);
    CHECK(out.size() < content.size() / 3);
  }
}

TEST_CASE("compressor: each stream stands alone") {
  const Bytes first = test::documents(100000, 1);
  const Bytes second = test::documents(100000, 2);
  for (const Level level : all_levels()) {
    CAPTURE(static_cast<int>(level));
    Bytes alone, behind;
    Compressor(level).append(alone, second);
    Compressor compressor(level);
    compressor.append(behind, first);
    const auto begin = static_cast<std::ptrdiff_t>(behind.size());
    compressor.append(behind, second);
    CHECK(Bytes(behind.begin() + begin, behind.end()) == alone);
  }
}

TEST_CASE("compressor: what cannot be compressed is stored, in as few blocks as there can be") {
  for (const Level level : all_levels()) {
    CAPTURE(static_cast<int>(level));
    Compressor compressor(level);
    for (const std::size_t size : {100, 65534, 65535, 65536, 131070, 131071, 524288}) {
      CAPTURE(size);
      const Bytes content = test::random_bytes(size);
      Bytes out;
      compressor.append(out, content);
      CHECK(out.size() == jujubackup::deflate::stored_bytes(size));
      CHECK(test::zlib_inflate(out, size) == content);
    }
  }
}

TEST_CASE("compressor: levels that there are not are refused") {
  for (const int level : {10, -3, 100, -100}) {
    CAPTURE(level);
    CHECK_THROWS_WITH(Compressor(Level{level}), "the compression level must be 1 to 9");
  }
}

TEST_CASE("stored blocks") {
  using jujubackup::deflate::append_stored;
  Bytes out;
  append_stored(out, {});
  CHECK(out == test::bytes({1, 0, 0, 0xff, 0xff}));
  out.clear();
  append_stored(out, test::bytes_of("ab"));
  CHECK(out == test::bytes({1, 2, 0, 0xfd, 0xff, 'a', 'b'}));
  out.clear();
  append_stored(out, Bytes(65536, std::byte{}));
  CHECK(out.size() == 65536 + 10);
  CHECK(Bytes(out.begin(), out.begin() + 5) == test::bytes({0, 0xff, 0xff, 0, 0}));
  CHECK(Bytes(out.end() - 6, out.end()) == test::bytes({1, 1, 0, 0xfe, 0xff, 0}));
}

TEST_CASE("crc32 as gzip has it") {
  using jujubackup::deflate::crc32;
  CHECK(crc32(0, {}) == 0);
  CHECK(crc32(0, test::bytes_of("123456789")) == 0xcbf43926);
  CHECK(crc32(crc32(0, test::bytes_of("1234")), test::bytes_of("56789")) == 0xcbf43926);
  CHECK(crc32(0xcbf43926, {}) == 0xcbf43926);
  const Bytes content = test::random_bytes(100001);
  CHECK(crc32(0, content) == crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()));
}

TEST_CASE("engines: each part says who does it") {
  const auto engines = jujubackup::deflate::engines();
  for (const std::string& name : {engines.fast, engines.standard, engines.compact}) {
    CAPTURE(name);
    CHECK(name.find(" level ") != std::string::npos);
  }
  for (const std::string& name : {engines.members, engines.streams}) CHECK(!name.empty());
  CHECK(engines.standard.ends_with(" level 6"));
}
