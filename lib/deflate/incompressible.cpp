#include "deflate/incompressible.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace jujubackup::deflate {
namespace {

constexpr std::size_t least_bytes = std::size_t{16} * 1024;
constexpr std::size_t samples = 16;
constexpr std::size_t sample_bytes = 1024;

// Among n random bytes n(n-1)/512 pairs are equal, give or take 2 % for a sample of ours. English text has fifteen times as many, so a
// sample of something else shows even if all others are random.
constexpr std::uint32_t most_equal_pairs = 1024 * 1023 / 512 * 3 / 2;
// In bits per byte. The pooled samples of random bytes come to 7.988; xz, JPEG and gzip to between 7.95 and that.
constexpr double least_entropy = 7.9;

constexpr std::size_t window_bytes = std::size_t{64} * 1024;
constexpr unsigned hash_bits = 13;

using Counts = std::array<std::uint32_t, 256>;

double entropy(const Counts& counts, std::size_t total) {
  double sum = 0;
  for (const std::uint32_t count : counts) {
    if (count != 0) sum += count * std::log2(count);
  }
  return std::log2(static_cast<double>(total)) - sum / static_cast<double>(total);
}

// Whether bytes are about equally frequent, in each of some samples and in all of them together.
bool is_flat(std::span<const std::byte> content) {
  Counts pooled{};
  const std::size_t step = (content.size() - sample_bytes) / (samples - 1);
  for (std::size_t i = 0; i < samples; ++i) {
    Counts counts{};
    for (const std::byte b : content.subspan(i * step, sample_bytes)) ++counts[std::to_integer<std::size_t>(b)];
    std::uint32_t equal_pairs = 0;
    for (std::size_t b = 0; b < counts.size(); ++b) {
      equal_pairs += counts[b] * (counts[b] - 1) / 2;
      pooled[b] += counts[b];
    }
    if (equal_pairs > most_equal_pairs) return false;
  }
  return entropy(pooled, samples * sample_bytes) > least_entropy;
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

bool looks_incompressible(std::span<const std::byte> content) {
  return content.size() >= least_bytes && is_flat(content) && has_no_matches(content);
}

}  // namespace jujubackup::deflate
