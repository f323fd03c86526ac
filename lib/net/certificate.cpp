#include "net/certificate.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <new>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "net/openssl_support.hpp"

namespace jujubackup {
namespace {

constexpr long day_seconds = 24L * 3600;
constexpr long version_3 = 2;  // X.509 counts from 0

void require(bool good) {
  if (!good) throw Error(ErrorCode::internal, "making a certificate failed: " + openssl_reason("no reason given"));
}

template <typename Write>
std::string pem_of(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_secmem()), &BIO_free);
  require(bio && write(bio.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

KeyPair to_pem(X509* certificate, EVP_PKEY* key) {
  return {pem_of([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); }),
          pem_of([&](BIO* bio) { return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); })};
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()), &X509_EXTENSION_free);
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

// Twenty bytes are the most that RFC 5280 allows; the first bit has to be 0.
void set_random_serial(X509* certificate) {
  std::array<unsigned char, 20> bytes{};
  require(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7F) | 0x40);
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr), &BN_free);
  require(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

void set_name(X509_NAME* name, const std::string& common_name) {
  const auto add = [name](const char* field, const std::string& text) {
    require(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.data()),
                                       static_cast<int>(text.size()), -1, 0) == 1);
  };
  add("O", "juju");
  add("CN", common_name);
}

KeyPtr make_key() {
  KeyPtr key(EVP_EC_gen("P-256"));
  require(key != nullptr);
  return key;
}

// All but the issuer and the extensions.
CertificatePtr begin_certificate(EVP_PKEY* key, const std::string& common_name) {
  CertificatePtr certificate(X509_new());
  if (!certificate) throw std::bad_alloc();
  X509* made = certificate.get();
  require(X509_set_version(made, version_3) == 1 && X509_set_pubkey(made, key) == 1);
  require(X509_gmtime_adj(X509_getm_notBefore(made), -day_seconds) != nullptr);
  require(X509_time_adj_ex(X509_getm_notAfter(made), 3652, 0, nullptr) != nullptr);
  set_random_serial(made);
  set_name(X509_get_subject_name(made), common_name);
  return certificate;
}

// The value is in the language of OpenSSL's configuration files, where a comma begins the next entry.
std::string alternative_names(const std::vector<std::string>& names) {
  std::string value;
  for (const auto& name : names) {
    const bool plain =
        !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:*") == std::string::npos;
    const bool address = plain && is_ip_address(name);
    if (!plain || (!address && name.find(':') != std::string::npos)) {
      throw Error(ErrorCode::invalid_argument, quoted_name(name) + " is neither a DNS name nor an IP address");
    }
    value += (value.empty() ? "" : ",") + std::string(address ? "IP:" : "DNS:") + name;
  }
  return value;
}

}  // namespace

KeyPair make_ca(const std::string& common_name) {
  const KeyPtr key = make_key();
  const CertificatePtr ca = begin_certificate(key.get(), common_name);
  require(X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get())) == 1);
  add_extension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature");
  add_extension(ca.get(), ca.get(), NID_subject_key_identifier, "hash");
  require(X509_sign(ca.get(), key.get(), EVP_sha256()) > 0);
  return to_pem(ca.get(), key.get());
}

KeyPair make_server_certificate(const KeyPair& ca, const std::vector<std::string>& names) {
  if (names.empty()) throw Error(ErrorCode::invalid_argument, "a server's certificate needs a name");
  const auto issuers = certificates_of_pem(ca.certificate_pem, "the CA's certificate");
  const KeyPtr issuer_key = key_of_pem(ca.key_pem, "the CA's key");
  X509* issuer = issuers.front().get();
  if (X509_check_private_key(issuer, issuer_key.get()) != 1) {
    throw Error(ErrorCode::invalid_argument, "the CA's key is not the one of its certificate: " + openssl_reason("other key"));
  }
  const KeyPtr key = make_key();
  const CertificatePtr leaf = begin_certificate(key.get(), "juju-server");
  require(X509_set_issuer_name(leaf.get(), X509_get_subject_name(issuer)) == 1);
  add_extension(leaf.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(leaf.get(), issuer, NID_key_usage, "critical,digitalSignature");
  add_extension(leaf.get(), issuer, NID_ext_key_usage, "serverAuth");
  add_extension(leaf.get(), issuer, NID_subject_key_identifier, "hash");
  add_extension(leaf.get(), issuer, NID_authority_key_identifier, "keyid");
  add_extension(leaf.get(), issuer, NID_subject_alt_name, alternative_names(names));
  require(X509_sign(leaf.get(), issuer_key.get(), EVP_sha256()) > 0);
  return to_pem(leaf.get(), key.get());
}

}  // namespace jujubackup
