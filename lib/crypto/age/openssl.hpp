// Owners for what OpenSSL hands out. For source files of this folder only: it shows OpenSSL's headers.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include <jujubackup/error.hpp>

namespace jujubackup::age {

template <auto free_function>
struct OpensslFree {
  template <typename T>
  void operator()(T* pointer) const noexcept {
    free_function(pointer);
  }
};
using BioPtr = std::unique_ptr<BIO, OpensslFree<&BIO_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, OpensslFree<&BN_clear_free>>;
using NumberContextPtr = std::unique_ptr<BN_CTX, OpensslFree<&BN_CTX_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslFree<&EVP_PKEY_free>>;
using KeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, OpensslFree<&EVP_PKEY_CTX_free>>;
using CipherPtr = std::unique_ptr<EVP_CIPHER, OpensslFree<&EVP_CIPHER_free>>;
using CipherContextPtr = std::unique_ptr<EVP_CIPHER_CTX, OpensslFree<&EVP_CIPHER_CTX_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, OpensslFree<&OSSL_PARAM_free>>;
using ParamBuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, OpensslFree<&OSSL_PARAM_BLD_free>>;

inline const unsigned char* chars(std::span<const std::byte> bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
inline unsigned char* chars(std::span<std::byte> bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
template <std::size_t N>
const unsigned char* chars(const std::array<std::byte, N>& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
template <std::size_t N>
unsigned char* chars(std::array<std::byte, N>& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

// For what can only fail for lack of memory, or because OpenSSL was built or configured without it. The queue of errors belongs to the
// program that we are linked into, so nothing of ours stays there.
inline void require(bool good, const char* what) {
  if (good) return;
  ERR_clear_error();
  throw Error(ErrorCode::internal, std::string("OpenSSL failed: ") + what);
}

}  // namespace jujubackup::age
