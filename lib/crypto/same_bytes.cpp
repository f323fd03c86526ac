#include "crypto/same_bytes.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <optional>
#include <string>

#include <jujubackup/error.hpp>

#include "base/text.hpp"

namespace jujubackup {
namespace {

constexpr std::size_t key_bytes = 16;
constexpr std::size_t nonce_bytes = 12;

void require(int result) {
  if (result != 1) throw Error(ErrorCode::internal, "computing a GMAC failed");
}

}  // namespace

struct SameBytes::State {
  // SECRET while it is in use. One nonce does for both readings: no tag made with it is ever shown.
  std::array<unsigned char, key_bytes + nonce_bytes> key{};
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context{EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
  std::uint64_t size_bytes = 0;
  std::optional<Seen> first;

  ~State() { OPENSSL_cleanse(key.data(), key.size()); }
};

SameBytes::SameBytes() : state_(std::make_unique<State>()) {
  require(state_->context != nullptr ? 1 : 0);
  require(RAND_priv_bytes(state_->key.data(), static_cast<int>(state_->key.size())));
}
SameBytes::~SameBytes() = default;

void SameBytes::begin() {
  state_->size_bytes = 0;
  require(EVP_EncryptInit_ex2(state_->context.get(), EVP_aes_128_gcm(), state_->key.data(), state_->key.data() + key_bytes, nullptr));
}

void SameBytes::update(std::span<const std::byte> bytes) {
  constexpr std::size_t most = std::size_t{1} << 30;
  state_->size_bytes += bytes.size();
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), most));
    int written = 0;
    // Without an output it is data to be authenticated only.
    require(EVP_EncryptUpdate(state_->context.get(), nullptr, &written, reinterpret_cast<const unsigned char*>(piece.data()),
                              static_cast<int>(piece.size())));
    bytes = bytes.subspan(piece.size());
  }
}

SameBytes::Seen SameBytes::seen() {
  Seen seen;
  seen.size_bytes = state_->size_bytes;
  int written = 0;
  unsigned char none = 0;
  require(EVP_EncryptFinal_ex(state_->context.get(), &none, &written));
  require(EVP_CIPHER_CTX_ctrl(state_->context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(seen.tag.size()), seen.tag.data()));
  return seen;
}

class SameBytes::First final : public Source {
 public:
  First(SameBytes& same, Source& source) : same_(same), source_(source) { same_.begin(); }
  std::size_t read(std::span<std::byte> into) override {
    const std::size_t got = source_.read(into);
    same_.update(into.first(got));
    return got;
  }
  void rewind() override {
    source_.rewind();
    same_.begin();
  }
  std::optional<std::uint64_t> size() const override { return source_.size(); }
  std::string name() const override { return source_.name(); }

 private:
  SameBytes& same_;
  Source& source_;
};

class SameBytes::Second final : public Source {
 public:
  Second(SameBytes& same, Source& source) : same_(same), source_(source) { same_.begin(); }
  std::size_t read(std::span<std::byte> into) override {
    if (ended_ || into.empty()) return 0;
    const std::size_t got = source_.read(into);
    same_.update(into.first(got));
    // More than there was is not handed on.
    const bool longer = same_.state_->size_bytes > same_.state_->first->size_bytes;
    if (longer || (got == 0 && same_.seen() != *same_.state_->first)) {
      throw Error(ErrorCode::corrupt, printable(name()) + " changed after it was verified");
    }
    ended_ = got == 0;
    return got;
  }
  void rewind() override {
    source_.rewind();
    same_.begin();
    ended_ = false;
  }
  std::optional<std::uint64_t> size() const override { return source_.size(); }
  std::string name() const override { return source_.name(); }

 private:
  SameBytes& same_;
  Source& source_;
  bool ended_ = false;
};

std::unique_ptr<Source> SameBytes::first(Source& source) {
  state_->first.reset();
  return std::make_unique<First>(*this, source);
}

std::unique_ptr<Source> SameBytes::second(Source& source) {
  if (!state_->first) state_->first = seen();
  return std::make_unique<Second>(*this, source);
}

}  // namespace jujubackup
