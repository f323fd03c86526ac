// A multipart body and its Content-Type: only an Error comes out of bad ones; parts are the same however the bytes come; and what is
// written as a body is read back.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <jujubackup/error.hpp>

#include "server/multipart.hpp"

namespace {

using jujubackup::MultipartReader;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

using Parts = std::vector<std::pair<std::string, std::string>>;

// Nothing if the body is bad.
std::optional<Parts> parts_of(std::string_view body, std::string_view boundary, std::size_t step) {
  std::size_t at = 0;
  Parts parts;
  try {
    MultipartReader reader(
        [&](std::span<std::byte> into) {
          const std::size_t bytes = std::min({step, into.size(), body.size() - at});
          if (bytes > 0) std::memcpy(into.data(), body.data() + at, bytes);
          at += bytes;
          return bytes;
        },
        boundary);
    std::vector<std::byte> buffer(step);
    while (reader.next_part()) {
      parts.emplace_back(reader.content_type(), "");
      while (const std::size_t got = reader.read(buffer)) {
        parts.back().second.append(reinterpret_cast<const char*>(buffer.data()), got);
      }
    }
  } catch (const jujubackup::Error& error) {
    const bool expected = error.code() == jujubackup::ErrorCode::corrupt || error.code() == jujubackup::ErrorCode::limit;
    require(expected, error.what());
    return std::nullopt;
  }
  return parts;
}

}  // namespace

// The first line is the Content-Type, the rest the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  const std::string boundary = jujubackup::parse_media_type(text.substr(0, line)).boundary;
  const std::string_view body = text.substr(std::min(line + 1, text.size()));

  const auto whole = parts_of(body, boundary, std::size_t{1} << 16);
  require(parts_of(body, boundary, 1) == whole, "byte by byte");
  require(parts_of(body, boundary, 13) == whole, "by thirteen");
  if (!whole) return 0;
  std::size_t content = 0;
  for (const auto& [type, bytes] : *whole) content += bytes.size();
  require(content <= body.size(), "more than there was");

  std::string written;
  for (const auto& [type, bytes] : *whole) written += "--" + boundary + "\r\nContent-Type: " + type + "\r\n\r\n" + bytes + "\r\n";
  written += "--" + boundary + "--\r\n";
  if (written.find_first_of(" \t") != std::string::npos && boundary.find_first_of(" \t") != std::string::npos) return 0;
  const auto again = parts_of(written, boundary, std::size_t{1} << 16);
  require(again && again->size() == whole->size(), "parts read twice");
  for (std::size_t i = 0; i < whole->size(); ++i) require((*again)[i].second == (*whole)[i].second, "content read twice");
  return 0;
}
