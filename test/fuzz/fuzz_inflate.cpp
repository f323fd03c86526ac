// The two inflaters and zlib agree. The first byte says in which pieces the rest, a raw deflate stream, is given.
//
// What zlib takes, both take, with the same content and the same end. The reverse is not so: ISA-L takes codes that leave some bits
// unused, and libdeflate before 1.17 takes the length symbols 286 and 287; no encoder writes either.
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <vector>

#include "deflate/deflate.hpp"

namespace {

using Bytes = std::vector<std::byte>;

constexpr std::size_t max_content_bytes = 150000;

struct Whole {
  Bytes content;
  std::size_t stream_bytes = 0;
};

void require(bool good) {
  if (!good) std::abort();
}

// Nothing if the stream is damaged, cut or too long for a test.
std::optional<Whole> by_stream(std::span<const std::byte> in, std::size_t piece, std::size_t room) {
  jujubackup::deflate::StreamInflater inflater;
  Whole whole;
  Bytes out(room);
  for (;;) {
    const auto given = in.subspan(whole.stream_bytes, std::min(piece, in.size() - whole.stream_bytes));
    const auto step = inflater.inflate(given, out);
    require(step.consumed <= given.size() && step.produced <= out.size());
    whole.stream_bytes += step.consumed;
    whole.content.insert(whole.content.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(step.produced));
    if (step.damaged || whole.content.size() > max_content_bytes) break;
    if (step.ended) return whole;
    require(step.consumed == given.size() || step.produced == out.size());
    if (whole.stream_bytes == in.size() && step.produced < out.size()) break;
  }
  return std::nullopt;
}

std::optional<Whole> by_zlib(std::span<const std::byte> in) {
  z_stream z{};
  require(inflateInit2(&z, -MAX_WBITS) == Z_OK);
  Whole whole;
  whole.content.resize(max_content_bytes);
  Bytes copy(in.begin(), in.end());
  copy.push_back({});  // never an empty buffer
  z.next_in = reinterpret_cast<Bytef*>(copy.data());
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(whole.content.data());
  z.avail_out = static_cast<uInt>(whole.content.size());
  const int result = inflate(&z, Z_FINISH);
  whole.content.resize(whole.content.size() - z.avail_out);
  whole.stream_bytes = in.size() - z.avail_in;
  inflateEnd(&z);
  return result == Z_STREAM_END ? std::optional(std::move(whole)) : std::nullopt;
}

bool inflates(std::span<const std::byte> stream, Bytes& content) { return jujubackup::deflate::Inflater().inflate(stream, content); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::size_t sizes[] = {1, 2, 3, 7, 100, 600, 4096, 70000};
  const std::size_t piece = sizes[data[0] & 7];
  const std::size_t room = sizes[data[0] >> 3 & 7];
  const auto in = std::as_bytes(std::span(data, size)).subspan(1);

  const auto pieces = by_stream(in, piece, room);
  const auto at_once = by_stream(in, in.size() + 1, sizes[7]);
  require(pieces.has_value() == at_once.has_value());
  if (pieces) require(pieces->content == at_once->content && pieces->stream_bytes == at_once->stream_bytes);

  const auto zlib = by_zlib(in);
  if (zlib) {
    require(pieces && pieces->content == zlib->content && pieces->stream_bytes == zlib->stream_bytes);
    Bytes content(zlib->content.size());
    require(inflates(in.first(zlib->stream_bytes), content) && content == zlib->content);
  }
  if (pieces) {
    Bytes content(pieces->content.size());
    if (inflates(in.first(pieces->stream_bytes), content)) require(content == pieces->content);
    if (in.size() > pieces->stream_bytes) require(!inflates(in, content));
    content.push_back({});
    require(!inflates(in.first(pieces->stream_bytes), content));
  }
  return 0;
}
