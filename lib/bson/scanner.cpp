#include <algorithm>
#include <utility>

#include "bson/document.hpp"

namespace jujubackup::bson {

Scanner::Scanner(Visit visit, std::size_t keep_bytes) : visit_(std::move(visit)), keep_bytes_(keep_bytes) {}

bool Scanner::fail(const std::string& text) {
  problem_ = "document " + std::to_string(documents_ + 1) + " at offset " + std::to_string(document_offset_) + ": " + text;
  kept_.clear();
  return false;
}

// Most of a dump: good documents that are at hand as a whole. What comes after them is returned.
std::span<const std::byte> Scanner::pass_whole_documents(std::span<const std::byte> bytes) {
  while (bytes.size() >= min_document_bytes) {
    std::uint32_t length = 0;
    for (unsigned i = 0; i < 4; ++i) length |= std::to_integer<std::uint32_t>(bytes[i]) << (8 * i);
    if (length < min_document_bytes || length > max_document_bytes || length > bytes.size() || bytes[length - 1] != std::byte{0}) break;
    ++documents_;
    offset_ += length;
    if (visit_ && length <= keep_bytes_) visit_(bytes.first(length));
    bytes = bytes.subspan(length);
  }
  return bytes;
}

bool Scanner::feed(std::span<const std::byte> bytes) {
  if (!problem_.empty()) return false;
  while (!bytes.empty()) {
    if (header_bytes_ == 0) {
      bytes = pass_whole_documents(bytes);
      if (bytes.empty()) break;
    }
    if (header_bytes_ < 4) {
      if (header_bytes_ == 0) {
        document_offset_ = offset_;
        length_ = 0;
        kept_.clear();
      }
      // The length may itself be cut anywhere between two pieces.
      length_ |= std::to_integer<std::uint32_t>(bytes.front()) << (8 * header_bytes_);
      if (visit_) kept_.push_back(bytes.front());
      ++header_bytes_;
      ++offset_;
      bytes = bytes.subspan(1);
      if (header_bytes_ < 4) continue;
      // The format's length is signed.
      if (length_ < min_document_bytes || length_ > max_document_bytes) {
        return fail("length " + std::to_string(static_cast<std::int32_t>(length_)) + " is impossible");
      }
      left_ = length_ - 4;
      continue;
    }

    const std::span<const std::byte> piece = bytes.first(std::min<std::size_t>(left_, bytes.size()));
    const bool keep = visit_ && length_ <= keep_bytes_;
    if (keep) kept_.insert(kept_.end(), piece.begin(), piece.end());
    left_ -= static_cast<std::uint32_t>(piece.size());
    offset_ += piece.size();
    bytes = bytes.subspan(piece.size());
    if (left_ > 0) continue;

    if (piece.back() != std::byte{0}) return fail("no terminating zero byte");
    header_bytes_ = 0;
    ++documents_;
    if (keep) visit_(kept_);
  }
  return true;
}

bool Scanner::finish() {
  if (!problem_.empty()) return false;
  if (header_bytes_ == 0) return true;
  if (header_bytes_ < 4) return fail("the data ends inside of its length");
  return fail("the data ends after " + std::to_string(length_ - left_) + " of " + std::to_string(length_) + " bytes");
}

}  // namespace jujubackup::bson
