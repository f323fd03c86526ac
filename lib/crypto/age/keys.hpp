// The kinds of keys: each wraps the file key into a stanza of the header, or unwraps it from one. Each kind has a source file of its own.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <jujubackup/encryption.hpp>

#include "crypto/age/header.hpp"
#include "crypto/age/primitives.hpp"

struct evp_pkey_st;

namespace jujubackup::age {

class RecipientKey {
 public:
  virtual ~RecipientKey() = default;
  virtual Stanza wrap(const Secret& file_key) const = 0;
};

class IdentityKey {
 public:
  virtual ~IdentityKey() = default;
  // Nothing if the stanza is not for this identity. Error(corrupt) if it is of its kind, but malformed.
  virtual std::optional<Secret> unwrap(const Stanza& stanza) const = 0;
};

// The file key is always of 16 bytes, so the body of most stanzas of 32. Error(corrupt) otherwise: a longer one would be an attempt to have
// one text open to different keys.
void check_wrapped_size(const Stanza& stanza);
[[noreturn]] void refuse_stanza(const Stanza& stanza);

// x25519.cpp: age's own keys. Error(invalid_argument).
std::unique_ptr<RecipientKey> x25519_recipient(std::string_view text);
std::unique_ptr<IdentityKey> x25519_identity(std::string_view text);
inline constexpr std::string_view x25519_kind = "X25519";
inline constexpr std::string_view recipient_prefix = "age1";
inline constexpr std::string_view identity_prefix = "AGE-SECRET-KEY-1";

// passphrase.cpp
inline constexpr std::string_view scrypt_kind = "scrypt";
Stanza wrap_with_passphrase(const Secret& passphrase, unsigned work_factor, const Secret& file_key);
// Error(permission) if the passphrase is wrong; Error(corrupt), Error(limit).
Secret unwrap_with_passphrase(const Secret& passphrase, unsigned highest_work_factor, const Stanza& stanza);

// ssh_ed25519.cpp, ssh_rsa.cpp. `wire` is the public key as SSH sends it, which is what its short name, the tag, is made of.
inline constexpr std::string_view ssh_ed25519_kind = "ssh-ed25519";
inline constexpr std::string_view ssh_rsa_kind = "ssh-rsa";
std::unique_ptr<RecipientKey> ssh_ed25519_recipient(Bytes wire);
std::unique_ptr<IdentityKey> ssh_ed25519_identity(Bytes seed);
std::unique_ptr<RecipientKey> ssh_rsa_recipient(Bytes wire);
// Takes over the private key.
std::unique_ptr<IdentityKey> ssh_rsa_identity(evp_pkey_st* key);

// ssh_public_key.cpp: "ssh-ed25519 AAAA... comment". Error(invalid_argument), Error(unsupported).
std::unique_ptr<RecipientKey> ssh_recipient(std::string_view line);
// ssh_private_key.cpp: a whole file. Error(invalid_argument), Error(unsupported).
bool looks_like_private_key(std::string_view text);
std::unique_ptr<IdentityKey> ssh_identity(std::string_view text);

}  // namespace jujubackup::age

namespace jujubackup {

struct Recipients::State {
  std::vector<std::unique_ptr<age::RecipientKey>> keys;
  Secret passphrase;
  unsigned work_factor = default_work_factor;
};

struct Identities::State {
  std::vector<std::unique_ptr<age::IdentityKey>> keys;
  Secret passphrase;
  unsigned highest_work_factor = max_work_factor;
};

}  // namespace jujubackup
