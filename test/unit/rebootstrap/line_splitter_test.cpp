#include "rebootstrap/line_splitter.hpp"

#include <string>
#include <vector>

#include "test_support.hpp"

TEST_CASE("output becomes lines, however it arrives") {
  const std::string text = "one\ntwo\r\n\n50%\r100%\rlast";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    CAPTURE(piece);
    std::vector<std::string> lines;
    jujubackup::rebootstrapping::LineSplitter splitter([&](std::string_view line) { lines.emplace_back(line); });
    for (std::size_t at = 0; at < text.size(); at += piece) splitter.add(std::string_view(text).substr(at, piece));
    CHECK(lines.size() == 4);
    splitter.finish();
    CHECK(lines == std::vector<std::string>{"one", "two", "50%", "100%", "last"});
  }
}

TEST_CASE("a line without end is cut") {
  std::vector<std::string> lines;
  jujubackup::rebootstrapping::LineSplitter splitter([&](std::string_view line) { lines.emplace_back(line); });
  splitter.add(std::string(10000, 'x'));
  splitter.finish();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].size() == 4096);
  CHECK(lines[2].size() == 10000 - 2 * 4096);
}
