// How hard to compress.
#pragma once

#include <cstdint>

namespace [[gnu::visibility("default")]] jujubackup {

// docs/levels.md has what each costs and gains. The values are part of the C ABI.
enum class Level : std::int32_t {
  fast = -1,     // and what was compressed is not inflated again to compare it
  standard = 0,  // near the size of gzip -6
  compact = -2,  // no larger than gzip -6, but for data that hardly gets smaller at all
  // 1 to 9: a number, growing slower and smaller
};

}  // namespace jujubackup
