// What the files of this room share about OpenSSL, without showing its headers.
#pragma once

#include <memory>
#include <string>
#include <vector>

// OpenSSL's own names for its types.
struct evp_pkey_st;
struct ssl_ctx_st;
struct ssl_st;
struct x509_st;

namespace jujubackup {

struct OpensslFree {
  void operator()(evp_pkey_st* key) const noexcept;
  void operator()(ssl_ctx_st* context) const noexcept;
  void operator()(ssl_st* connection) const noexcept;
  void operator()(x509_st* certificate) const noexcept;
};
using KeyPtr = std::unique_ptr<evp_pkey_st, OpensslFree>;
using TlsContextPtr = std::unique_ptr<ssl_ctx_st, OpensslFree>;
using TlsPtr = std::unique_ptr<ssl_st, OpensslFree>;
using CertificatePtr = std::unique_ptr<x509_st, OpensslFree>;

// The oldest entry of the thread's queue in words, which is then empty; `otherwise` if there is none.
std::string openssl_reason(const std::string& otherwise);

// All certificates of the text. Error(invalid_argument) "<what> is no PEM certificate" if there is none, or one that is broken.
std::vector<CertificatePtr> certificates_of_pem(const std::string& pem, const std::string& what);
KeyPtr key_of_pem(const std::string& pem, const std::string& what);

// Whether it is an IP address, not a name.
bool is_ip_address(const std::string& name);

// What both sides agree on: TLS 1.2 and later, no tickets, no compression, partial writes, large reads.
TlsContextPtr make_tls_context(bool server);

}  // namespace jujubackup
