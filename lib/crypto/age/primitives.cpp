#include "crypto/age/primitives.hpp"

#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include <algorithm>
#include <utility>
#include <vector>

#include <jujubackup/error.hpp>

#include "crypto/age/openssl.hpp"

namespace jujubackup::age {

void fill_random(std::span<std::byte> bytes) {
  require(RAND_priv_bytes(chars(bytes), static_cast<int>(bytes.size())) == 1, "getting random bytes");
}

Secret random_secret(std::size_t size_bytes) {
  Secret secret(size_bytes);
  fill_random(secret.bytes());
  return secret;
}

bool equal_in_constant_time(Bytes a, Bytes b) noexcept { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

Key32 hmac_sha256(Bytes key, Bytes text) {
  // A null pointer would mean "the key from before".
  static constexpr unsigned char no_key = 0;
  Key32 mac{};
  unsigned int size = 0;
  const unsigned char* key_chars = key.empty() ? &no_key : chars(key);
  require(HMAC(EVP_sha256(), key_chars, static_cast<int>(key.size()), chars(text), text.size(), chars(mac), &size) != nullptr,
          "HMAC-SHA-256");
  return mac;
}

// RFC 5869 with one block of output. OpenSSL's own refuses an empty secret, which SSH keys need.
Secret hkdf_sha256(Bytes secret, Bytes salt, std::string_view info) {
  Key32 extracted = hmac_sha256(salt, secret);
  std::vector<std::byte> text(bytes_of(info).begin(), bytes_of(info).end());
  text.push_back(std::byte{1});
  Key32 expanded = hmac_sha256(extracted, text);
  Secret key(std::string_view(reinterpret_cast<const char*>(expanded.data()), expanded.size()));
  OPENSSL_cleanse(extracted.data(), extracted.size());
  OPENSSL_cleanse(expanded.data(), expanded.size());
  return key;
}

Secret sha512(Bytes bytes) {
  Secret digest(64);
  std::size_t size = 0;
  require(EVP_Q_digest(nullptr, "SHA512", nullptr, bytes.data(), bytes.size(), chars(digest.bytes()), &size) == 1, "SHA-512");
  return digest;
}

Secret scrypt(Bytes passphrase, Bytes salt, unsigned work_factor) {
  constexpr std::uint64_t block_size = 8;
  const std::uint64_t n = std::uint64_t{1} << work_factor;
  const std::uint64_t memory_bytes = 128 * block_size * (n + 4);
  Secret key(32);
  if (EVP_PBE_scrypt(reinterpret_cast<const char*>(passphrase.data()), passphrase.size(), chars(salt), salt.size(), n, block_size, 1,
                     memory_bytes, chars(key.bytes()), key.size()) != 1) {
    ERR_clear_error();
    throw Error(ErrorCode::limit, "cannot compute with the passphrase's work factor of " + std::to_string(work_factor) + ", which takes " +
                                      std::to_string(memory_bytes >> 20) + " MiB of memory");
  }
  return key;
}

namespace {

KeyPtr x25519_key(Bytes scalar) {
  KeyPtr key(EVP_PKEY_new_raw_private_key_ex(nullptr, "X25519", nullptr, chars(scalar), scalar.size()));
  require(key != nullptr, "X25519");
  return key;
}

}  // namespace

Key32 x25519_public(Bytes scalar) {
  const KeyPtr key = x25519_key(scalar);
  Key32 point{};
  std::size_t size = point.size();
  require(EVP_PKEY_get_raw_public_key(key.get(), chars(point), &size) == 1 && size == point.size(), "X25519");
  return point;
}

std::optional<Secret> x25519(Bytes scalar, Bytes point) {
  const KeyPtr key = x25519_key(scalar);
  const KeyPtr peer(EVP_PKEY_new_raw_public_key_ex(nullptr, "X25519", nullptr, chars(point), point.size()));
  require(peer != nullptr, "X25519");
  const KeyContextPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  require(context != nullptr && EVP_PKEY_derive_init(context.get()) == 1 && EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1,
          "X25519");
  Secret shared(32);
  std::size_t size = shared.size();
  // OpenSSL refuses a result of zeros, as RFC 7748 section 6.1 asks.
  if (EVP_PKEY_derive(context.get(), chars(shared.bytes()), &size) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  return shared;
}

void Aead::Free::operator()(evp_cipher_ctx_st* context) const noexcept { EVP_CIPHER_CTX_free(context); }
Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;
Aead::~Aead() = default;

Aead::Aead(Bytes key) : context_(EVP_CIPHER_CTX_new()) {
  const CipherPtr cipher(EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr));
  require(context_ != nullptr && cipher != nullptr && key.size() == 32 &&
              EVP_CipherInit_ex2(context_.get(), cipher.get(), chars(key), nullptr, 1, nullptr) == 1,
          "ChaCha20-Poly1305");
}

void Aead::seal(const Nonce& nonce, Bytes plain, std::span<std::byte> out) {
  int size = 0;
  int rest = 0;
  const bool good =
      out.size() == plain.size() + tag_bytes && EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, chars(nonce), 1, nullptr) == 1 &&
      EVP_CipherUpdate(context_.get(), chars(out), &size, chars(plain), static_cast<int>(plain.size())) == 1 &&
      EVP_CipherFinal_ex(context_.get(), chars(out) + size, &rest) == 1 && std::cmp_equal(size + rest, plain.size()) &&
      EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag_bytes), chars(out.last(tag_bytes))) == 1;
  require(good, "ChaCha20-Poly1305");
}

bool Aead::open(const Nonce& nonce, Bytes sealed, std::span<std::byte> out) {
  require(sealed.size() == out.size() + tag_bytes, "ChaCha20-Poly1305");
  std::array<std::byte, tag_bytes> tag{};
  std::copy_n(sealed.last(tag_bytes).begin(), tag_bytes, tag.begin());
  int size = 0;
  int rest = 0;
  unsigned char none = 0;
  unsigned char* to = out.empty() ? &none : chars(out);
  const bool set = EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, chars(nonce), 0, nullptr) == 1 &&
                   EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag_bytes), tag.data()) == 1 &&
                   EVP_CipherUpdate(context_.get(), to, &size, chars(sealed), static_cast<int>(out.size())) == 1;
  require(set, "ChaCha20-Poly1305");
  if (EVP_CipherFinal_ex(context_.get(), to + size, &rest) == 1) return true;
  ERR_clear_error();
  OPENSSL_cleanse(out.data(), out.size());
  return false;
}

std::array<std::byte, 32> wrap_file_key(const Secret& wrapping_key, const Secret& file_key) {
  std::array<std::byte, 32> body{};
  Aead(wrapping_key.bytes()).seal({}, file_key.bytes(), body);
  return body;
}

std::optional<Secret> unwrap_file_key(const Secret& wrapping_key, Bytes body) {
  Secret file_key(body.size() - tag_bytes);
  if (!Aead(wrapping_key.bytes()).open({}, body, file_key.bytes())) return std::nullopt;
  return file_key;
}

}  // namespace jujubackup::age
