#include "crypto/checksum.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "test_support.hpp"

namespace {

std::string digits(std::size_t size) {
  std::string text;
  while (text.size() < size) text += "0123456789";
  return text.substr(0, size);
}

}  // namespace

TEST_CASE("checksum: what xxh128sum prints, in one piece and in many") {
  struct Case {
    std::size_t size;
    const char* hex;
  };
  // yes 0123456789 | tr -d '\n' | head -c SIZE | xxh128sum. The sizes are those at which XXH3 takes another way.
  const Case cases[] = {
      {0, "99aa06d3014798d86001c324468d497f"},    {1, "ce8f15881282a4001982e3a7bb241055"},      {3, "93aec821685cebc18ed2b2f360965d90"},
      {4, "e7f00c8d576b45ee824b77d5917b737b"},    {8, "647579ea30e43a75f455a8e446810217"},      {9, "7ed631159e915ea8e23a7f36c9118966"},
      {16, "0cee8790d00e20d602cd2cf2f8106579"},   {17, "fcf0446565af98b2d99e120f29eb2c61"},     {128, "56dff7559d5811f4641c7f4e2d805d60"},
      {129, "18a2a06f270418cd33260dfe90e8d890"},  {240, "8eefe86fdb1b9e1e2262f4d2eaf15aea"},    {241, "8b8be89226108c58367d0ce95644ade5"},
      {256, "74692b08e79635bbfc8ed34e0d6eeed8"},  {257, "c2d3429158fce62bf493920a0e25de19"},    {1024, "75f5ec2b93ebcb36f7158a3b78202e84"},
      {1025, "ccb1c607ccdef3225133c7904c99fe38"}, {100000, "8f687fa3a23517fdf864ed958daf788a"},
  };
  jujubackup::Checksummer128 running;
  for (const Case& c : cases) {
    CAPTURE(c.size);
    const std::string text = digits(c.size);
    const auto bytes = test::bytes_of(text);
    CHECK(jujubackup::to_hex(jujubackup::checksum128(bytes)) == c.hex);
    for (const std::size_t step : {1, 7, 256, 1000, 1 << 20}) {
      for (std::size_t at = 0; at < bytes.size(); at += step) running.update(bytes.subspan(at, std::min(step, bytes.size() - at)));
      CHECK(jujubackup::to_hex(running.finish()) == c.hex);
    }
    running.update(bytes);
    running.update({});
    CHECK(jujubackup::to_hex(running.finish()) == c.hex);
    running.update(test::bytes_of("forgotten"));
    running.reset();
  }
}
