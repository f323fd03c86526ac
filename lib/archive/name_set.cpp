#include "archive/name_set.hpp"

namespace jujubackup {

namespace {
constexpr std::size_t first_slots = 256;
constexpr std::uint64_t stands_for_zero = 1;
}  // namespace

std::size_t NameSet::slot_of(std::uint64_t hash) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = static_cast<std::size_t>(hash >> 7) & mask;
  while (slots_[slot] != 0 && slots_[slot] != hash) slot = (slot + 1) & mask;
  return slot;
}

bool NameSet::contains(std::uint64_t hash) const noexcept {
  if (slots_.empty()) return false;
  if (hash == 0) hash = stands_for_zero;
  return slots_[slot_of(hash)] == hash;
}

bool NameSet::insert(std::uint64_t hash) {
  if (hash == 0) hash = stands_for_zero;
  if (used_ * 2 >= slots_.size()) {
    std::vector<std::uint64_t> old = std::move(slots_);
    slots_.assign(old.empty() ? first_slots : old.size() * 2, 0);
    for (const std::uint64_t each : old) {
      if (each != 0) slots_[slot_of(each)] = each;
    }
  }
  std::uint64_t& place = slots_[slot_of(hash)];
  if (place == hash) return false;
  place = hash;
  ++used_;
  return true;
}

}  // namespace jujubackup
