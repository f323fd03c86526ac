// The names that were seen, as 64-bit hashes: a set that stays small however long the names are.
//
// Two names may share a hash. What follows is a false finding about an archive that was made for that, never a missed one.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace jujubackup {

constexpr std::uint64_t name_hash(std::string_view name) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  hash ^= hash >> 32;
  return hash * 0x9e3779b97f4a7c15U;
}

class NameSet {
 public:
  // Whether it was new.
  bool insert(std::uint64_t hash);
  bool contains(std::uint64_t hash) const noexcept;
  std::size_t size() const noexcept { return used_; }

 private:
  std::size_t slot_of(std::uint64_t hash) const noexcept;

  std::vector<std::uint64_t> slots_;  // a power of two of them, 0 is free
  std::size_t used_ = 0;
};

}  // namespace jujubackup
