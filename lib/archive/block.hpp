// Producing one block of a plan: read, digest, compress. Safe to call for different blocks on different threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "archive/plan.hpp"

namespace jujubackup {

struct ChunkDigest {
  std::size_t file = 0;  // which of Plan::files
  std::array<std::byte, 32> sha256{};
};

struct BlockResult {
  std::vector<std::byte> member;     // one gzip member
  std::vector<ChunkDigest> digests;  // in the order of the content
  std::vector<std::string> warnings;
};

// Files that vanished or shrank are padded with zeros to the planned size, those that grew are cut. `content` is working
// space that callers keep between calls.
BlockResult produce_block(const Plan& plan, const Block& block, int level, std::vector<std::byte>& content);

}  // namespace jujubackup
