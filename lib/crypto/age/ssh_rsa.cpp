#include <openssl/rsa.h>

#include <algorithm>
#include <string>

#include <jujubackup/error.hpp>

#include "crypto/age/base64.hpp"
#include "crypto/age/keys.hpp"
#include "crypto/age/openssl.hpp"
#include "crypto/age/ssh_wire.hpp"

namespace jujubackup::age {
namespace {

constexpr std::string_view label = "age-encryption.org/v1/ssh-rsa";
constexpr int fewest_bits = 2048;  // as age has it

// RSA-OAEP with SHA-256 in both places.
KeyContextPtr oaep(EVP_PKEY* key, int (*begin)(EVP_PKEY_CTX*)) {
  KeyContextPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  require(context != nullptr && begin(context.get()) == 1 && EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), EVP_sha256()) == 1 &&
              EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha256()) == 1,
          "RSA-OAEP");
  void* copy = OPENSSL_memdup(label.data(), label.size());
  if (copy != nullptr && EVP_PKEY_CTX_set0_rsa_oaep_label(context.get(), copy, static_cast<int>(label.size())) == 1) return context;
  OPENSSL_free(copy);
  require(false, "RSA-OAEP");
  return nullptr;
}

std::vector<std::byte> magnitude_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* found = nullptr;
  require(EVP_PKEY_get_bn_param(key, name, &found) == 1, "RSA");
  const NumberPtr value(found);
  std::vector<std::byte> bytes(static_cast<std::size_t>(BN_num_bytes(value.get())));
  BN_bn2bin(value.get(), chars(std::span(bytes)));
  return bytes;
}

std::vector<std::byte> wire_of(const EVP_PKEY* key) {
  std::vector<std::byte> wire;
  append_string(wire, bytes_of(ssh_rsa_kind));
  append_positive(wire, magnitude_of(key, OSSL_PKEY_PARAM_RSA_E));
  append_positive(wire, magnitude_of(key, OSSL_PKEY_PARAM_RSA_N));
  return wire;
}

void check_size(const EVP_PKEY* key) {
  if (EVP_PKEY_get_bits(key) < fewest_bits) throw Error(ErrorCode::invalid_argument, "the RSA key has fewer than 2048 bits");
}

class SshRsaRecipient final : public RecipientKey {
 public:
  SshRsaRecipient(KeyPtr key, Bytes wire) : key_(std::move(key)), tag_(tag_of(wire)) {}
  Stanza wrap(const Secret& file_key) const override {
    const KeyContextPtr context = oaep(key_.get(), EVP_PKEY_encrypt_init);
    std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key_.get()));
    std::vector<std::byte> body(size);
    require(EVP_PKEY_encrypt(context.get(), chars(std::span(body)), &size, chars(file_key.bytes()), file_key.size()) == 1, "RSA-OAEP");
    body.resize(size);
    return {{std::string(ssh_rsa_kind), tag_}, std::move(body)};
  }

 private:
  KeyPtr key_;
  std::string tag_;
};

class SshRsaIdentity final : public IdentityKey {
 public:
  explicit SshRsaIdentity(KeyPtr key) : key_(std::move(key)), tag_(tag_of(wire_of(key_.get()))) {}
  std::optional<Secret> unwrap(const Stanza& stanza) const override {
    if (stanza.arguments.front() != ssh_rsa_kind) return std::nullopt;
    if (stanza.arguments.size() != 2 || !decode_raw_base64_array<4>(stanza.arguments[1])) refuse_stanza(stanza);
    if (stanza.arguments[1] != tag_) return std::nullopt;
    const KeyContextPtr context = oaep(key_.get(), EVP_PKEY_decrypt_init);
    std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key_.get()));
    Secret file_key(size);
    // What does not open may be for another key: tags are short.
    if (EVP_PKEY_decrypt(context.get(), chars(file_key.bytes()), &size, chars(stanza.body), stanza.body.size()) != 1) {
      ERR_clear_error();
      return std::nullopt;
    }
    if (size != file_key_bytes) refuse_stanza(stanza);
    file_key.shorten(size);
    return file_key;
  }

 private:
  KeyPtr key_;
  std::string tag_;
};

}  // namespace

std::unique_ptr<RecipientKey> ssh_rsa_recipient(Bytes wire) {
  WireReader reader(wire);
  const auto kind = reader.string();
  const auto e = reader.positive();
  const auto n = reader.positive();
  if (!kind || !std::ranges::equal(*kind, bytes_of(ssh_rsa_kind)) || !e || e->size() > 8 || !n || !reader.rest().empty()) {
    throw Error(ErrorCode::invalid_argument, "malformed ssh-rsa key");
  }
  const NumberPtr n_value(BN_bin2bn(chars(*n), static_cast<int>(n->size()), nullptr));
  const NumberPtr e_value(BN_bin2bn(chars(*e), static_cast<int>(e->size()), nullptr));
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  require(builder != nullptr && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n_value.get()) == 1 &&
              OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e_value.get()) == 1,
          "RSA");
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* made = nullptr;
  require(params != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1, "RSA");
  const bool good = EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
  KeyPtr key(made);
  ERR_clear_error();
  if (!good) throw Error(ErrorCode::invalid_argument, "malformed ssh-rsa key");
  check_size(key.get());
  return std::make_unique<SshRsaRecipient>(std::move(key), wire);
}

std::unique_ptr<IdentityKey> ssh_rsa_identity(evp_pkey_st* key) {
  KeyPtr owned(key);
  check_size(owned.get());
  return std::make_unique<SshRsaIdentity>(std::move(owned));
}

}  // namespace jujubackup::age
