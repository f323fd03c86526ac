// The gzip members that our archives are made of.
//
// Each is an ordinary member (RFC 1952) with an extra field "JB" that holds its own length and that of its content, so that a reader
// can hop from member to member. The last one is empty and carries an extra field "JS" instead, the seal: how many bytes came before
// it and their SHA-256. A file without a good seal was cut, or is not ours.
//
//   bytes  0-9   1f 8b 08 04 00000000 00 ff      (FEXTRA; no time; OS unknown)
//         10-11  length of the extra field
//         12...  'J' 'B' 08 00  u32 member bytes  u32 content bytes
//         12...  'J' 'S' 30 00  u64 bytes before  u64 content bytes before  SHA-256 of the bytes before
//   Then a deflate stream, CRC-32 and content length as usual. All numbers little-endian.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "deflate/deflate.hpp"

namespace jujubackup::gzip {

inline constexpr std::size_t member_header_bytes = 24;
inline constexpr std::size_t seal_bytes = 12 + 4 + 48 + 2 + 8;
// How much content a member of ours may hold; a header that claims more is not ours. No member is much longer than its content.
inline constexpr std::uint32_t max_member_content_bytes = 1u << 20;
inline constexpr std::uint32_t max_member_bytes = max_member_content_bytes + 4096;

struct MemberHeader {
  std::uint32_t member_bytes = 0;   // of the whole member, header and trailer included
  std::uint32_t content_bytes = 0;  // after inflating
};
struct Seal {
  std::uint64_t file_bytes = 0;     // before the seal
  std::uint64_t content_bytes = 0;  // of all members
  std::array<std::byte, 32> sha256{};
};

// Whether that much content out of so many bytes of the file is an attack. Deflate can expand a thousand times; real dumps stay below
// fifty, and what is small does no harm.
constexpr bool is_bomb(std::uint64_t content_bytes, std::uint64_t file_bytes) noexcept {
  return content_bytes > std::uint64_t{256} << 20 && content_bytes / 500 > file_bytes;
}

// Compresses `content` into one member, appended to `out`.
void append_member(Buffer& out, std::span<const std::byte> content, deflate::Compressor& compressor);
void append_seal(Buffer& out, const Seal& seal);

// Nothing unless the bytes begin exactly as append_member writes them and the lengths are within the limits.
std::optional<MemberHeader> parse_member_header(std::span<const std::byte> bytes);
// Nothing unless `bytes` is exactly what append_seal writes.
std::optional<Seal> parse_seal(std::span<const std::byte> bytes);

// What lies between the header and the trailer of a member that append_member made.
std::span<const std::byte> deflate_data(std::span<const std::byte> member);

// Inflates one whole member into `content` (resized); throws ArchiveFault "gzip-damaged" if anything in it disagrees with its header.
// `file_offset` is for the message.
void inflate_member(std::span<const std::byte> member, Buffer& content, deflate::Inflater& inflater, std::uint64_t file_offset);

}  // namespace jujubackup::gzip
