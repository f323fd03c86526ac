// A source read by lines first and in large pieces later.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include <jujubackup/io.hpp>

#include "base/buffer.hpp"

namespace jujubackup::age {

class Input {
 public:
  explicit Input(Source& source) : source_(&source) {}

  // What comes next, without taking it: `size_bytes` of it, at most buffer_bytes, and fewer only before the end.
  std::span<const std::byte> peek(std::size_t size_bytes);
  void skip(std::size_t size_bytes) { begin_ += size_bytes; }  // of what was peeked at

  enum class Line { complete, unterminated, too_long, end };
  // The next line without its '\n'. unterminated: the end came before one; end: there was nothing left. too_long: more than `limit_bytes`.
  Line read_line(std::string& line, std::size_t limit_bytes);

  // Fewer than into.size() bytes only at the end.
  std::size_t read(std::span<std::byte> into);

  // Forgets what was read ahead; the source was put elsewhere.
  void reset() noexcept { begin_ = end_ = 0; }

  static constexpr std::size_t buffer_bytes = std::size_t{32} << 10;

 private:
  bool fill();

  Source* source_;
  Buffer buffer_;
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace jujubackup::age
