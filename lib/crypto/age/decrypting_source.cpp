#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include <jujubackup/encryption.hpp>
#include <jujubackup/error.hpp>

#include "base/buffer.hpp"
#include "crypto/age/keys.hpp"
#include "crypto/age/open_file.hpp"
#include "crypto/age/payload.hpp"

namespace jujubackup {
namespace age {
namespace {

class DecryptingSource final : public Source {
 public:
  DecryptingSource(std::unique_ptr<Source> source, const Identities::State& identities) : source_(std::move(source)), form_(*source_) {
    Header header = read_header(form_.input());
    const Secret file_key = open_header(header, identities);
    std::array<std::byte, payload_nonce_bytes> nonce{};
    if (form_.input().read(nonce) != nonce.size()) throw Error(ErrorCode::corrupt, "the file is cut off behind its header");
    key_ = payload_key(file_key, nonce);
    begin_ = std::move(header.text);
    begin_.append(reinterpret_cast<const char*>(nonce.data()), nonce.size());
    cipher_.emplace(key_);
    if (!form_.armored() && source_->random_access()) open_end();
  }

  std::size_t read(std::span<std::byte> into) override {
    if (into.empty()) return 0;
    if (taken_ == plain_size_) {
      if (ended_) return 0;
      taken_ = plain_size_ = 0;
      if (into.size() >= chunk_bytes) return next_chunk(into.first(chunk_bytes));
      plain_.resize(chunk_bytes);
      plain_size_ = next_chunk(plain_);
    }
    const std::size_t size = std::min(into.size(), plain_size_ - taken_);
    std::copy_n(plain_.begin() + static_cast<std::ptrdiff_t>(taken_), size, into.begin());
    taken_ += size;
    return size;
  }

  void rewind() override {
    form_.rewind();
    std::string begin(begin_.size(), '\0');
    const std::size_t got = form_.input().read(std::as_writable_bytes(std::span(begin.data(), begin.size())));
    if (got != begin.size() || begin != begin_) throw Error(ErrorCode::corrupt, "decrypting " + name() + ": its header changed meanwhile");
    index_ = 0;
    ahead_ = taken_ = plain_size_ = 0;
    ended_ = false;
  }

  std::optional<std::uint64_t> size() const override { return size_; }
  bool random_access() const noexcept override { return size_.has_value(); }
  std::string name() const override { return source_->name(); }

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    if (!size_) return Source::read_at(offset, into);
    if (offset >= *size_ || into.empty()) return 0;
    into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), *size_ - offset)));
    const std::uint64_t index = offset / chunk_bytes;
    std::unique_ptr<Reader> reader = take_reader(index);
    std::size_t done = 0;
    for (std::uint64_t at = index; done < into.size(); ++at) {
      if (reader->index != at) load(*reader, at);
      const auto from = static_cast<std::size_t>((offset + done) % chunk_bytes);
      const std::size_t piece = std::min(into.size() - done, reader->plain.size() - from);
      std::copy_n(reader->plain.begin() + static_cast<std::ptrdiff_t>(from), piece, into.begin() + static_cast<std::ptrdiff_t>(done));
      done += piece;
    }
    const std::lock_guard lock(mutex_);
    readers_.push_back(std::move(reader));
    return done;
  }

 private:
  static constexpr std::uint64_t no_chunk = UINT64_MAX;

  // Room for one chunk, for a thread that is in read_at. It keeps the chunk, since reads often follow each other.
  struct Reader {
    explicit Reader(const Secret& key) : cipher(key) {}
    ChunkCipher cipher;
    std::uint64_t index = no_chunk;
    Buffer sealed, plain;
  };

  std::unique_ptr<Reader> take_reader(std::uint64_t index) const {
    {
      const std::lock_guard lock(mutex_);
      const auto same = std::ranges::find_if(readers_, [index](const auto& reader) { return reader->index == index; });
      if (same != readers_.end()) std::swap(*same, readers_.back());
      if (!readers_.empty()) {
        std::unique_ptr<Reader> reader = std::move(readers_.back());
        readers_.pop_back();
        return reader;
      }
    }
    return std::make_unique<Reader>(key_);
  }

  void load(Reader& reader, std::uint64_t index) const {
    const std::uint64_t at = index * sealed_chunk_bytes;
    const bool last = index == last_index_;
    reader.index = no_chunk;
    reader.sealed.resize(static_cast<std::size_t>(std::min<std::uint64_t>(sealed_chunk_bytes, sealed_bytes_ - at)));
    std::size_t got = 0;
    while (got < reader.sealed.size()) {
      const std::size_t more = source_->read_at(begin_.size() + at + got, std::span(reader.sealed).subspan(got));
      if (more == 0) throw Error(ErrorCode::corrupt, "decrypting " + name() + ": it became shorter meanwhile");
      got += more;
    }
    reader.plain.resize(reader.sealed.size() - tag_bytes);
    try {
      reader.cipher.open(index, last, reader.sealed, reader.plain);
    } catch (Error& error) {
      error.add_context("decrypting " + name());
      throw;
    }
    reader.index = index;
  }

  // With a good last chunk where the file ends, its length is authenticated.
  void open_end() {
    const auto file_bytes = source_->size();
    if (!file_bytes || *file_bytes < begin_.size()) return;
    sealed_bytes_ = *file_bytes - begin_.size();
    last_index_ = sealed_bytes_ == 0 ? 0 : (sealed_bytes_ - 1) / sealed_chunk_bytes;
    auto reader = std::make_unique<Reader>(key_);
    try {
      const std::uint64_t content = content_bytes(sealed_bytes_);
      load(*reader, last_index_);
      size_ = content;
    } catch (const Error&) {
      // The chunk before may know more: that it is the last one.
      if (last_index_ != 0) load(*reader, last_index_ - 1);
      throw;
    }
    readers_.push_back(std::move(reader));
  }

  // Opens the next chunk into `out`, which has room for it.
  std::size_t next_chunk(std::span<std::byte> out) {
    // One byte more than the chunk tells whether it is the last one; that byte begins the next.
    sealed_.resize(sealed_chunk_bytes + 1);
    const std::size_t size = ahead_ + form_.input().read(std::span(sealed_).subspan(ahead_));
    const bool last = size <= sealed_chunk_bytes;
    const std::size_t sealed_size = std::min(size, sealed_chunk_bytes);
    // Behind an error there is nothing.
    ended_ = true;
    try {
      if (last) check_last_chunk(index_, sealed_size);
      cipher_->open(index_, last, std::span(sealed_).first(sealed_size), out.first(sealed_size - tag_bytes));
    } catch (Error& error) {
      error.add_context("decrypting " + name());
      throw;
    }
    ended_ = last;
    ahead_ = last ? 0 : 1;
    sealed_.front() = sealed_.back();
    ++index_;
    return sealed_size - tag_bytes;
  }

  std::unique_ptr<Source> source_;
  BinaryForm form_;
  std::string begin_;  // header and nonce
  Secret key_;

  // From the first byte to the last.
  std::optional<ChunkCipher> cipher_;
  Buffer sealed_, plain_;
  std::uint64_t index_ = 0;
  std::size_t ahead_ = 0, taken_ = 0, plain_size_ = 0;
  bool ended_ = false;

  // Anywhere.
  std::uint64_t sealed_bytes_ = 0, last_index_ = 0;
  std::optional<std::uint64_t> size_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Reader>> readers_;
};

}  // namespace
}  // namespace age

std::unique_ptr<Source> decrypting_source(std::unique_ptr<Source> source, const Identities& identities) {
  const std::string doing = "decrypting " + source->name();
  try {
    return std::make_unique<age::DecryptingSource>(std::move(source), identities.state());
  } catch (Error& error) {
    if (error.context().empty()) error.add_context(doing);
    throw;
  }
}

}  // namespace jujubackup
