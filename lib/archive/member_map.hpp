// Random access to a sealed file of ours.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <jujubackup/io.hpp>

#include "deflate/deflate.hpp"

namespace jujubackup::gzip {

// The members of a sealed file of ours, found without inflating, and random access to the content.
class MemberMap {
 public:
  // Null unless the source has random access, the file ends with a seal and the chain of members from the first byte leads exactly to it.
  // Null as well for what would be a gzip-bomb or has absurdly small members.
  static std::unique_ptr<MemberMap> find(const Source& source);

  std::uint64_t content_bytes() const noexcept { return content_bytes_; }
  std::uint64_t members() const noexcept { return members_.size(); }
  // Up to into.size() bytes of content from `offset`; 0 at the end. Inflates the member(s) that hold them; the last one is kept.
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into);
  // From `offset` to the end of the member that holds it; empty at the end. Valid until the next call.
  std::span<const std::byte> piece_at(std::uint64_t offset);

 private:
  struct Member {
    std::uint64_t file_offset, content_offset;
    std::uint32_t member_bytes, content_bytes;
  };
  explicit MemberMap(const Source& source) : source_(source) {}

  const Source& source_;
  std::vector<Member> members_;
  std::uint64_t content_bytes_ = 0;
  std::size_t current_ = SIZE_MAX;
  Buffer compressed_, content_;
  deflate::Inflater inflater_;
};

}  // namespace jujubackup::gzip
