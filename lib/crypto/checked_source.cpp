#include "crypto/checked_source.hpp"

#include <utility>

#include <jujubackup/error.hpp>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace jujubackup {
namespace {

// One digest is enough to know the bytes by, and each costs as much as sending them through TLS twice.
class CheckedSource final : public Source {
 public:
  CheckedSource(std::unique_ptr<Source> source, ExpectedDigests expected)
      : source_(std::move(source)),
        expected_(std::move(expected)),
        digest_(expected_.sha256_hex.empty() ? Digest::Kind::sha1 : Digest::Kind::sha256) {}

  std::size_t read(std::span<std::byte> into) override {
    const std::size_t got = source_->read(into);
    if (anything_expected()) digest_.update(into.first(got));
    if (got == 0 && !into.empty()) check();
    return got;
  }
  void rewind() override {
    source_->rewind();
    digest_.finish();
    checked_ = false;
  }
  std::optional<std::uint64_t> size() const override { return source_->size(); }
  bool random_access() const noexcept override { return source_->random_access(); }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const override { return source_->read_at(offset, into); }
  std::string name() const override { return source_->name(); }

 private:
  bool anything_expected() const { return !expected_.sha1_base64.empty() || !expected_.sha256_hex.empty(); }

  void check() {
    if (checked_ || !anything_expected()) return;
    const bool by_sha256 = !expected_.sha256_hex.empty();
    const bool good = by_sha256 ? to_hex(digest_.current()) == expected_.sha256_hex : to_base64(digest_.current()) == expected_.sha1_base64;
    if (!good) {
      throw Error(ErrorCode::corrupt, name() + ": the bytes are not those that were recorded (" + (by_sha256 ? "SHA-256" : "SHA-1") + ")");
    }
    checked_ = true;
  }

  std::unique_ptr<Source> source_;
  ExpectedDigests expected_;
  Digest digest_;
  bool checked_ = false;
};

}  // namespace

std::unique_ptr<Source> expect_digests(std::unique_ptr<Source> source, ExpectedDigests expected) {
  return std::make_unique<CheckedSource>(std::move(source), std::move(expected));
}

}  // namespace jujubackup
