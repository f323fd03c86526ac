#include <algorithm>
#include <cstring>

#include "server/multipart.hpp"
#include "test_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::MultipartReader;
using test::error_of;

namespace {

struct Part {
  std::string type, content;
  bool operator==(const Part&) const = default;
};

// All parts, read `step` bytes at a time from a body that comes `step` bytes at a time.
std::vector<Part> parts_of(std::string_view body, std::size_t step, const std::string& boundary = "xyz") {
  std::size_t at = 0;
  MultipartReader reader(
      [&](std::span<std::byte> into) {
        const std::size_t bytes = std::min({step, into.size(), body.size() - at});
        std::memcpy(into.data(), body.data() + at, bytes);
        at += bytes;
        return bytes;
      },
      boundary);
  std::vector<Part> parts;
  std::vector<std::byte> buffer(step);
  while (reader.next_part()) {
    Part part{reader.content_type(), ""};
    while (const std::size_t got = reader.read(buffer)) part.content += test::text_of(std::span(buffer).first(got));
    parts.push_back(part);
  }
  return parts;
}

constexpr std::size_t steps[] = {1, 2, 3, 7, 100, 1 << 20};

}  // namespace

TEST_CASE("the parts of a body, however it comes") {
  struct Case {
    const char* name;
    std::string body;
    std::vector<Part> wanted;
  };
  const std::string json = "Content-Type: application/json\r\n\r\n";
  const Case cases[] = {
      {"two parts",
       "--xyz\r\n" + json + "{}\r\n--xyz\r\nContent-Type:a/b\r\nX: y\r\n\r\nbytes\r\n--xyz--\r\n",
       {{"application/json", "{}"}, {"a/b", "bytes"}}},
      {"a preamble, an epilogue", "hello\r\n--xyz  \r\n" + json + "{}\r\n--xyz--\r\nmore", {{"application/json", "{}"}}},
      {"no part", "--xyz--", {}},
      {"nothing", "", {}},
      {"no boundary", "something else", {}},
      {"empty content", "--xyz\r\n\r\n\r\n--xyz--", {{"", ""}}},
      {"what looks like a boundary", "--xyz\r\n\r\n\r\n--xyzz\r\n--xy\r\n-\r\n\r\n--xyz--", {{"", "\r\n--xyzz\r\n--xy\r\n-\r\n"}}},
      {"line ends as content", "--xyz\r\n\r\n\r\r\r\n\r\n--xyz--", {{"", "\r\r\r\n"}}},
      {"a case of the header's name", "--xyz\r\ncontent-TYPE:  x \r\n\r\n1\r\n--xyz--", {{"x", "1"}}},
      {"the first type counts", "--xyz\r\nContent-Type: x\r\nContent-Type: y\r\n\r\n1\r\n--xyz--", {{"x", "1"}}},
  };
  for (const Case& c : cases) {
    for (const std::size_t step : steps) {
      INFO(c.name << ", by " << step);
      CHECK(parts_of(c.body, step) == c.wanted);
    }
  }
}

TEST_CASE("a part larger than any buffer, with a boundary across each edge") {
  for (std::size_t size = (1 << 18) - 40; size < (1 << 18) + 10; ++size) {
    const std::string content(size, 'x');
    const auto parts = parts_of("--xyz\r\n\r\n" + content + "\r\n--xyz\r\n\r\n2\r\n--xyz--", 1 << 20);
    REQUIRE(parts.size() == 2);
    REQUIRE(parts[0].content.size() == size);
    REQUIRE(parts[1].content == "2");
  }
}

TEST_CASE("bad bodies") {
  struct Case {
    const char* name;
    std::string body;
    ErrorCode code;
  };
  const Case cases[] = {
      {"ends in the content", "--xyz\r\n\r\nabc", ErrorCode::corrupt},
      {"ends in the boundary", "--xyz\r\n\r\nabc\r\n--xyz", ErrorCode::corrupt},
      {"ends in the header", "--xyz\r\nContent-Ty", ErrorCode::corrupt},
      {"no colon", "--xyz\r\nhello\r\n\r\n", ErrorCode::corrupt},
      {"a long line", "--xyz\r\nA: " + std::string(5000, 'a') + "\r\n\r\n", ErrorCode::limit},
      {"many lines",
       "--xyz\r\n" +
           [] {
             std::string s;
             for (int i = 0; i < 100; ++i) s += "A: " + std::string(1000, 'a') + "\r\n";
             return s;
           }() +
           "\r\n",
       ErrorCode::limit},
      {"a long preamble", std::string(100'000, 'a'), ErrorCode::limit},
      {"a long preamble of line ends", std::string(100'000, '\r'), ErrorCode::limit},
  };
  for (const Case& c : cases) {
    for (const std::size_t step : steps) {
      INFO(c.name << ", by " << step);
      const auto error = error_of([&] { parts_of(c.body, step); });
      REQUIRE(error);
      CHECK(error->code() == c.code);
    }
  }
  for (const std::string& boundary : {std::string(), std::string(71, 'a'), std::string("a\r\nb")}) {
    CHECK(error_of([&] { parts_of("", 1, boundary); }));
  }
}

TEST_CASE("cut anywhere, a body is never taken for whole") {
  const std::string body = "--xyz\r\nContent-Type: a\r\n\r\nbytes\r\n--xyz--";
  for (std::size_t size = 0; size < body.size(); ++size) {
    INFO(size);
    std::vector<Part> parts;
    const auto error = error_of([&] { parts = parts_of(std::string_view(body).substr(0, size), 100); });
    CHECK((error || parts.empty()));
  }
}

TEST_CASE("media types") {
  struct Case {
    const char *text, *type, *boundary;
  };
  const Case cases[] = {
      {"multipart/form-data; boundary=xyz", "multipart/form-data", "xyz"},
      {"Multipart/Form-Data ;a=b; BOUNDARY = \"x;\\\"y\" ; c", "multipart/form-data", "x;\"y"},
      {"multipart/mixed;boundary=a;boundary=b", "multipart/mixed", "a"},
      {"text/plain", "text/plain", ""},
      {"", "", ""},
      {";;=;", "", ""},
      {"a/b; boundary=\"", "a/b", ""},
      {"a/b; boundary=\"x\\", "a/b", "x\\"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    const auto media = jujubackup::parse_media_type(c.text);
    CHECK(media.type == c.type);
    CHECK(media.boundary == c.boundary);
  }
}
