// Producing the blocks of a plan: read, digest, compress, check. Each thread has a producer of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "archive/plan.hpp"
#include "crypto/checksum.hpp"
#include "deflate/deflate.hpp"

namespace jujubackup {

struct ChunkDigest {
  std::size_t file = 0;  // which of Plan::files
  Checksum128 digest{};
};

struct ProducedBlock {
  Buffer content;                    // of the tar
  Buffer member;                     // the same, as one gzip member
  std::vector<ChunkDigest> digests;  // in the order of the content
  std::vector<std::string> warnings;
};

// What one thread produces blocks with.
class BlockProducer {
 public:
  BlockProducer(const Plan& plan, Level level) : plan_(plan), compressor_(level), check_(inflates_again(level)) {}

  // Whether what was compressed is inflated again and compared. At the fast level that would be a fifth of the whole.
  static bool inflates_again(Level level) noexcept { return level != Level::fast; }

  // Files that vanished or shrank are padded with zeros to the planned size, those that grew are cut. A member that is found not to hold
  // its content, whatever the cause, is an Error(internal).
  void produce(const Block& block, ProducedBlock& into);
  // The same for content that is no part of the plan.
  void compress(std::span<const std::byte> content, Buffer& member);
  // Whether a member that append_member made inflates to just this content.
  bool holds(std::span<const std::byte> member, std::span<const std::byte> content);

 private:
  const Plan& plan_;
  deflate::Compressor compressor_;
  bool check_;
  deflate::Inflater inflater_;
  Buffer inflated_;
};

}  // namespace jujubackup
