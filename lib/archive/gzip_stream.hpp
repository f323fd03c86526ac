// Inflating a gzip file of any origin, member by member, from its first byte to its last.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <jujubackup/io.hpp>
#include <jujubackup/job.hpp>

#include "archive/gzip_member.hpp"
#include "archive/stream.hpp"

namespace jujubackup::gzip {

// Checks every checksum and length. Throws ArchiveFault:
//   gzip-not          the file does not begin as gzip
//   gzip-truncated    it ends inside of a member
//   gzip-damaged      deflate data that cannot be, checksum or length mismatch, a member header that cannot be
//   gzip-trailing     bytes after the last member (the text says so if they look like JSON: a server's error after the data)
//   gzip-bomb         more than 256 MiB of content, at more than five hundred times the size of the file; Error(limit)
//   seal-missing      it began as ours and ends without a seal
//   seal-mismatch     the seal disagrees with what was read
// Zero bytes after the last member of a foreign file are padding and let pass.
class GzipStream final : public Stream {
 public:
  // `tap` sees every byte of the file, once, in order.
  using Tap = std::function<void(std::span<const std::byte>)>;
  GzipStream(Source& source, Tap tap = {}, Job* job = nullptr);
  ~GzipStream() override;

  std::span<const std::byte> next() override;

  std::uint64_t file_bytes() const noexcept;     // read so far
  std::uint64_t content_bytes() const noexcept;  // handed out so far
  std::uint64_t members() const noexcept;        // complete ones, the seal not counted
  bool own_layout() const noexcept;              // the first member was one of ours
  bool sealed() const noexcept;                  // a good seal was seen

 private:
  struct State;
  std::unique_ptr<State> state_;
};

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
  std::vector<std::byte> compressed_, content_;
};

}  // namespace jujubackup::gzip
