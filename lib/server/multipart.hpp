// The parts of a multipart body (RFC 2046), one after the other, in bounded memory.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/buffer.hpp"

namespace jujubackup {

// "multipart/form-data; boundary=xyz" taken apart.
struct MediaType {
  std::string type;      // in lower case; "" if there is none
  std::string boundary;  // "" if there is none
};
MediaType parse_media_type(std::string_view text);

class MultipartReader {
 public:
  // Up to that many bytes of the body; 0 at its end.
  using Read = std::function<std::size_t(std::span<std::byte>)>;
  // Error(corrupt) unless `boundary` is 1 to 70 characters, as the RFC has it.
  MultipartReader(Read read, std::string_view boundary);
  MultipartReader(const MultipartReader&) = delete;
  MultipartReader& operator=(const MultipartReader&) = delete;

  // Goes on to the next part, past what was not read of this one; false when there is none. Error(corrupt), Error(limit).
  bool next_part();
  // Of this part; "" if it has none.
  const std::string& content_type() const noexcept { return content_type_; }
  // Of the part's content; 0 at its end. Error(corrupt) if the body ends before the part does.
  std::size_t read(std::span<std::byte> into);

 private:
  enum class Place { preamble, part, between, finished };

  std::string_view unread() const;
  void drop(std::size_t bytes);
  bool fill();
  std::size_t read_past_buffer(std::span<std::byte> into);
  bool skip_preamble();
  bool at_delimiter();
  void end_of_delimiter();
  std::string line();
  void read_headers();

  std::size_t find_delimiter(std::string_view text) const;

  Read read_;
  const std::string delimiter_;  // "\r\n--" and the boundary
  const std::boyer_moore_horspool_searcher<const char*> searcher_;
  Buffer buffer_;
  std::size_t begin_ = 0, end_ = 0;  // what is in the buffer and was not handed out
  std::size_t content_bytes_ = 0;    // of that, what was looked at and holds no delimiter
  Place place_ = Place::preamble;
  std::string content_type_;
};

}  // namespace jujubackup
