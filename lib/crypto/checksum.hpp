// XXH3-128: a checksum against accidents, about ten times as fast as SHA-256. Contents that share one can be made at will, so it says
// nothing about intent; for that is Digest.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>

struct XXH3_state_s;

namespace jujubackup {

// In canonical form, seed 0: to_hex of it is what `xxh128sum` prints.
using Checksum128 = std::array<std::byte, 16>;

Checksum128 checksum128(std::span<const std::byte> bytes);

// For content that comes in pieces.
class Checksummer128 {
 public:
  Checksummer128();
  void update(std::span<const std::byte> bytes);
  Checksum128 finish();  // starts anew afterwards
  void reset();

 private:
  struct Free {
    void operator()(XXH3_state_s* state) const;
  };
  std::unique_ptr<XXH3_state_s, Free> state_;
};

}  // namespace jujubackup
