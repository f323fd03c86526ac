#include "archive/name_set.hpp"

#include <bit>
#include <random>

namespace jujubackup {

namespace {
constexpr std::size_t first_slots = 256;
constexpr std::uint64_t stands_for_zero = 1;

// Names can be made so that their hashes differ and still lead to one slot, which would cost the square of their number. So where a
// hash leads to is another matter in each process.
struct Secret {
  std::uint64_t mask, factor;
};
Secret make_secret() {
  std::random_device device;
  const auto number = [&device] { return std::uint64_t{device()} << 32 | device(); };
  return {number(), number() | 1};
}
std::uint64_t scattered(std::uint64_t hash) {
  static const Secret secret = make_secret();
  hash = (hash ^ secret.mask) * secret.factor;
  return (hash ^ hash >> 32) * secret.factor;
}
}  // namespace

std::size_t NameSet::slot_of(std::uint64_t hash) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  auto slot = static_cast<std::size_t>(scattered(hash) >> (64 - std::countr_zero(slots_.size())));
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
