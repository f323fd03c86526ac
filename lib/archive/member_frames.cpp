#include "archive/member_frames.hpp"

#include <string>

#include "archive/fault.hpp"
#include "archive/gzip_inflater.hpp"
#include "base/claim_cache.hpp"

namespace jujubackup::gzip {
namespace {

std::string at_offset(std::uint64_t offset) { return "offset " + std::to_string(offset); }

}  // namespace

bool MemberFrames::fill(Buffer& bytes, std::size_t size) {
  std::size_t have = bytes.size();
  if (have >= size) return true;
  bytes.resize(size);
  claim_cache_lines(std::span(bytes).subspan(have));
  while (have < size) {
    const std::size_t got = source_.read(std::span(bytes).subspan(have));
    if (got == 0) break;
    have += got;
  }
  bytes.resize(have);
  return have == size;
}

bool MemberFrames::begins_as_ours() { return fill(ahead_, member_header_bytes) && parse_member_header(ahead_).has_value(); }

std::optional<MemberFrames::Frame> MemberFrames::next(Buffer& bytes) {
  bytes.assign(ahead_.begin(), ahead_.end());
  ahead_.clear();
  const std::string where = at_offset(offset_);
  const bool at_end = !fill(bytes, sealed_ ? 1 : member_header_bytes);
  if (sealed_) {
    if (at_end) return std::nullopt;
    constexpr std::size_t quoted_bytes = 64;
    fill(bytes, quoted_bytes);
    refuse_trailing(bytes, offset_);
  }
  if (bytes.empty()) throw ArchiveFault("seal-missing", where, "the archive ends without its seal: it was cut between two members");
  if (!at_end) {
    if (const auto header = parse_member_header(bytes)) return take_member(bytes, *header);
  }
  return take_seal(bytes);
}

MemberFrames::Frame MemberFrames::take_member(Buffer& bytes, const MemberHeader& header) {
  Frame frame;
  frame.file_offset = offset_;
  frame.header = header;
  // Together with the header of what comes next, so that a member costs one call.
  fill(bytes, std::size_t{header.member_bytes} + member_header_bytes);
  if (bytes.size() < header.member_bytes) {
    throw ArchiveFault("gzip-truncated", at_offset(offset_ + bytes.size()), "the file ends inside of a gzip member");
  }
  ahead_.assign(bytes.begin() + header.member_bytes, bytes.end());
  bytes.resize(header.member_bytes);
  offset_ += header.member_bytes;
  return frame;
}

MemberFrames::Frame MemberFrames::take_seal(Buffer& bytes) {
  const std::string where = at_offset(offset_);
  const bool at_end = !fill(bytes, seal_bytes);
  Frame frame;
  frame.file_offset = offset_;
  frame.seal = parse_seal(bytes);
  if (!frame.seal) {
    const auto byte = [&](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
    const bool is_gzip = bytes.size() >= 2 && byte(0) == 0x1f && byte(1) == 0x8b;
    if (bytes.size() >= 2 && !is_gzip) {
      throw ArchiveFault("gzip-damaged", where, "what follows a gzip member is neither another one nor the seal");
    }
    if (at_end) throw ArchiveFault("gzip-truncated", where, "the file ends inside of a gzip member");
    throw ArchiveFault("gzip-damaged", where, "gzip member header is not as this library writes it");
  }
  offset_ += bytes.size();
  sealed_ = true;
  return frame;
}

bool MemberFrames::take_rest(Buffer& bytes, std::size_t limit_bytes) {
  bytes.assign(ahead_.begin(), ahead_.end());
  ahead_.clear();
  if (bytes.empty()) {
    bytes.resize(limit_bytes);
    bytes.resize(source_.read(bytes));
  }
  offset_ += bytes.size();
  return !bytes.empty();
}

}  // namespace jujubackup::gzip
