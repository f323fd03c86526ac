// An Ed25519 key, made for signing, used for a key exchange: both curves are the same one in two forms.
#include <algorithm>
#include <array>
#include <string>

#include <jujubackup/error.hpp>

#include "crypto/age/base64.hpp"
#include "crypto/age/keys.hpp"
#include "crypto/age/openssl.hpp"
#include "crypto/age/ssh_wire.hpp"

namespace jujubackup::age {
namespace {

constexpr std::string_view info = "age-encryption.org/v1/ssh-ed25519";

NumberPtr number() {
  NumberPtr made(BN_new());
  require(made != nullptr, "BN_new");
  return made;
}

// The Montgomery form of a point of the Edwards curve -x^2 + y^2 = 1 + d x^2 y^2 over p = 2^255 - 19, of which SSH stores y and the sign of
// x: u = (1 + y) / (1 - y). Nothing if there is no such point. (RFC 7748 section 4.1, RFC 8032 section 5.1.)
std::optional<Key32> montgomery_form(Bytes point) {
  std::array<unsigned char, 32> y_bytes{};
  std::copy_n(chars(point), y_bytes.size(), y_bytes.begin());
  y_bytes[31] &= 0x7f;
  const NumberContextPtr context(BN_CTX_new());
  const NumberPtr p = number(), y = number(), top = number(), bottom = number(), y2 = number(), u = number();
  BIGNUM* d_text = nullptr;
  require(context != nullptr && BN_hex2bn(&d_text, "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3") != 0, "BN_hex2bn");
  const NumberPtr d(d_text);
  require(BN_set_bit(p.get(), 255) == 1 && BN_sub_word(p.get(), 19) == 1 && BN_lebin2bn(y_bytes.data(), y_bytes.size(), y.get()) != nullptr,
          "BN_lebin2bn");
  if (BN_cmp(y.get(), p.get()) >= 0 || BN_is_one(y.get())) return std::nullopt;

  // x^2 = (y^2 - 1) / (d y^2 + 1) is a square exactly if the product of both is.
  require(BN_mod_sqr(y2.get(), y.get(), p.get(), context.get()) == 1 && BN_copy(top.get(), y2.get()) != nullptr &&
              BN_sub_word(top.get(), 1) == 1 && BN_mod_mul(bottom.get(), d.get(), y2.get(), p.get(), context.get()) == 1 &&
              BN_add_word(bottom.get(), 1) == 1 && BN_mod_mul(u.get(), top.get(), bottom.get(), p.get(), context.get()) == 1,
          "BN_mod_mul");
  if (BN_kronecker(u.get(), p.get(), context.get()) != 1 && !BN_is_zero(u.get())) return std::nullopt;

  require(BN_copy(top.get(), y.get()) != nullptr && BN_add_word(top.get(), 1) == 1 && BN_one(bottom.get()) == 1 &&
              BN_mod_sub(bottom.get(), bottom.get(), y.get(), p.get(), context.get()) == 1 &&
              BN_mod_inverse(bottom.get(), bottom.get(), p.get(), context.get()) != nullptr &&
              BN_mod_mul(u.get(), top.get(), bottom.get(), p.get(), context.get()) == 1,
          "BN_mod_inverse");
  Key32 form{};
  require(BN_bn2lebinpad(u.get(), chars(form), static_cast<int>(form.size())) == static_cast<int>(form.size()), "BN_bn2lebinpad");
  return form;
}

std::vector<std::byte> wire_of(Bytes point) {
  std::vector<std::byte> wire;
  append_string(wire, bytes_of(ssh_ed25519_kind));
  append_string(wire, point);
  return wire;
}

// `shared` is multiplied with a number that follows from the SSH key, so that it is bound to it; that has no secret in it.
std::optional<Secret> wrapping_key(const Secret& shared, Bytes wire, const Key32& ephemeral, const Key32& recipient) {
  const Secret tweak = hkdf_sha256({}, wire, info);
  const auto tweaked = x25519(tweak.bytes(), shared.bytes());
  if (!tweaked) return std::nullopt;
  std::vector<std::byte> salt(ephemeral.begin(), ephemeral.end());
  salt.insert(salt.end(), recipient.begin(), recipient.end());
  return hkdf_sha256(tweaked->bytes(), salt, info);
}

class SshEd25519Recipient final : public RecipientKey {
 public:
  SshEd25519Recipient(Bytes wire, const Key32& key) : wire_(wire.begin(), wire.end()), key_(key) {}
  Stanza wrap(const Secret& file_key) const override {
    const Secret scalar = random_secret(32);
    const Key32 ephemeral = x25519_public(scalar.bytes());
    const auto shared = x25519(scalar.bytes(), key_);
    const auto wrapping = shared ? wrapping_key(*shared, wire_, ephemeral, key_) : std::nullopt;
    if (!wrapping) throw Error(ErrorCode::invalid_argument, "the recipient is a point of low order, which nobody can be");
    const auto body = wrap_file_key(*wrapping, file_key);
    return {{std::string(ssh_ed25519_kind), tag_of(wire_), to_raw_base64(ephemeral)}, {body.begin(), body.end()}};
  }

 private:
  std::vector<std::byte> wire_;
  Key32 key_;
};

class SshEd25519Identity final : public IdentityKey {
 public:
  SshEd25519Identity(Secret scalar, std::vector<std::byte> wire)
      : scalar_(std::move(scalar)), recipient_(x25519_public(scalar_.bytes())), wire_(std::move(wire)), tag_(tag_of(wire_)) {}
  std::optional<Secret> unwrap(const Stanza& stanza) const override {
    if (stanza.arguments.front() != ssh_ed25519_kind) return std::nullopt;
    if (stanza.arguments.size() != 3 || !decode_raw_base64_array<4>(stanza.arguments[1])) refuse_stanza(stanza);
    const auto ephemeral = decode_raw_base64_array<32>(stanza.arguments[2]);
    if (!ephemeral) refuse_stanza(stanza);
    check_wrapped_size(stanza);
    if (stanza.arguments[1] != tag_) return std::nullopt;
    const auto shared = x25519(scalar_.bytes(), *ephemeral);
    const auto wrapping = shared ? wrapping_key(*shared, wire_, *ephemeral, recipient_) : std::nullopt;
    if (!wrapping) refuse_stanza(stanza);
    return unwrap_file_key(*wrapping, stanza.body);
  }

 private:
  Secret scalar_;
  Key32 recipient_;
  std::vector<std::byte> wire_;
  std::string tag_;
};

}  // namespace

std::unique_ptr<RecipientKey> ssh_ed25519_recipient(Bytes wire) {
  WireReader reader(wire);
  const auto kind = reader.string();
  const auto point = reader.string(32);
  if (!kind || !std::ranges::equal(*kind, bytes_of(ssh_ed25519_kind)) || !point || !reader.rest().empty()) {
    throw Error(ErrorCode::invalid_argument, "malformed ssh-ed25519 key");
  }
  const auto key = montgomery_form(*point);
  if (!key) throw Error(ErrorCode::invalid_argument, "malformed ssh-ed25519 key: no point of the curve");
  return std::make_unique<SshEd25519Recipient>(wire, *key);
}

std::unique_ptr<IdentityKey> ssh_ed25519_identity(Bytes seed) {
  const KeyPtr key(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, chars(seed), seed.size()));
  Key32 point{};
  std::size_t size = point.size();
  require(key != nullptr && EVP_PKEY_get_raw_public_key(key.get(), chars(point), &size) == 1, "Ed25519");
  Secret scalar = sha512(seed);
  scalar.shorten(32);
  return std::make_unique<SshEd25519Identity>(std::move(scalar), wire_of(point));
}

}  // namespace jujubackup::age
