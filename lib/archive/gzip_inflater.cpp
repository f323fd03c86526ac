#include "archive/gzip_inflater.hpp"

#include <algorithm>
#include <string>

#include "archive/gzip_member.hpp"

namespace jujubackup::gzip {
namespace {

constexpr std::size_t fixed_header_bytes = 10;
constexpr std::size_t trailer_bytes = 8;
// The header of one member: name, comment and extra field included.
constexpr std::size_t max_header_bytes = std::size_t{128} * 1024;

enum Flag : unsigned { flag_hcrc = 2, flag_extra = 4, flag_name = 8, flag_comment = 16, flag_reserved = 0xe0 };

ArchiveFault fault_at(const char* code, std::uint64_t offset, const char* text) { return {code, "offset " + std::to_string(offset), text}; }

}  // namespace

void refuse_trailing(std::span<const std::byte> rest, std::uint64_t offset) {
  const auto first = std::find_if(rest.begin(), rest.end(), [](std::byte b) { return b != std::byte{0}; });
  if (first != rest.end() && (*first == std::byte{'{'} || *first == std::byte{'['})) {
    throw fault_at("gzip-trailing", offset,
                   "JSON text follows the end of the gzip data: most likely a server's error, sent after a part of the archive");
  }
  throw fault_at("gzip-trailing", offset, "bytes follow the end of the gzip data");
}

void GzipInflater::push(std::span<const std::byte> bytes) {
  in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(position_));
  in_offset_ += position_;
  position_ = 0;
  in_.insert(in_.end(), bytes.begin(), bytes.end());
}

std::size_t GzipInflater::pull(std::span<std::byte> content) {
  if (fault_) throw ArchiveFault(*fault_);
  std::size_t made = 0;
  try {
    for (bool more = true; more && made < content.size();) {
      switch (mode_) {
        case Mode::before_member: more = begin_member(); break;
        case Mode::in_member: more = inflate_some(content, made); break;
        case Mode::at_trailer: more = check_trailer(); break;
        case Mode::padding: more = skip_padding(); break;
        case Mode::done: more = false; break;
      }
    }
  } catch (const ArchiveFault& fault) {
    if (made == 0) throw;
    fault_ = fault;
  }
  return made;
}

// RFC 1952 section 2.3. Nothing if more of the file is needed to tell.
std::optional<std::size_t> GzipInflater::header_bytes() const {
  const std::size_t have = backlog();
  const auto missing = [&](std::size_t count) {
    if (count > max_header_bytes) throw fault_at("gzip-damaged", offset(), "gzip header is too long");
    if (have >= count) return false;
    if (at_end_) throw fault_at("gzip-truncated", offset(), "the file ends inside of a gzip header");
    return true;
  };
  if (missing(4)) return std::nullopt;
  if (byte_at(2) != 8) throw fault_at("gzip-damaged", offset(), "unknown gzip compression method");
  const unsigned flags = byte_at(3);
  if ((flags & flag_reserved) != 0) throw fault_at("gzip-damaged", offset(), "reserved gzip flags are set");
  std::size_t size = fixed_header_bytes;
  if ((flags & flag_extra) != 0) {
    if (missing(size + 2)) return std::nullopt;
    size += 2 + (byte_at(size) | byte_at(size + 1) << 8);
  }
  for (const unsigned text : {flag_name, flag_comment}) {
    if ((flags & text) == 0) continue;
    do {
      if (missing(size + 1)) return std::nullopt;
    } while (byte_at(size++) != 0);
  }
  if ((flags & flag_hcrc) != 0) {
    if (missing(size + 2)) return std::nullopt;
    if ((byte_at(size) | byte_at(size + 1) << 8) != (deflate::crc32(0, left().first(size)) & 0xffffU)) {
      throw fault_at("gzip-damaged", offset(), "gzip header checksum mismatch");
    }
    size += 2;
  }
  if (missing(size)) return std::nullopt;
  return size;
}

bool GzipInflater::begin_member() {
  // As much as tells a member of ours, or the seal, from others.
  if (!enough(seal_bytes)) return false;
  if (backlog() < 2 || byte_at(0) != 0x1f || byte_at(1) != 0x8b) {
    if (members_ == 0) throw fault_at("gzip-not", offset(), backlog() == 0 ? "the file is empty" : "not a gzip file");
    mode_ = Mode::padding;
    return true;
  }
  const auto at_hand = left();
  const bool member_of_ours = at_hand.size() >= member_header_bytes && parse_member_header(at_hand.first(member_header_bytes));
  const bool seal = at_hand.size() >= seal_bytes && parse_seal(at_hand.first(seal_bytes));
  if (member_of_ours || seal) {
    throw fault_at("gzip-damaged", 0, "the first gzip member is not as this library writes it, but later ones are");
  }
  const std::optional<std::size_t> size = header_bytes();
  if (!size) return false;
  member_offset_ = offset();
  member_content_ = 0;
  crc_ = 0;
  position_ += *size;
  inflater_.reset();
  mode_ = Mode::in_member;
  return true;
}

bool GzipInflater::skip_padding() {
  const auto rest = left();
  const auto first = std::find_if(rest.begin(), rest.end(), [](std::byte b) { return b != std::byte{0}; });
  position_ += static_cast<std::size_t>(first - rest.begin());
  constexpr std::size_t quoted_bytes = 64;
  if (backlog() != 0) {
    if (!enough(quoted_bytes)) return false;
    refuse_trailing(left(), offset());
  }
  if (at_end_) mode_ = Mode::done;
  return at_end_;
}

bool GzipInflater::inflate_some(std::span<std::byte> content, std::size_t& made) {
  const auto room = content.subspan(made);
  const auto step = inflater_.inflate(left(), room);
  position_ += step.consumed;
  crc_ = deflate::crc32(crc_, room.first(step.produced));
  member_content_ += step.produced;
  made += step.produced;
  if (step.damaged) throw fault_at("gzip-damaged", offset(), "compressed data is damaged");
  if (step.ended) mode_ = Mode::at_trailer;
  if (step.ended || backlog() != 0 || step.produced == room.size()) return true;
  if (at_end_) throw fault_at("gzip-truncated", offset(), "the file ends inside of a gzip member");
  return false;
}

bool GzipInflater::check_trailer() {
  if (!enough(trailer_bytes)) return false;
  if (backlog() < trailer_bytes) throw fault_at("gzip-truncated", offset(), "the file ends before the checksum of a gzip member");
  const auto number = [this](std::size_t at) { return byte_at(at) | byte_at(at + 1) << 8 | byte_at(at + 2) << 16 | byte_at(at + 3) << 24; };
  if (number(0) != crc_) throw fault_at("gzip-damaged", member_offset_, "gzip checksum mismatch");
  if (number(4) != (member_content_ & 0xffffffffU)) throw fault_at("gzip-damaged", member_offset_, "gzip length mismatch");
  position_ += trailer_bytes;
  ++members_;
  mode_ = Mode::before_member;
  return true;
}

}  // namespace jujubackup::gzip
