#include "archive/member_map.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "archive/fault.hpp"
#include "archive/gzip_member.hpp"

namespace jujubackup::gzip {
namespace {

// Exactly into.size() bytes, or false.
bool read_exactly(const Source& source, std::uint64_t offset, std::span<std::byte> into) {
  while (!into.empty()) {
    const std::size_t got = source.read_at(offset, into);
    if (got == 0) return false;
    offset += got;
    into = into.subspan(got);
  }
  return true;
}

// Our writer's blocks hold 256 KiB and more on average. A file with far more members than that is somebody's attack on our memory.
bool too_many(std::size_t members, std::uint64_t content_bytes) { return members > content_bytes / 65536 + 1024; }

}  // namespace

std::unique_ptr<MemberMap> MemberMap::find(const Source& source) {
  const auto size = source.size();
  if (!source.random_access() || !size || *size < seal_bytes + member_header_bytes) return nullptr;
  std::array<std::byte, seal_bytes> end{};
  const std::uint64_t seal_offset = *size - seal_bytes;
  if (!read_exactly(source, seal_offset, end)) return nullptr;
  const auto seal = parse_seal(end);
  if (!seal || seal->file_bytes != seal_offset) return nullptr;

  std::unique_ptr<MemberMap> map(new MemberMap(source));
  std::uint64_t offset = 0;
  std::array<std::byte, member_header_bytes> start{};
  while (offset < seal_offset) {
    if (!read_exactly(source, offset, start)) return nullptr;
    const auto header = parse_member_header(start);
    if (!header || header->member_bytes > seal_offset - offset) return nullptr;
    map->members_.push_back({offset, map->content_bytes_, header->member_bytes, header->content_bytes});
    offset += header->member_bytes;
    map->content_bytes_ += header->content_bytes;
    // The streamed reading says what is wrong with them.
    if (too_many(map->members_.size(), map->content_bytes_) || is_bomb(map->content_bytes_, offset)) return nullptr;
  }
  return map->content_bytes_ == seal->content_bytes ? std::move(map) : nullptr;
}

std::span<const std::byte> MemberMap::piece_at(std::uint64_t offset) {
  if (offset >= content_bytes_) return {};
  const auto after = std::upper_bound(members_.begin(), members_.end(), offset,
                                      [](std::uint64_t wanted, const Member& m) { return wanted < m.content_offset; });
  const auto index = static_cast<std::size_t>(after - members_.begin()) - 1;
  const Member& member = members_[index];
  if (index != current_) {
    current_ = SIZE_MAX;
    compressed_.resize(member.member_bytes);
    if (!read_exactly(source_, member.file_offset, compressed_)) {
      throw ArchiveFault("gzip-truncated", "offset " + std::to_string(member.file_offset), "the file became shorter while it was read");
    }
    inflate_member(compressed_, content_, inflater_, member.file_offset);
    if (content_.size() != member.content_bytes) {
      throw ArchiveFault("gzip-damaged", "offset " + std::to_string(member.file_offset), "the file changed while it was read");
    }
    current_ = index;
  }
  return std::span(content_).subspan(static_cast<std::size_t>(offset - member.content_offset));
}

std::size_t MemberMap::read_at(std::uint64_t offset, std::span<std::byte> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto piece = piece_at(offset + done);
    if (piece.empty()) break;
    const std::size_t count = std::min(piece.size(), into.size() - done);
    std::copy_n(piece.begin(), count, into.begin() + static_cast<std::ptrdiff_t>(done));
    done += count;
  }
  return done;
}

}  // namespace jujubackup::gzip
