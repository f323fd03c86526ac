// Cutting a file of ours into its members, without inflating them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <jujubackup/io.hpp>

#include "archive/gzip_member.hpp"

namespace jujubackup::gzip {

class MemberFrames {
 public:
  explicit MemberFrames(Source& source) : source_(source) {}

  // Reads the first bytes; whether they begin a member of ours. If not, take_rest() hands them out again.
  bool begins_as_ours();

  struct Frame {
    std::uint64_t file_offset = 0;
    std::optional<MemberHeader> header;  // a member
    std::optional<Seal> seal;            // or the seal
  };
  // Reads one member, or the seal, into `bytes`; nothing after the seal, when the file ends there. What cannot be is thrown as
  // ArchiveFault; `bytes` then holds what was read of it.
  std::optional<Frame> next(Buffer& bytes);
  // Bytes of the file as they come, from where next() stopped; false at its end.
  bool take_rest(Buffer& bytes, std::size_t limit_bytes);

 private:
  // Reads until `bytes` has `size` of them; false if the file ends before.
  bool fill(Buffer& bytes, std::size_t size);
  Frame take_member(Buffer& bytes, const MemberHeader& header);
  Frame take_seal(Buffer& bytes);

  Source& source_;
  Buffer ahead_;              // read already: the beginning of what comes next
  std::uint64_t offset_ = 0;  // of ahead_ in the file
  bool sealed_ = false;
};

}  // namespace jujubackup::gzip
