#include "crypto/age/armor.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <string_view>

#include <jujubackup/error.hpp>

#include "crypto/age/base64.hpp"
#include "crypto/age/primitives.hpp"

namespace jujubackup::age {
namespace {

constexpr std::string_view first_line = "-----BEGIN AGE ENCRYPTED FILE-----";
constexpr std::string_view last_line = "-----END AGE ENCRYPTED FILE-----";
constexpr std::size_t columns = 64;
constexpr std::size_t line_bytes = columns / 4 * 3;
constexpr std::size_t lines_at_once = 1024;

constexpr bool is_space(std::byte b) { return b == std::byte{' '} || b == std::byte{'\t'} || b == std::byte{'\r'} || b == std::byte{'\n'}; }

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorCode::corrupt, "armor: " + what); }

}  // namespace

bool begins_armored(std::span<const std::byte> prefix) noexcept {
  const auto begin = std::ranges::find_if_not(prefix, is_space);
  const auto size = static_cast<std::size_t>(prefix.end() - begin);
  return size >= first_line.size() && std::ranges::equal(prefix.last(size).first(first_line.size()), bytes_of(first_line));
}

ArmorSink::ArmorSink(Sink& sink) : sink_(sink) {
  text_.reserve(lines_at_once * (columns + 1) + 1);
  waiting_.reserve(line_bytes);
  const auto line = bytes_of(first_line);
  text_.insert(text_.end(), line.begin(), line.end());
  text_.push_back(std::byte{'\n'});
  flush();
}

void ArmorSink::flush() {
  sink_.write(text_);
  text_.clear();
}

void ArmorSink::write(std::span<const std::byte> bytes) {
  const auto put_line = [this](std::span<const std::byte> line) {
    // EVP_EncodeBlock puts a zero behind.
    std::array<unsigned char, columns + 1> out{};
    const int size = EVP_EncodeBlock(out.data(), reinterpret_cast<const unsigned char*>(line.data()), static_cast<int>(line.size()));
    out[static_cast<std::size_t>(size)] = '\n';
    const auto text = std::as_bytes(std::span(out).first(static_cast<std::size_t>(size) + 1));
    text_.insert(text_.end(), text.begin(), text.end());
    if (text_.size() >= lines_at_once * (columns + 1)) flush();
  };
  if (!waiting_.empty()) {
    const std::size_t more = std::min(line_bytes - waiting_.size(), bytes.size());
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(more));
    bytes = bytes.subspan(more);
    if (waiting_.size() < line_bytes) return;
    put_line(waiting_);
    waiting_.clear();
  }
  for (; bytes.size() >= line_bytes; bytes = bytes.subspan(line_bytes)) put_line(bytes.first(line_bytes));
  waiting_.assign(bytes.begin(), bytes.end());
}

void ArmorSink::finish() {
  if (!waiting_.empty()) {
    std::array<unsigned char, columns + 1> out{};
    const int size =
        EVP_EncodeBlock(out.data(), reinterpret_cast<const unsigned char*>(waiting_.data()), static_cast<int>(waiting_.size()));
    const auto text = std::as_bytes(std::span(out).first(static_cast<std::size_t>(size)));
    text_.insert(text_.end(), text.begin(), text.end());
    text_.push_back(std::byte{'\n'});
    waiting_.clear();
  }
  const auto line = bytes_of(last_line);
  text_.insert(text_.end(), line.begin(), line.end());
  text_.push_back(std::byte{'\n'});
  flush();
}

void ArmorSource::rewind() {
  source_.rewind();
  input_.reset();
  place_ = Place::before;
  short_line_ = false;
  line_number_ = 0;
  decoded_.clear();
  taken_ = 0;
}

void ArmorSource::begin() {
  std::size_t skipped = 0;
  while (skipped <= max_outer_space_bytes) {
    const auto next = input_.peek(1);
    if (next.empty() || !is_space(next[0])) break;
    input_.skip(1);
    ++skipped;
  }
  if (skipped > max_outer_space_bytes) refuse("too much white space before it");
  if (!next_line() || line_ != first_line) refuse("the first line is malformed");
  place_ = Place::inside;
}

// False for the last line of the file if it has no line end.
bool ArmorSource::next_line() {
  ++line_number_;
  const Input::Line how = input_.read_line(line_, columns + 1);
  if (how == Input::Line::end) refuse("it is cut off");
  if (how == Input::Line::too_long) refuse("line " + std::to_string(line_number_) + " is longer than 64 characters");
  if (how == Input::Line::complete && line_.ends_with('\r')) line_.pop_back();
  return how == Input::Line::complete;
}

// Only white space may follow.
void ArmorSource::check_end() {
  for (std::size_t skipped = 0;; ++skipped) {
    const auto next = input_.peek(1);
    if (next.empty()) return;
    if (!is_space(next[0]) || skipped == max_outer_space_bytes) refuse("there is data behind its end");
    input_.skip(1);
  }
}

// False at the end.
bool ArmorSource::decode_line() {
  const bool complete = next_line();
  if (line_ == last_line) {
    place_ = Place::behind;
    check_end();
    return false;
  }
  if (!complete) refuse("it is cut off");
  const std::string where = "line " + std::to_string(line_number_);
  if (short_line_) refuse(where + " follows a short line, but is not the end");
  if (line_.size() > columns) refuse(where + " is longer than 64 characters");
  const std::size_t before = decoded_.size();
  decoded_.resize(before + line_bytes);
  const auto size = line_.empty() ? std::nullopt : decode_base64(line_, Padding::required, std::span(decoded_).subspan(before));
  if (!size) refuse(where + " is empty or not canonical base64");
  decoded_.resize(before + *size);
  short_line_ = *size < line_bytes;
  return true;
}

std::size_t ArmorSource::read(std::span<std::byte> into) {
  if (place_ == Place::before) begin();
  if (taken_ == decoded_.size() && place_ == Place::inside) {
    decoded_.clear();
    taken_ = 0;
    while (decoded_.size() < lines_at_once * line_bytes && decode_line()) {
    }
  }
  const std::size_t size = std::min(into.size(), decoded_.size() - taken_);
  std::copy_n(decoded_.begin() + static_cast<std::ptrdiff_t>(taken_), size, into.begin());
  taken_ += size;
  return size;
}

}  // namespace jujubackup::age
