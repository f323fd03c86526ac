#include "crypto/file_hasher.hpp"

#include <algorithm>
#include <cstring>

#include "base/encoding.hpp"

namespace jujubackup {
namespace {

constexpr unsigned threads_abound = 4;

std::vector<std::byte> big_endian(std::span<const std::uint32_t> words) {
  std::vector<std::byte> bytes;
  for (const std::uint32_t word : words) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes.push_back(static_cast<std::byte>(word >> shift & 0xffU));
  }
  return bytes;
}

}  // namespace

void BothShas::update(std::span<const std::byte> bytes) {
  const std::size_t have = size_bytes % sha_block_bytes;
  size_bytes += bytes.size();
  if (have > 0) {
    const auto piece = bytes.first(std::min(bytes.size(), sha_block_bytes - have));
    std::copy(piece.begin(), piece.end(), begun.begin() + static_cast<std::ptrdiff_t>(have));
    bytes = bytes.subspan(piece.size());
    if (have + piece.size() < sha_block_bytes) return;
    sha_together(states, begun);
  }
  const std::size_t whole = bytes.size() - bytes.size() % sha_block_bytes;
  sha_together(states, bytes.first(whole));
  bytes = bytes.subspan(whole);
  std::copy(bytes.begin(), bytes.end(), begun.begin());
}

// A one, zeroes, and the number of bits: the same for both.
ShaStates BothShas::finished() const {
  constexpr std::size_t length_bytes = 8;
  const std::size_t have = size_bytes % sha_block_bytes;
  std::array<std::byte, 2 * sha_block_bytes> end{};
  std::copy_n(begun.begin(), have, end.begin());
  end[have] = std::byte{0x80};
  const std::size_t size = have + 1 + length_bytes <= sha_block_bytes ? sha_block_bytes : end.size();
  const std::uint64_t bits = size_bytes * 8;
  for (std::size_t i = 0; i < length_bytes; ++i) end[size - 1 - i] = static_cast<std::byte>(bits >> (8 * i) & 0xffU);
  ShaStates last = states;
  sha_together(last, std::span(end).first(size));
  return last;
}

FileHasher::FileHasher(Wanted wanted, unsigned threads, bool together) {
  if (wanted == Wanted::nothing) return;
  if (wanted == Wanted::both && together && threads < threads_abound) {
    together_.emplace();
    return;
  }
  sha256_.emplace(Digest::Kind::sha256);
  if (wanted == Wanted::both) sha1_.emplace(Digest::Kind::sha1);
}

unsigned FileHasher::parts() const noexcept { return together_ ? 1 : (sha256_ ? 1U : 0U) + (sha1_ ? 1U : 0U); }

void FileHasher::update(unsigned part, std::span<const std::byte> bytes) {
  if (together_) return together_->update(bytes);
  (part == sha256_part ? sha256_ : sha1_)->update(bytes);
}

void FileHasher::update(std::span<const std::byte> bytes) {
  for (unsigned part = 0; part < parts(); ++part) update(part, bytes);
}

std::vector<std::byte> FileHasher::sha256() const { return together_ ? big_endian(together_->finished().sha256) : sha256_->current(); }
std::vector<std::byte> FileHasher::sha1() const { return together_ ? big_endian(together_->finished().sha1) : sha1_->current(); }

std::string FileHasher::sha1_base64() const { return together_ || sha1_ ? to_base64(sha1()) : std::string(); }
std::string FileHasher::sha256_hex() const { return together_ || sha256_ ? to_hex(sha256()) : std::string(); }

}  // namespace jujubackup
