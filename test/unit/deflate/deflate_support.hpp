// Content of several kinds, and zlib as the judge.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/buffer.hpp"
#include "test_support.hpp"

namespace test {

using Bytes = jujubackup::Buffer;

inline Bytes random_bytes(std::size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  Bytes out(size);
  for (std::byte& b : out) b = static_cast<std::byte>(random() >> 24);
  return out;
}

// As a dump looks: the same names again and again, with values that differ.
inline Bytes documents(std::size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < size) {
    text += "_id=" + std::to_string(random()) +
            " model-uuid=deadbeef-0bad-400d-8000-4b1d0d06f00d status=idle updated=" + std::to_string(random() % 100000) + '\n';
  }
  text.resize(size);
  const auto bytes = bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

struct Sample {
  std::string name;
  Bytes content;
};

inline std::vector<Sample> samples() {
  Bytes far = random_bytes(40000);  // what repeats, repeats at the greatest distance that there is
  for (std::size_t i = 32768; i < far.size(); ++i) far[i] = far[i - 32768];
  Bytes mixed = documents(100000);
  const Bytes noise = random_bytes(100000);
  mixed.insert(mixed.end(), noise.begin(), noise.end());
  return {
      {"nothing", {}},
      {"one byte", {std::byte{'x'}}},
      {"zeros", Bytes(300000, std::byte{})},
      {"documents", documents(300000)},
      {"random", random_bytes(200000)},
      {"a little that is random", random_bytes(1000)},
      {"far matches", far},
      {"half random", mixed},
  };
}

inline Bytes zlib_deflate(const Bytes& content, int level = 6, int strategy = Z_DEFAULT_STRATEGY, int flush = Z_FINISH) {
  z_stream z{};
  if (deflateInit2(&z, level, Z_DEFLATED, -MAX_WBITS, 8, strategy) != Z_OK) throw std::runtime_error("deflateInit2");
  Bytes out(deflateBound(&z, content.size()) + 100);
  Bytes in = content;
  z.next_in = reinterpret_cast<Bytef*>(in.data());
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  if (flush != Z_FINISH) deflate(&z, flush);
  if (deflate(&z, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("deflate");
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

// The content of a stream that is there as a whole; throws if it is not, or more is.
inline Bytes zlib_inflate(const Bytes& stream, std::size_t size) {
  z_stream z{};
  if (inflateInit2(&z, -MAX_WBITS) != Z_OK) throw std::runtime_error("inflateInit2");
  Bytes out(size + 1);
  Bytes in = stream;
  z.next_in = reinterpret_cast<Bytef*>(in.data());
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&z, Z_FINISH);
  out.resize(z.total_out);
  const bool all = z.avail_in == 0;
  inflateEnd(&z);
  if (result != Z_STREAM_END || !all) throw std::runtime_error("zlib does not take the stream");
  return out;
}

struct NamedStream {
  std::string name;
  Bytes stream, content;
};

// Every kind of block, and every sample.
inline std::vector<NamedStream> streams() {
  std::vector<NamedStream> out;
  for (const Sample& sample : samples()) {
    const auto add = [&](const char* how, const Bytes& stream) { out.push_back({sample.name + ", " + how, stream, sample.content}); };
    add("dynamic", zlib_deflate(sample.content));
    add("fixed", zlib_deflate(sample.content, 6, Z_FIXED));
    add("no matches", zlib_deflate(sample.content, 6, Z_HUFFMAN_ONLY));
    add("stored", zlib_deflate(sample.content, 0));
    add("flushed", zlib_deflate(sample.content, 1, Z_DEFAULT_STRATEGY, Z_FULL_FLUSH));
  }
  return out;
}

struct BadStream {
  std::string name;
  Bytes bytes;
};

inline Bytes bytes(std::initializer_list<int> values) {
  Bytes out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

// Each is followed by enough for a decoder that overlooks it to go on.
inline std::vector<BadStream> bad_streams() {
  std::vector<BadStream> out = {
      {"reserved block type", bytes({0x07})},
      {"stored block whose length has the wrong complement", bytes({0x01, 0x04, 0x00, 0xfa, 0xff})},
      // Fixed codes: length 3, distance 1, and nothing before it.
      {"distance before the begin", bytes({0x03, 0x02, 0x00})},
      // "a", then length 3, distance 2.
      {"distance one too far", bytes({0x4b, 0x04, 0x42, 0x00})},
      // The codes of 30 and 31 exist and mean nothing.
      {"distance symbol 30", bytes({0x4b, 0x04, 0x3e, 0x00})},
      {"distance symbol 31", bytes({0x4b, 0x04, 0x7e, 0x00})},
      // Three codes of one bit.
      {"more codes than fit", bytes({0x05, 0x00, 0x92, 0x00})},
  };
  for (BadStream& stream : out) stream.bytes.resize(stream.bytes.size() + 300, std::byte{0});
  return out;
}

}  // namespace test
