#include "server/multipart.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"

namespace jujubackup {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 18;
constexpr std::size_t max_boundary = 70;
constexpr std::size_t max_preamble_bytes = std::size_t{1} << 16;
constexpr std::size_t max_line_bytes = std::size_t{4} << 10;
constexpr std::size_t max_header_bytes = std::size_t{16} << 10;
// Of blanks that a sender may put behind a boundary.
constexpr std::size_t max_padding = 64;
constexpr std::string_view blanks = " \t";

[[noreturn]] void bad(const std::string& what) { throw Error(ErrorCode::corrupt, "multipart: " + what); }
[[noreturn]] void too_long(const std::string& what) { throw Error(ErrorCode::limit, "multipart: " + what + " is too long"); }

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// A parameter's value, which `rest` begins with; what it was is taken off. Quotes may hold what is special elsewhere.
std::string take_value(std::string_view& rest) {
  std::string value;
  rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
  if (!rest.starts_with('"')) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    value = trimmed(rest.substr(0, end));
    rest.remove_prefix(end);
    return value;
  }
  std::size_t at = 1;
  for (; at < rest.size() && rest[at] != '"'; ++at) {
    if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
    value += rest[at];
  }
  rest.remove_prefix(std::min(at + 1, rest.size()));
  rest.remove_prefix(std::min(rest.find(';'), rest.size()));
  return value;
}

}  // namespace

MediaType parse_media_type(std::string_view text) {
  MediaType media;
  const std::size_t end = std::min(text.find(';'), text.size());
  media.type = lower(trimmed(text.substr(0, end)));
  std::string_view rest = text.substr(end);
  while (rest.starts_with(';')) {
    rest.remove_prefix(1);
    const std::size_t equals = rest.find_first_of("=;");
    if (equals == std::string_view::npos) break;
    const std::string name = lower(trimmed(rest.substr(0, equals)));
    rest.remove_prefix(equals);
    if (rest.starts_with(';')) continue;
    rest.remove_prefix(1);
    const std::string value = take_value(rest);
    if (name == "boundary" && media.boundary.empty()) media.boundary = value;
  }
  return media;
}

MultipartReader::MultipartReader(Read read, std::string_view boundary)
    : read_(std::move(read)),
      delimiter_("\r\n--" + std::string(boundary)),
      searcher_(delimiter_.data(), delimiter_.data() + delimiter_.size()),
      buffer_(buffer_bytes) {
  if (boundary.empty() || boundary.size() > max_boundary) bad("the boundary is missing or too long");
  if (boundary.find_first_of("\r\n") != std::string_view::npos) bad("the boundary has a line end in it");
  // The first boundary may stand at the very beginning; as if a line had ended before it.
  buffer_[0] = std::byte{'\r'};
  buffer_[1] = std::byte{'\n'};
  end_ = 2;
}

// In steps of the delimiter's length, where std::string_view::find stops at every '\r'.
std::size_t MultipartReader::find_delimiter(std::string_view text) const {
  const char* const end = text.data() + text.size();
  const char* const found = std::search(text.data(), end, searcher_);
  return found == end ? std::string_view::npos : static_cast<std::size_t>(found - text.data());
}

std::string_view MultipartReader::unread() const { return {reinterpret_cast<const char*>(buffer_.data()) + begin_, end_ - begin_}; }

void MultipartReader::drop(std::size_t bytes) {
  begin_ += bytes;
  content_bytes_ -= std::min(content_bytes_, bytes);
}

// Reads more behind what is there; false at the end of the body, or when the buffer is full.
bool MultipartReader::fill() {
  if (begin_ > 0 && (begin_ == end_ || buffer_.size() - end_ < buffer_.size() / 2)) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const std::span<std::byte> room(buffer_.data() + end_, buffer_.size() - end_);
  if (room.empty()) return false;
  const std::size_t got = read_(room);
  end_ += got;
  return got > 0;
}

// Whether a delimiter, and not only something that looks like one so far, begins at the first unread byte.
bool MultipartReader::at_delimiter() {
  for (;;) {
    const std::string_view text = unread();
    const std::size_t common = std::min(text.size(), delimiter_.size());
    if (text.substr(0, common) != std::string_view(delimiter_).substr(0, common)) return false;
    if (text.size() >= delimiter_.size() + 2) {
      std::string_view rest = text.substr(delimiter_.size());
      if (rest.starts_with("--")) return true;
      const std::size_t end = rest.find_first_not_of(blanks);
      if (end > max_padding && end != std::string_view::npos) return false;
      if (end != std::string_view::npos && end + 2 <= rest.size()) return rest.substr(end).starts_with("\r\n");
      if (rest.size() > max_padding + 2) return false;
    }
    if (!fill()) return false;
  }
}

// Past a delimiter that at_delimiter() has seen.
void MultipartReader::end_of_delimiter() {
  drop(delimiter_.size());
  content_bytes_ = 0;
  if (unread().starts_with("--")) {
    place_ = Place::finished;
    return;
  }
  drop(unread().find('\n') + 1);
  place_ = Place::between;
}

bool MultipartReader::skip_preamble() {
  std::size_t skipped = 0;
  for (;;) {
    const std::size_t at = unread().find('\r');
    const std::size_t before = at == std::string_view::npos ? unread().size() : at;
    drop(before);
    skipped += before;
    if (at != std::string_view::npos) {
      if (at_delimiter()) {
        end_of_delimiter();
        return place_ == Place::between;
      }
      drop(1);
      ++skipped;
    }
    if (skipped > max_preamble_bytes) too_long("what stands before the first part");
    if (begin_ == end_ && !fill()) {
      place_ = Place::finished;
      return false;
    }
  }
}

// Without its end.
std::string MultipartReader::line() {
  for (;;) {
    const std::size_t end = unread().find("\r\n");
    if (end <= max_line_bytes) {
      std::string text(unread().substr(0, end));
      drop(end + 2);
      return text;
    }
    if (unread().size() > max_line_bytes) too_long("a header of a part");
    if (!fill()) bad("the body ends inside of a part's header");
  }
}

void MultipartReader::read_headers() {
  content_type_.clear();
  std::size_t bytes = 0;
  for (;;) {
    const std::string text = line();
    if (text.empty()) return;
    bytes += text.size();
    if (bytes > max_header_bytes) too_long("the header of a part");
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) bad("a line of a part's header has no colon");
    if (content_type_.empty() && equal_ignoring_case(trimmed(std::string_view(text).substr(0, colon)), "content-type")) {
      content_type_ = trimmed(std::string_view(text).substr(colon + 1));
    }
  }
}

bool MultipartReader::next_part() {
  if (place_ == Place::preamble && !skip_preamble()) return false;
  while (place_ == Place::part) {
    std::byte dropped[4096];
    read(dropped);
  }
  if (place_ == Place::finished) return false;
  read_headers();
  place_ = Place::part;
  return true;
}

// Content that need not lie in the buffer on its way; 0 if that has to decide. What may be the beginning of a delimiter is put into it.
std::size_t MultipartReader::read_past_buffer(std::span<std::byte> into) {
  const std::size_t held = unread().size();
  into = into.first(std::min(into.size(), buffer_.size()));
  if (held >= delimiter_.size() || into.size() < 2 * delimiter_.size()) return 0;
  std::memcpy(into.data(), buffer_.data() + begin_, held);
  const std::size_t got = read_(into.subspan(held));
  if (got == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(into.data()), held + got);
  const std::size_t content = std::min(find_delimiter(text), text.size() - std::min(text.size(), delimiter_.size() - 1));
  begin_ = 0;
  end_ = text.size() - content;
  std::memcpy(buffer_.data(), text.data() + content, end_);
  return content;
}

std::size_t MultipartReader::read(std::span<std::byte> into) {
  if (place_ != Place::part || into.empty()) return 0;
  while (content_bytes_ == 0) {
    if (const std::size_t content = read_past_buffer(into)) return content;
    // What may be the beginning of a delimiter stays until more is there.
    const std::size_t found = find_delimiter(unread());
    if (found == 0) {
      if (at_delimiter()) {
        end_of_delimiter();
        return 0;
      }
      content_bytes_ = 1;
    } else if (found != std::string_view::npos) {
      content_bytes_ = found;
    } else if (unread().size() >= delimiter_.size()) {
      content_bytes_ = unread().size() - delimiter_.size() + 1;
    } else if (!fill()) {
      bad("the body ends inside of a part");
    }
  }
  const std::size_t bytes = std::min(content_bytes_, into.size());
  std::memcpy(into.data(), buffer_.data() + begin_, bytes);
  drop(bytes);
  return bytes;
}

}  // namespace jujubackup
