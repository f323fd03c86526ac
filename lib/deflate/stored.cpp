#include "deflate/stored.hpp"

#include <algorithm>
#include <cstring>

namespace jujubackup::deflate {

void append_stored(Buffer& out, std::span<const std::byte> content) {
  std::size_t at = out.size();
  out.resize(at + stored_bytes(content.size()));
  for (;;) {
    const auto block = content.first(std::min(content.size(), stored_block_bytes));
    content = content.subspan(block.size());
    const bool last = content.empty();
    const auto low = static_cast<std::byte>(block.size() & 0xff);
    const auto high = static_cast<std::byte>(block.size() >> 8);
    // The last-block bit and two bits of type 0, padded; the length and its complement.
    for (const std::byte b : {last ? std::byte{1} : std::byte{0}, low, high, ~low, ~high}) out[at++] = b;
    if (!block.empty()) std::memcpy(&out[at], block.data(), block.size());
    at += block.size();
    if (last) return;
  }
}

}  // namespace jujubackup::deflate
