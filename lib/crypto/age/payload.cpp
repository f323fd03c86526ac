#include "crypto/age/payload.hpp"

#include <string>

#include <jujubackup/error.hpp>

namespace jujubackup::age {
namespace {

// An eleven-byte number, big-endian, and the mark of the last chunk. No file gets beyond 64 bits.
Aead::Nonce nonce_of(std::uint64_t index, bool last) {
  Aead::Nonce nonce{};
  for (std::size_t i = 0; i < 8; ++i) nonce[10 - i] = static_cast<std::byte>(index >> (8 * i));
  nonce[11] = last ? std::byte{1} : std::byte{0};
  return nonce;
}

}  // namespace

Secret payload_key(const Secret& file_key, Bytes nonce) { return hkdf_sha256(file_key.bytes(), nonce, "payload"); }

void ChunkCipher::seal(std::uint64_t index, bool last, Bytes plain, std::span<std::byte> out) {
  aead_.seal(nonce_of(index, last), plain, out);
}

void check_last_chunk(std::uint64_t index, std::size_t sealed_bytes) {
  if (sealed_bytes < tag_bytes) {
    throw Error(ErrorCode::corrupt, "the content is cut off " + (index == 0 ? "at its begin" : "behind chunk " + std::to_string(index)));
  }
  if (sealed_bytes == tag_bytes && index != 0)
    throw Error(ErrorCode::corrupt, "the last chunk, " + std::to_string(index + 1) + ", is empty");
}

void ChunkCipher::open(std::uint64_t index, bool last, Bytes sealed, std::span<std::byte> out) {
  if (last) check_last_chunk(index, sealed.size());
  if (aead_.open(nonce_of(index, last), sealed, out)) return;
  const std::string chunk = "chunk " + std::to_string(index + 1);
  // A good chunk with the other mark means that whole chunks were taken away, or something was put behind.
  if (aead_.open(nonce_of(index, !last), sealed, out)) {
    std::fill(out.begin(), out.end(), std::byte{});
    throw Error(ErrorCode::corrupt,
                last ? "the content is cut off behind " + chunk : "there is data behind the last chunk, " + std::to_string(index + 1));
  }
  throw Error(ErrorCode::corrupt, chunk + " is damaged" + (last ? ", or cut off" : ""));
}

std::uint64_t content_bytes(std::uint64_t sealed_bytes) {
  const std::uint64_t whole = sealed_bytes / sealed_chunk_bytes;
  const auto rest = static_cast<std::size_t>(sealed_bytes % sealed_chunk_bytes);
  if (rest == 0 && whole != 0) return whole * chunk_bytes;
  check_last_chunk(whole, rest);
  return whole * chunk_bytes + rest - tag_bytes;
}

}  // namespace jujubackup::age
