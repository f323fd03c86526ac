#include <algorithm>
#include <optional>

#include <jujubackup/encryption.hpp>
#include <jujubackup/error.hpp>

#include "base/buffer.hpp"
#include "crypto/age/armor.hpp"
#include "crypto/age/keys.hpp"
#include "crypto/age/payload.hpp"

namespace jujubackup {
namespace age {
namespace {

// Pieces of this size go to the sink below, so that a system call pays.
constexpr std::size_t chunks_at_once = 4;

std::string header_for(const Recipients::State& recipients, const Secret& file_key) {
  std::vector<Stanza> stanzas;
  if (!recipients.passphrase.empty()) {
    stanzas.push_back(wrap_with_passphrase(recipients.passphrase, recipients.work_factor, file_key));
  }
  for (const auto& key : recipients.keys) stanzas.push_back(key->wrap(file_key));
  if (stanzas.empty()) throw Error(ErrorCode::invalid_argument, "no recipients to encrypt to");
  std::string header = write_header(stanzas, file_key);
  if (header.size() > max_header_bytes)
    throw Error(ErrorCode::limit, "the recipients need more than " + std::to_string(max_header_bytes) + " bytes");
  return header;
}

class AgeSink final : public EncryptingSink {
 public:
  AgeSink(Sink& sink, const Recipients::State& recipients, bool armor) {
    const Secret file_key = random_secret(file_key_bytes);
    const std::string header = header_for(recipients, file_key);
    std::array<std::byte, payload_nonce_bytes> nonce{};
    fill_random(nonce);
    cipher_.emplace(payload_key(file_key, nonce));
    if (armor) armor_.emplace(sink);
    sink_ = armor ? static_cast<Sink*>(&*armor_) : &sink;
    waiting_.reserve(chunk_bytes);
    sealed_.reserve(chunks_at_once * sealed_chunk_bytes);
    sink_->write(bytes_of(header));
    sink_->write(nonce);
  }

  void write(std::span<const std::byte> bytes) override {
    if (finished_) throw Error(ErrorCode::invalid_argument, "writing to an encrypted file after its end");
    while (!bytes.empty()) {
      // A full chunk waits until it is clear that it is not the last one.
      if (waiting_.size() == chunk_bytes) {
        seal(waiting_, false);
        waiting_.clear();
      }
      if (waiting_.empty() && bytes.size() > chunk_bytes) {
        seal(bytes.first(chunk_bytes), false);
        bytes = bytes.subspan(chunk_bytes);
        continue;
      }
      const std::size_t piece = std::min(chunk_bytes - waiting_.size(), bytes.size());
      waiting_.insert(waiting_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(piece));
      bytes = bytes.subspan(piece);
    }
  }

  void finish() override {
    if (finished_) throw Error(ErrorCode::invalid_argument, "ending an encrypted file a second time");
    finished_ = true;
    seal(waiting_, true);
    flush();
    if (armor_) armor_->finish();
  }

 private:
  void seal(std::span<const std::byte> plain, bool last) {
    const std::size_t before = sealed_.size();
    sealed_.resize(before + plain.size() + tag_bytes);
    cipher_->seal(index_++, last, plain, std::span(sealed_).subspan(before));
    if (sealed_.size() == chunks_at_once * sealed_chunk_bytes) flush();
  }
  void flush() {
    sink_->write(sealed_);
    sealed_.clear();
  }

  std::optional<ArmorSink> armor_;
  Sink* sink_ = nullptr;
  std::optional<ChunkCipher> cipher_;
  Buffer waiting_, sealed_;
  std::uint64_t index_ = 0;
  bool finished_ = false;
};

}  // namespace
}  // namespace age

std::unique_ptr<EncryptingSink> encrypting_sink(Sink& sink, const Recipients& recipients, const EncryptionOptions& options) {
  return std::make_unique<age::AgeSink>(sink, recipients.state(), options.armor);
}

}  // namespace jujubackup
