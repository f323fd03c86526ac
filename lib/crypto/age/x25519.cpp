#include <algorithm>
#include <string>

#include <jujubackup/error.hpp>

#include "crypto/age/base64.hpp"
#include "crypto/age/bech32.hpp"
#include "crypto/age/keys.hpp"

namespace jujubackup {
namespace age {
namespace {

constexpr std::string_view recipient_kind = "age";
constexpr std::string_view identity_kind = "AGE-SECRET-KEY-";
constexpr std::string_view info = "age-encryption.org/v1/X25519";

Secret wrapping_key(const Secret& shared, const Key32& ephemeral, const Key32& recipient) {
  std::vector<std::byte> salt(ephemeral.begin(), ephemeral.end());
  salt.insert(salt.end(), recipient.begin(), recipient.end());
  return hkdf_sha256(shared.bytes(), salt, info);
}

class X25519Recipient final : public RecipientKey {
 public:
  explicit X25519Recipient(const Key32& key) : key_(key) {}
  Stanza wrap(const Secret& file_key) const override {
    const Secret scalar = random_secret(32);
    const Key32 ephemeral = x25519_public(scalar.bytes());
    const auto shared = x25519(scalar.bytes(), key_);
    if (!shared) throw Error(ErrorCode::invalid_argument, "the recipient is a point of low order, which nobody can be");
    const auto body = wrap_file_key(wrapping_key(*shared, ephemeral, key_), file_key);
    return {{std::string(x25519_kind), to_raw_base64(ephemeral)}, {body.begin(), body.end()}};
  }

 private:
  Key32 key_;
};

class X25519Identity final : public IdentityKey {
 public:
  explicit X25519Identity(Secret scalar) : scalar_(std::move(scalar)), recipient_(x25519_public(scalar_.bytes())) {}
  std::optional<Secret> unwrap(const Stanza& stanza) const override {
    if (stanza.arguments.front() != x25519_kind) return std::nullopt;
    const auto ephemeral = stanza.arguments.size() == 2 ? decode_raw_base64_array<32>(stanza.arguments[1]) : std::nullopt;
    if (!ephemeral) refuse_stanza(stanza);
    check_wrapped_size(stanza);
    const auto shared = x25519(scalar_.bytes(), *ephemeral);
    if (!shared) refuse_stanza(stanza);
    return unwrap_file_key(wrapping_key(*shared, *ephemeral, recipient_), stanza.body);
  }

 private:
  Secret scalar_;
  Key32 recipient_;
};

}  // namespace

void refuse_stanza(const Stanza& stanza) {
  throw Error(ErrorCode::corrupt, "a recipient of the kind " + stanza.arguments.front() + " in the header is malformed");
}

void check_wrapped_size(const Stanza& stanza) {
  if (stanza.body.size() != file_key_bytes + tag_bytes) refuse_stanza(stanza);
}

std::unique_ptr<RecipientKey> x25519_recipient(std::string_view text) {
  const auto bytes = decode_bech32(recipient_kind, text);
  if (!bytes || bytes->size() != 32) throw Error(ErrorCode::invalid_argument, "malformed recipient: an age1... with a mistake in it");
  Key32 key{};
  std::ranges::copy(bytes->bytes(), key.begin());
  return std::make_unique<X25519Recipient>(key);
}

std::unique_ptr<IdentityKey> x25519_identity(std::string_view text) {
  auto scalar = decode_bech32(identity_kind, text);
  if (!scalar || scalar->size() != 32)
    throw Error(ErrorCode::invalid_argument, "malformed identity: an AGE-SECRET-KEY-1... with a mistake in it");
  return std::make_unique<X25519Identity>(std::move(*scalar));
}

}  // namespace age

NewIdentity make_identity() {
  const Secret scalar = age::random_secret(32);
  const age::Key32 recipient = age::x25519_public(scalar.bytes());
  return {age::encode_bech32(age::identity_kind, scalar.bytes()), std::string(age::encode_bech32(age::recipient_kind, recipient).text())};
}

}  // namespace jujubackup
