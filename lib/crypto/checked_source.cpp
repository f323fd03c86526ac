#include "crypto/checked_source.hpp"

#include <utility>

#include <jujubackup/error.hpp>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace jujubackup {
namespace {

class CheckedSource final : public Source {
 public:
  CheckedSource(std::unique_ptr<Source> source, ExpectedDigests expected) : source_(std::move(source)), expected_(std::move(expected)) {}

  std::size_t read(std::span<std::byte> into) override {
    const std::size_t got = source_->read(into);
    if (!expected_.sha1_base64.empty()) sha1_.update(into.first(got));
    if (!expected_.sha256_hex.empty()) sha256_.update(into.first(got));
    if (got == 0 && !into.empty()) check();
    return got;
  }
  void rewind() override {
    source_->rewind();
    sha1_.finish();
    sha256_.finish();
    checked_ = false;
  }
  std::optional<std::uint64_t> size() const override { return source_->size(); }
  bool random_access() const noexcept override { return source_->random_access(); }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const override { return source_->read_at(offset, into); }
  std::string name() const override { return source_->name(); }

 private:
  void check() {
    if (checked_) return;
    const bool sha1_good = expected_.sha1_base64.empty() || to_base64(sha1_.current()) == expected_.sha1_base64;
    const bool sha256_good = expected_.sha256_hex.empty() || to_hex(sha256_.current()) == expected_.sha256_hex;
    if (!sha1_good || !sha256_good) {
      throw Error(ErrorCode::corrupt, name() + ": the bytes are not those that were recorded (" + (sha1_good ? "SHA-256" : "SHA-1") + ")");
    }
    checked_ = true;
  }

  std::unique_ptr<Source> source_;
  ExpectedDigests expected_;
  Digest sha1_{Digest::Kind::sha1};
  Digest sha256_{Digest::Kind::sha256};
  bool checked_ = false;
};

}  // namespace

std::unique_ptr<Source> expect_digests(std::unique_ptr<Source> source, ExpectedDigests expected) {
  return std::make_unique<CheckedSource>(std::move(source), std::move(expected));
}

}  // namespace jujubackup
