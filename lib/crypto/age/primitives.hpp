// The few cryptographic functions that the age format is made of, by OpenSSL.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <jujubackup/encryption.hpp>

struct evp_cipher_ctx_st;

namespace jujubackup::age {

using Bytes = std::span<const std::byte>;
using Key32 = std::array<std::byte, 32>;  // public ones; those that are secret are a Secret

inline constexpr std::size_t tag_bytes = 16;

inline Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

void fill_random(std::span<std::byte> bytes);
Secret random_secret(std::size_t size_bytes);
bool equal_in_constant_time(Bytes a, Bytes b) noexcept;

Key32 hmac_sha256(Bytes key, Bytes text);
// 32 bytes.
Secret hkdf_sha256(Bytes secret, Bytes salt, std::string_view info);
Secret sha512(Bytes bytes);
// 32 bytes; r = 8, p = 1, N = 2^work_factor. Error(limit) if there is not that much memory.
Secret scrypt(Bytes passphrase, Bytes salt, unsigned work_factor);

Key32 x25519_public(Bytes scalar);
// Nothing if `point` is of low order, so that the result would not depend on the scalar.
std::optional<Secret> x25519(Bytes scalar, Bytes point);

// ChaCha20-Poly1305 with one key for many pieces.
class Aead {
 public:
  using Nonce = std::array<std::byte, 12>;
  explicit Aead(Bytes key);
  Aead(Aead&&) noexcept;
  Aead& operator=(Aead&&) noexcept;
  ~Aead();
  // `out` is tag_bytes longer than `plain`.
  void seal(const Nonce& nonce, Bytes plain, std::span<std::byte> out);
  // `out` is tag_bytes shorter than `sealed`. On false it is wiped.
  bool open(const Nonce& nonce, Bytes sealed, std::span<std::byte> out);

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_cipher_ctx_st, Free> context_;
};

// A file key under a wrapping key that is used once, so with a nonce of zeros.
std::array<std::byte, 32> wrap_file_key(const Secret& wrapping_key, const Secret& file_key);
std::optional<Secret> unwrap_file_key(const Secret& wrapping_key, Bytes body);

}  // namespace jujubackup::age
