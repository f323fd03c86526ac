#include "crypto/age/input.hpp"

#include <algorithm>
#include <cstring>

namespace jujubackup::age {

bool Input::fill() {
  buffer_.resize(buffer_bytes);
  if (begin_ != 0) std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const std::size_t got = source_->read(std::span(buffer_).subspan(end_));
  end_ += got;
  return got != 0;
}

std::span<const std::byte> Input::peek(std::size_t size_bytes) {
  while (end_ - begin_ < size_bytes && fill()) {
  }
  return {buffer_.data() + begin_, std::min(end_ - begin_, size_bytes)};
}

Input::Line Input::read_line(std::string& line, std::size_t limit_bytes) {
  line.clear();
  for (;;) {
    if (begin_ == end_ && !fill()) return line.empty() ? Line::end : Line::unterminated;
    const char* from = reinterpret_cast<const char*>(buffer_.data()) + begin_;
    const void* newline = std::memchr(from, '\n', end_ - begin_);
    const std::size_t piece = newline == nullptr ? end_ - begin_ : static_cast<std::size_t>(static_cast<const char*>(newline) - from);
    if (piece > limit_bytes - line.size()) return Line::too_long;
    line.append(from, piece);
    begin_ += piece;
    if (newline == nullptr) continue;
    ++begin_;
    return Line::complete;
  }
}

std::size_t Input::read(std::span<std::byte> into) {
  const std::size_t ahead = std::min(end_ - begin_, into.size());
  std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), ahead, into.begin());
  begin_ += ahead;
  std::size_t done = ahead;
  while (done < into.size()) {
    const std::size_t got = source_->read(into.subspan(done));
    if (got == 0) break;
    done += got;
  }
  return done;
}

}  // namespace jujubackup::age
