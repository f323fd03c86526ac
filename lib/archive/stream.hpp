// Bytes that are pulled, piece by piece, out of a layer below: file, gzip, tar entry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace jujubackup {

class Stream {
 public:
  virtual ~Stream() = default;
  // The next piece, valid until the next call; empty only at the end.
  virtual std::span<const std::byte> next() = 0;
  // Passes over `bytes` more cheaply than by next(); returns how many were passed over, which may be fewer, also 0.
  virtual std::uint64_t skip(std::uint64_t bytes) {
    static_cast<void>(bytes);
    return 0;
  }
};

}  // namespace jujubackup
