#include "net/openssl_support.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <new>

#include <jujubackup/error.hpp>

namespace jujubackup {
namespace {

// The first is as good as the others, and the fastest; Go's peers prefer it, too.
constexpr const char* tls13_ciphers = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;

BioPtr open_text(const std::string& text, const std::string& what) {
  if (text.size() > std::size_t{1} << 20) throw Error(ErrorCode::limit, what + " is too long");
  BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
  if (!bio) throw std::bad_alloc();
  ERR_clear_error();
  return bio;
}

// Without one, OpenSSL would ask on the terminal for the password of an encrypted key.
int no_password(char*, int, int, void*) { return -1; }

}  // namespace

void OpensslFree::operator()(evp_pkey_st* key) const noexcept { EVP_PKEY_free(key); }
void OpensslFree::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }
void OpensslFree::operator()(ssl_st* connection) const noexcept { SSL_free(connection); }
void OpensslFree::operator()(x509_st* certificate) const noexcept { X509_free(certificate); }

std::string openssl_reason(const std::string& otherwise) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? otherwise : reason;
}

std::vector<CertificatePtr> certificates_of_pem(const std::string& pem, const std::string& what) {
  const BioPtr bio = open_text(pem, what);
  std::vector<CertificatePtr> found;
  while (CertificatePtr next{PEM_read_bio_X509(bio.get(), nullptr, &no_password, nullptr)}) found.push_back(std::move(next));
  // The end of the text shows as "no start line".
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (found.empty() || !at_end) throw Error(ErrorCode::invalid_argument, what + " is no PEM certificate");
  return found;
}

KeyPtr key_of_pem(const std::string& pem, const std::string& what) {
  const BioPtr bio = open_text(pem, what);
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_password, nullptr));
  ERR_clear_error();
  if (!key) throw Error(ErrorCode::invalid_argument, what + " is no PEM private key");
  return key;
}

bool is_ip_address(const std::string& name) {
  const std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)> parsed(a2i_IPADDRESS(name.c_str()), &ASN1_OCTET_STRING_free);
  ERR_clear_error();
  return parsed != nullptr;
}

TlsContextPtr make_tls_context(bool server) {
  ERR_clear_error();
  TlsContextPtr context(SSL_CTX_new(server ? TLS_server_method() : TLS_client_method()));
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_ciphersuites(context.get(), tls13_ciphers) != 1) {
    throw Error(ErrorCode::internal, "setting up TLS failed: " + openssl_reason("no reason given"));
  }
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  // A ticket that nobody reads before the connection is closed would reset it, and the peer could miss the last answer.
  SSL_CTX_set_num_tickets(context.get(), 0);
  // One call of the system for a record. A larger buffer would bring more at once, but OpenSSL moves all that is left of it to the front
  // for each record, which costs more than the calls.
  SSL_CTX_set_read_ahead(context.get(), 1);
  return context;
}

}  // namespace jujubackup
