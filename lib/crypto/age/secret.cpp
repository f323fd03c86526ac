#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include <jujubackup/encryption.hpp>

namespace jujubackup {

Secret::Secret(std::size_t size_bytes) : data_(std::make_unique<std::byte[]>(size_bytes)), size_(size_bytes), capacity_(size_bytes) {}

Secret::Secret(std::string_view text) : Secret(text.size()) {
  std::ranges::copy(std::as_bytes(std::span(text.data(), text.size())), data_.get());
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)), capacity_(std::exchange(other.capacity_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  Secret taken(std::move(other));  // wipes what was here
  std::swap(data_, taken.data_);
  std::swap(size_, taken.size_);
  std::swap(capacity_, taken.capacity_);
  return *this;
}

Secret::~Secret() {
  if (data_) OPENSSL_cleanse(data_.get(), capacity_);
}

std::string_view Secret::text() const noexcept { return {reinterpret_cast<const char*>(data_.get()), size_}; }

void Secret::shorten(std::size_t size_bytes) noexcept {
  if (size_bytes >= size_) return;
  OPENSSL_cleanse(data_.get() + size_bytes, size_ - size_bytes);
  size_ = size_bytes;
}

}  // namespace jujubackup
