// Telling content that deflate cannot make smaller, or not by much, without trying.
#pragma once

#include <cstddef>
#include <span>

namespace jujubackup::deflate {

enum class Randomness {
  none,
  nearly,  // no byte comes much more often than others: little can be gained
  full,    // and nothing comes twice: compressed or encrypted already, not worth the time
};

// Looks at samples only, so it costs a fraction of a millisecond, and now and then leaves a gain of a few per cent of such content. None
// for little content.
Randomness randomness_of(std::span<const std::byte> content);

}  // namespace jujubackup::deflate
