#include "archive/gzip_member.hpp"

#include <algorithm>

#include <jujubackup/error.hpp>

#include "archive/fault.hpp"
#include "base/claim_cache.hpp"

namespace jujubackup::gzip {
namespace {

// Magic, deflate, FEXTRA, no time, no hints, OS unknown.
constexpr std::array<std::uint8_t, 10> fixed_header = {0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff};
constexpr std::uint16_t member_extra_bytes = 12;
constexpr std::uint16_t seal_extra_bytes = 52;
constexpr std::size_t trailer_bytes = 8;

void put(Buffer& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::byte>(value >> (8 * i) & 0xff));
}

std::uint64_t get(std::span<const std::byte> bytes, std::size_t at, int count) {
  std::uint64_t value = 0;
  for (int i = count - 1; i >= 0; --i) value = value << 8 | std::to_integer<std::uint64_t>(bytes[at + static_cast<std::size_t>(i)]);
  return value;
}

void put_header(Buffer& out, char second, std::uint16_t extra_bytes) {
  for (const auto b : fixed_header) out.push_back(static_cast<std::byte>(b));
  put(out, extra_bytes, 2);
  out.push_back(static_cast<std::byte>('J'));
  out.push_back(static_cast<std::byte>(second));
  put(out, extra_bytes - 4U, 2);
}

bool has_header(std::span<const std::byte> bytes, char second, std::uint16_t extra_bytes) {
  if (bytes.size() < fixed_header.size() + 2U + extra_bytes) return false;
  for (std::size_t i = 0; i < fixed_header.size(); ++i) {
    if (std::to_integer<std::uint8_t>(bytes[i]) != fixed_header[i]) return false;
  }
  return get(bytes, 10, 2) == extra_bytes && std::to_integer<char>(bytes[12]) == 'J' && std::to_integer<char>(bytes[13]) == second &&
         get(bytes, 14, 2) == extra_bytes - 4U;
}

}  // namespace

void append_member(Buffer& out, std::span<const std::byte> content, deflate::Compressor& compressor) {
  if (content.size() > max_member_content_bytes) throw Error(ErrorCode::internal, "a gzip member would be too large");
  const std::size_t begin = out.size();
  put_header(out, 'B', member_extra_bytes);
  put(out, 0, 4);  // the member's length, known at the end
  put(out, content.size(), 4);
  compressor.append(out, content);
  put(out, deflate::crc32(0, content), 4);
  put(out, content.size(), 4);
  const auto size = static_cast<std::uint32_t>(out.size() - begin);
  for (std::size_t i = 0; i < 4; ++i) out[begin + 16 + i] = static_cast<std::byte>(size >> (8 * i) & 0xff);
}

void append_seal(Buffer& out, const Seal& seal) {
  put_header(out, 'S', seal_extra_bytes);
  put(out, seal.file_bytes, 8);
  put(out, seal.content_bytes, 8);
  out.insert(out.end(), seal.sha256.begin(), seal.sha256.end());
  put(out, 0x0003, 2);  // an empty final block of deflate
  put(out, 0, trailer_bytes);
}

std::optional<MemberHeader> parse_member_header(std::span<const std::byte> bytes) {
  if (!has_header(bytes, 'B', member_extra_bytes)) return std::nullopt;
  MemberHeader header;
  header.member_bytes = static_cast<std::uint32_t>(get(bytes, 16, 4));
  header.content_bytes = static_cast<std::uint32_t>(get(bytes, 20, 4));
  const bool possible = header.member_bytes >= member_header_bytes + 2 + trailer_bytes && header.member_bytes <= max_member_bytes &&
                        header.content_bytes > 0 && header.content_bytes <= max_member_content_bytes;
  return possible ? std::optional(header) : std::nullopt;
}

std::optional<Seal> parse_seal(std::span<const std::byte> bytes) {
  if (bytes.size() != seal_bytes || !has_header(bytes, 'S', seal_extra_bytes)) return std::nullopt;
  Seal seal;
  seal.file_bytes = get(bytes, 16, 8);
  seal.content_bytes = get(bytes, 24, 8);
  std::copy_n(bytes.begin() + 32, seal.sha256.size(), seal.sha256.begin());
  Buffer expected;
  append_seal(expected, seal);
  return std::equal(bytes.begin(), bytes.end(), expected.begin(), expected.end()) ? std::optional(seal) : std::nullopt;
}

std::span<const std::byte> deflate_data(std::span<const std::byte> member) {
  return member.subspan(member_header_bytes, member.size() - member_header_bytes - trailer_bytes);
}

void inflate_member(std::span<const std::byte> member, Buffer& content, deflate::Inflater& inflater, std::uint64_t file_offset) {
  const auto damaged = [file_offset](const char* what) {
    return ArchiveFault("gzip-damaged", "offset " + std::to_string(file_offset), what);
  };
  const auto header = parse_member_header(member);
  if (!header || header->member_bytes != member.size()) throw damaged("gzip member is not as its header says");

  content.resize(header->content_bytes);
  claim_cache_lines(content);
  const std::size_t trailer = member.size() - trailer_bytes;
  if (!inflater.inflate(member.subspan(member_header_bytes, trailer - member_header_bytes), content)) {
    throw damaged("compressed data is damaged or has another length than its header says");
  }
  if (get(member, trailer, 4) != deflate::crc32(0, content)) throw damaged("gzip checksum mismatch");
  if (get(member, trailer + 4, 4) != header->content_bytes) throw damaged("gzip length mismatch");
}

}  // namespace jujubackup::gzip
