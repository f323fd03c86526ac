#include "database/scram.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

#include <cerrno>
#include <charconv>
#include <span>
#include <vector>

#include <jujubackup/error.hpp>

#include "base/encoding.hpp"

namespace jujubackup::database {
namespace {

// mongod's is 10,000; clients take no fewer than 4096.
constexpr int min_iterations = 4096;
constexpr int max_iterations = 1'000'000;
constexpr std::size_t max_message_bytes = 4096;
constexpr const char* no_binding = "biws";  // "n,,": no channel binding

[[noreturn]] void fail(const char* what) {
  throw Error(ErrorCode::corrupt, std::string("the database's part of the login is bad: ") + what);
}

template <std::size_t N>
void digest(const EVP_MD* kind, std::string_view text, std::array<unsigned char, N>& into) {
  unsigned length = 0;
  if (EVP_MD_get_size(kind) != static_cast<int>(N) || EVP_Digest(text.data(), text.size(), into.data(), &length, kind, nullptr) != 1) {
    throw Error(ErrorCode::unsupported, "OpenSSL does not have the digests of a login to mongod");
  }
}

template <typename Key>
void mac(const Key& key, std::string_view text, std::array<unsigned char, 20>& into) {
  unsigned length = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), bytes, text.size(), into.data(), &length) == nullptr) {
    throw Error(ErrorCode::unsupported, "OpenSSL has no HMAC with SHA-1");
  }
}

std::string escaped(const std::string& name) {
  std::string text;
  for (const char c : name) {
    if (c == '=') {
      text += "=3D";
    } else if (c == ',') {
      text += "=2C";
    } else {
      text += c;
    }
  }
  return text;
}

// "r=...,s=...,i=...": the value of one attribute; "" if it is not there.
std::string_view attribute(std::string_view message, char name) {
  while (!message.empty()) {
    const std::size_t comma = message.find(',');
    const std::string_view part = message.substr(0, comma);
    if (part.size() >= 2 && part[0] == name && part[1] == '=') return part.substr(2);
    if (comma == std::string_view::npos) break;
    message.remove_prefix(comma + 1);
  }
  return {};
}

// MongoDB stores, and SCRAM works with, this in the place of the password.
std::string mongo_digest(const std::string& username, const std::string& password) {
  std::array<unsigned char, 16> md5{};
  digest(EVP_md5(), username + ":mongo:" + password, md5);
  return to_hex(std::as_bytes(std::span(md5)));
}

}  // namespace

ScramClient::ScramClient(const std::string& username, const std::string& password, std::string nonce)
    : bare_("n=" + escaped(username) + ",r=" + nonce), nonce_(std::move(nonce)), hashed_password_(mongo_digest(username, password)) {}

std::string ScramClient::first() const { return "n,," + bare_; }

std::string ScramClient::final_for(std::string_view server_first) {
  if (server_first.size() > max_message_bytes) fail("it is too long");
  const std::string_view nonce = attribute(server_first, 'r');
  const auto salt = from_base64(attribute(server_first, 's'));
  const std::string_view count = attribute(server_first, 'i');
  int iterations = 0;
  const auto parsed = std::from_chars(count.data(), count.data() + count.size(), iterations);
  if (nonce.size() <= nonce_.size() || !nonce.starts_with(nonce_)) fail("it is not an answer to ours");
  if (!salt || salt->empty()) fail("no salt");
  if (parsed.ec != std::errc() || parsed.ptr != count.data() + count.size() || iterations < min_iterations) fail("too few iterations");
  if (iterations > max_iterations) throw Error(ErrorCode::limit, "the database wants more iterations for a login than are reasonable");

  Digest salted{};
  const auto* salt_bytes = reinterpret_cast<const unsigned char*>(salt->data());
  if (PKCS5_PBKDF2_HMAC(hashed_password_.data(), static_cast<int>(hashed_password_.size()), salt_bytes, static_cast<int>(salt->size()),
                        iterations, EVP_sha1(), static_cast<int>(salted.size()), salted.data()) != 1) {
    throw Error(ErrorCode::unsupported, "OpenSSL has no PBKDF2 with SHA-1");
  }
  const std::string without_proof = std::string("c=").append(no_binding).append(",r=").append(nonce);
  const std::string message = bare_ + "," + std::string(server_first) + "," + without_proof;
  Digest client_key{};
  Digest stored_key{};
  Digest proof{};
  Digest server_key{};
  mac(salted, "Client Key", client_key);
  digest(EVP_sha1(), std::string_view(reinterpret_cast<const char*>(client_key.data()), client_key.size()), stored_key);
  mac(stored_key, message, proof);
  for (std::size_t i = 0; i < proof.size(); ++i) proof[i] ^= client_key[i];
  mac(salted, "Server Key", server_key);
  mac(server_key, message, server_signature_);
  OPENSSL_cleanse(salted.data(), salted.size());
  OPENSSL_cleanse(client_key.data(), client_key.size());
  return without_proof + ",p=" + to_base64(std::as_bytes(std::span(proof)));
}

void ScramClient::check(std::string_view server_final) const {
  const auto signature = from_base64(attribute(server_final, 'v'));
  const bool same = signature && signature->size() == server_signature_.size() &&
                    CRYPTO_memcmp(signature->data(), server_signature_.data(), server_signature_.size()) == 0;
  if (!same) throw Error(ErrorCode::permission, "the database does not know the password itself");
}

std::string random_nonce() {
  std::array<std::byte, 24> bytes{};
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::getrandom(bytes.data() + have, bytes.size() - have, 0);
    if (got < 0 && errno != EINTR) throw Error::from_errno(errno, "getting random bytes");
    if (got > 0) have += static_cast<std::size_t>(got);
  }
  return to_base64(bytes);
}

}  // namespace jujubackup::database
