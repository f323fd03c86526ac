// Raw deflate (RFC 1951) and gzip's CRC, by the fastest of the libraries that this build has: libdeflate, ISA-L, and zlib, which is
// always there. Which one does what can be asked, and is of no concern otherwise: the streams are the same format.
//
// This room knows no gzip framing and no files. Each object is for one thread at a time and keeps its working memory between calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <jujubackup/level.hpp>

#include "base/buffer.hpp"

namespace jujubackup::deflate {

class Encoder;

class Compressor {
 public:
  // Error(invalid_argument) for a level that there is not.
  explicit Compressor(Level level);
  Compressor(Compressor&&) noexcept;
  Compressor& operator=(Compressor&&) noexcept;
  ~Compressor();
  // Appends one whole stream of `content` to `out`: never more than 5 bytes for each 65535 begun above the content's own length.
  // Content up to 2 GiB.
  void append(Buffer& out, std::span<const std::byte> content);

 private:
  void use(Level level);

  Level level_, used_;
  std::unique_ptr<Encoder> encoder_;
};

// Inflates streams that are at hand as a whole and of known length.
class Inflater {
 public:
  Inflater();
  Inflater(Inflater&&) noexcept;
  Inflater& operator=(Inflater&&) noexcept;
  ~Inflater();
  // Fills `content` exactly. False if the stream is damaged, has another length, or ends before `stream` does; what is in `content`
  // is then of no use.
  bool inflate(std::span<const std::byte> stream, std::span<std::byte> content);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Inflates one stream after another of any length, which come in pieces.
class StreamInflater {
 public:
  StreamInflater();
  StreamInflater(StreamInflater&&) noexcept;
  StreamInflater& operator=(StreamInflater&&) noexcept;
  ~StreamInflater();
  // For a new stream.
  void reset();

  struct Step {
    std::size_t consumed = 0;  // of `in`
    std::size_t produced = 0;  // of `out`
    bool ended = false;        // the whole stream was produced, and `consumed` ends exactly behind its last byte
    bool damaged = false;      // and nothing more will come; `produced` is what came before
  };
  // Uses some of `in` and fills some of `out`, until either is used up or the stream ends. What was not consumed has to be given
  // again, with what follows it; it may have been looked at already. What lies in `out` behind `produced` may be overwritten.
  Step inflate(std::span<const std::byte> in, std::span<std::byte> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Of gzip; begins with 0.
std::uint32_t crc32(std::uint32_t crc, std::span<const std::byte> bytes);

// For bug reports: what does what in this build, such as "ISA-L 2.30.0 level 1".
struct Engines {
  std::string fast, standard, compact;  // compressors
  std::string members, streams;         // Inflater, StreamInflater
};
Engines engines();

}  // namespace jujubackup::deflate
