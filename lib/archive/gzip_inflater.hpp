// Inflating a gzip file of any writer, which arrives in pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "archive/fault.hpp"
#include "deflate/deflate.hpp"

namespace jujubackup::gzip {

// Of the file's end and what may follow it, for readers of both kinds of files: throws gzip-trailing. `rest` begins with what follows.
[[noreturn]] void refuse_trailing(std::span<const std::byte> rest, std::uint64_t offset);

// Checks every checksum and length. See GzipReader for the faults. Zero bytes after the last member are padding and let pass.
class GzipInflater {
 public:
  // The next bytes of the file.
  void push(std::span<const std::byte> bytes);
  // Nothing more comes.
  void end_of_file() { at_end_ = true; }
  // Fills `content` as far as what was pushed allows; the number of bytes made. A fault is thrown when all content before it was taken.
  std::size_t pull(std::span<std::byte> content);

  bool finished() const noexcept { return mode_ == Mode::done; }  // the end was seen, and is good
  std::size_t backlog() const noexcept { return in_.size() - position_; }
  std::uint64_t members() const noexcept { return members_; }  // complete ones

 private:
  enum class Mode { before_member, in_member, at_trailer, padding, done };

  std::span<const std::byte> left() const { return std::span(in_).subspan(position_); }
  std::uint64_t offset() const noexcept { return in_offset_ + position_; }
  // Whether `count` bytes are at hand, or the file ends before them: in both cases one can go on.
  bool enough(std::size_t count) const { return backlog() >= count || at_end_; }
  // Each does what it can; false if it needs more of the file.
  bool begin_member();
  bool skip_padding();
  bool check_trailer();
  bool inflate_some(std::span<std::byte> content, std::size_t& made);
  std::optional<std::size_t> header_bytes() const;
  unsigned byte_at(std::size_t i) const { return std::to_integer<unsigned>(in_[position_ + i]); }

  std::vector<std::byte> in_;  // from in_offset_ of the file
  std::size_t position_ = 0;
  std::uint64_t in_offset_ = 0;
  bool at_end_ = false;

  Mode mode_ = Mode::before_member;
  deflate::StreamInflater inflater_;
  std::uint32_t crc_ = 0;
  std::uint64_t member_offset_ = 0;
  std::uint64_t member_content_ = 0;
  std::uint64_t members_ = 0;
  std::optional<ArchiveFault> fault_;
};

}  // namespace jujubackup::gzip
