// Private keys as ssh-keygen writes them: OpenSSH's own form, and the older PEM forms, which OpenSSL reads.
#include <openssl/pem.h>

#include <algorithm>
#include <string>

#include <jujubackup/error.hpp>

#include "crypto/age/base64.hpp"
#include "crypto/age/keys.hpp"
#include "crypto/age/openssl.hpp"
#include "crypto/age/ssh_wire.hpp"

namespace jujubackup::age {
namespace {

constexpr std::string_view openssh_begin = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view openssh_end = "-----END OPENSSH PRIVATE KEY-----";
constexpr std::string_view blank = " \t\r\n";

[[noreturn]] void refuse() { throw Error(ErrorCode::invalid_argument, "malformed SSH private key"); }
[[noreturn]] void refuse_protected() {
  throw Error(ErrorCode::unsupported,
              "the SSH private key is protected by a passphrase, which is not supported; `ssh-keygen -p` makes a copy without");
}
[[noreturn]] void refuse_kind() {
  throw Error(ErrorCode::unsupported, "the SSH private key is of a kind that cannot be encrypted to; Ed25519 and RSA can");
}

bool equals(const std::optional<Bytes>& bytes, std::string_view text) { return bytes && std::ranges::equal(*bytes, bytes_of(text)); }

NumberPtr secret_number(Bytes magnitude) {
  // The mark "secure" has OpenSSL wipe what it copies of it.
  BIGNUM* made = BN_secure_new();
  require(made != nullptr, "BN_secure_new");
  NumberPtr number(made);
  require(BN_bin2bn(chars(magnitude), static_cast<int>(magnitude.size()), made) != nullptr, "BN_bin2bn");
  return number;
}

std::unique_ptr<IdentityKey> rsa_identity(WireReader& reader) {
  const auto n = reader.positive();
  const auto e = reader.positive();
  const auto d = reader.positive();
  if (!n || !e || !d) refuse();
  const NumberPtr n_value = secret_number(*n), e_value = secret_number(*e), d_value = secret_number(*d);
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  require(builder != nullptr && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n_value.get()) == 1 &&
              OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e_value.get()) == 1 &&
              OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_D, d_value.get()) == 1,
          "RSA");
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  require(params != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1, "RSA");
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) != 1) {
    ERR_clear_error();
    refuse();
  }
  return ssh_rsa_identity(key);
}

// PROTOCOL.key of OpenSSH.
std::unique_ptr<IdentityKey> openssh_identity(std::string_view text) {
  const std::size_t end = text.find(openssh_end);
  if (end == std::string_view::npos) refuse();
  const std::string_view body = text.substr(openssh_begin.size(), end - openssh_begin.size());
  Secret joined(body.size());
  std::size_t size = 0;
  for (const char c : body) {
    if (blank.find(c) == std::string_view::npos) joined.bytes()[size++] = static_cast<std::byte>(c);
  }
  joined.shorten(size);
  Secret decoded(decoded_bound(size));
  const auto decoded_size = decode_base64(joined.text(), Padding::required, decoded.bytes());
  if (!decoded_size) refuse();
  decoded.shorten(*decoded_size);

  WireReader reader(decoded.bytes());
  if (!reader.skip({"openssh-key-v1\0", 15})) refuse();
  const auto cipher = reader.string();
  const auto kdf = reader.string();
  const auto kdf_options = reader.string();
  if (!cipher || !kdf || !kdf_options) refuse();
  if (!equals(cipher, "none")) refuse_protected();
  const auto count = reader.number();
  const auto public_key = reader.string();
  const auto private_part = reader.string();
  if (count != 1 || !public_key || !private_part) refuse();

  WireReader secret(*private_part);
  const auto check = secret.number();
  if (!check || secret.number() != check) refuse();
  const auto kind = secret.string();
  if (!kind) refuse();
  if (equals(kind, ssh_rsa_kind)) return rsa_identity(secret);
  if (!equals(kind, ssh_ed25519_kind)) refuse_kind();
  const auto point = secret.string(32);
  const auto seed_and_point = secret.string(64);
  if (!point || !seed_and_point || !std::ranges::equal(seed_and_point->last(32), *point)) refuse();
  return ssh_ed25519_identity(seed_and_point->first(32));
}

struct PasswordAsked {
  bool asked = false;
};
int note_password(char*, int, int, void* user) {
  static_cast<PasswordAsked*>(user)->asked = true;
  return -1;
}

std::unique_ptr<IdentityKey> pem_identity(std::string_view text) {
  const BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  require(bio != nullptr, "BIO_new_mem_buf");
  PasswordAsked password;
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &note_password, &password));
  ERR_clear_error();
  if (password.asked) refuse_protected();
  if (!key) refuse();
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1) return ssh_rsa_identity(key.release());
  if (EVP_PKEY_is_a(key.get(), "ED25519") != 1) refuse_kind();
  Secret seed(32);
  std::size_t size = seed.size();
  require(EVP_PKEY_get_raw_private_key(key.get(), chars(seed.bytes()), &size) == 1 && size == seed.size(), "Ed25519");
  return ssh_ed25519_identity(seed.bytes());
}

}  // namespace

bool looks_like_private_key(std::string_view text) {
  return text.starts_with("-----BEGIN ") && text.substr(0, text.find('\n')).find("PRIVATE KEY-----") != std::string_view::npos;
}

std::unique_ptr<IdentityKey> ssh_identity(std::string_view text) {
  return text.starts_with(openssh_begin) ? openssh_identity(text) : pem_identity(text);
}

}  // namespace jujubackup::age
