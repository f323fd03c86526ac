#include "deflate/incompressible.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <functional>

namespace jujubackup::deflate {
namespace {

constexpr std::size_t least_bytes = std::size_t{16} * 1024;
constexpr std::size_t samples = 16;
constexpr std::size_t sample_bytes = 1024;

// Among n random bytes n(n-1)/512 pairs are equal, give or take 2 % for a sample of ours. English text has fifteen times as many, so a
// sample of something else shows even if all others are random.
constexpr std::uint64_t random_pairs(std::uint64_t n) { return n * (n - 1) / 512; }
constexpr std::uint64_t most_in_sample = random_pairs(sample_bytes) * 3 / 2;
// Of all samples together. In xz, JPEG and gzip there are up to 7 % more than in random bytes.
constexpr std::uint64_t most_in_all = random_pairs(samples * sample_bytes) * 115 / 100;
// Programs have ten times as many as random bytes, BSON twelve to twenty.
constexpr std::uint64_t most_nearly = 3;

constexpr std::size_t window_bytes = std::size_t{32} * 1024;
constexpr unsigned hash_bits = 13;

using Counts = std::array<std::uint32_t, 256>;

std::uint64_t equal_pairs(const Counts& counts) {
  std::uint64_t pairs = 0;
  for (const std::uint64_t count : counts) pairs += count * (count - 1) / 2;
  return pairs;
}

// How near to equally frequent bytes are, in each of some samples and in all of them together.
Randomness of_frequencies(std::span<const std::byte> content) {
  Counts pooled{};
  bool flat = true;
  const std::size_t step = (content.size() - sample_bytes) / (samples - 1);
  for (std::size_t i = 0; i < samples; ++i) {
    Counts counts{};
    for (const std::byte b : content.subspan(i * step, sample_bytes)) ++counts[std::to_integer<std::size_t>(b)];
    if (equal_pairs(counts) > most_nearly * random_pairs(sample_bytes)) return Randomness::none;
    flat = flat && equal_pairs(counts) <= most_in_sample;
    std::ranges::transform(counts, pooled, pooled.begin(), std::plus<>());
  }
  return flat && equal_pairs(pooled) <= most_in_all ? Randomness::full : Randomness::nearly;
}

// Whether nearly nothing in the middle is there twice. By the last place where four bytes with the same hash were.
bool has_no_matches(std::span<const std::byte> content) {
  const std::size_t size = std::min(content.size(), window_bytes);
  const auto window = content.subspan((content.size() - size) / 2, size);
  std::array<std::uint16_t, std::size_t{1} << hash_bits> last{};
  std::size_t matches = 0;
  const std::size_t end = size - 3;
  for (std::size_t at = 0; at < end; ++at) {
    std::uint32_t four = 0;
    std::memcpy(&four, &window[at], sizeof four);
    const std::size_t slot = four * 0x9e3779b1U >> (32 - hash_bits);
    std::uint32_t before = 0;
    std::memcpy(&before, &window[last[slot]], sizeof before);
    if (before == four && last[slot] != at) ++matches;
    last[slot] = static_cast<std::uint16_t>(at);
  }
  return matches < size / 100;
}

}  // namespace

Randomness randomness_of(std::span<const std::byte> content) {
  if (content.size() < least_bytes) return Randomness::none;
  const Randomness seen = of_frequencies(content);
  if (seen != Randomness::full) return seen;
  return has_no_matches(content) ? Randomness::full : Randomness::none;
}

}  // namespace jujubackup::deflate
