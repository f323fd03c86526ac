// SHA-1 and SHA-256 of a file that several threads work on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crypto/digest.hpp"
#include "crypto/sha_together.hpp"

namespace jujubackup {

// Both on one thread, by sha_together().
struct BothShas {
  ShaStates states;
  std::array<std::byte, sha_block_bytes> begun{};  // a block that is not whole
  std::uint64_t size_bytes = 0;
  void update(std::span<const std::byte> bytes);
  ShaStates finished() const;  // as if all had come
};

// The work comes in one part or two, each of which sees all bytes, in order; no part waits for another. In one part both digests take 1.2
// times as long as one of them; in two, on two threads, as long as one, but twice the work. So there are two where threads abound.
class FileHasher {
 public:
  enum class Wanted { nothing, sha256, both };
  FileHasher(Wanted wanted, unsigned threads, bool together = can_sha_together());

  unsigned parts() const noexcept;
  // On one thread at a time for each part.
  void update(unsigned part, std::span<const std::byte> bytes);
  // All parts.
  void update(std::span<const std::byte> bytes);

  // The part that has the SHA-256. What it has seen so far, and more may follow.
  static constexpr unsigned sha256_part = 0;
  std::vector<std::byte> sha256() const;
  // When all parts have seen all; "" of what was not wanted.
  std::string sha1_base64() const;
  std::string sha256_hex() const;

 private:
  std::vector<std::byte> sha1() const;

  std::optional<BothShas> together_;
  std::optional<Digest> sha256_, sha1_;
};

}  // namespace jujubackup
