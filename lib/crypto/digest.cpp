#include "crypto/digest.hpp"

#include <openssl/evp.h>

#include <new>

#include <jujubackup/error.hpp>

#include "base/encoding.hpp"

namespace jujubackup {
namespace {

void require(int result) {
  if (result != 1) throw Error(ErrorCode::internal, "computing a digest failed");
}

}  // namespace

struct Digest::State {
  EVP_MD_CTX* context = nullptr;
  EVP_MD* method = nullptr;

  explicit State(Kind kind) : context(EVP_MD_CTX_new()), method(EVP_MD_fetch(nullptr, kind == Kind::sha1 ? "SHA1" : "SHA256", nullptr)) {
    if (context == nullptr || method == nullptr) {
      release();
      throw Error(ErrorCode::internal, kind == Kind::sha1 ? "OpenSSL has no SHA-1" : "OpenSSL has no SHA-256");
    }
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { release(); }
  void release() {
    EVP_MD_CTX_free(context);
    EVP_MD_free(method);
  }
};

Digest::Digest(Kind kind) : state_(std::make_unique<State>(kind)) { require(EVP_DigestInit_ex2(state_->context, state_->method, nullptr)); }
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;
Digest::~Digest() = default;

void Digest::update(std::span<const std::byte> bytes) { require(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size())); }

std::vector<std::byte> Digest::current() const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> copy(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (!copy) throw std::bad_alloc();
  require(EVP_MD_CTX_copy_ex(copy.get(), state_->context));
  std::vector<std::byte> out(EVP_MAX_MD_SIZE);
  unsigned int size = 0;
  require(EVP_DigestFinal_ex(copy.get(), reinterpret_cast<unsigned char*>(out.data()), &size));
  out.resize(size);
  return out;
}

std::vector<std::byte> Digest::finish() {
  std::vector<std::byte> out(EVP_MAX_MD_SIZE);
  unsigned int size = 0;
  require(EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(out.data()), &size));
  require(EVP_DigestInit_ex2(state_->context, state_->method, nullptr));
  out.resize(size);
  return out;
}

std::string Digest::finish_hex() { return to_hex(finish()); }
std::string Digest::finish_base64() { return to_base64(finish()); }

std::array<std::byte, 32> sha256(std::span<const std::byte> bytes) {
  std::array<std::byte, 32> out{};
  std::size_t size = 0;
  require(EVP_Q_digest(nullptr, "SHA256", nullptr, bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &size));
  return out;
}

}  // namespace jujubackup
