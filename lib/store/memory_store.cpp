#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

#include <jujubackup/error.hpp>
#include <jujubackup/store_backend.hpp>

#include "base/text.hpp"

namespace jujubackup {
namespace {

using Bytes = std::vector<std::byte>;

struct Blob {
  std::shared_ptr<const Bytes> bytes;
  Timestamp changed;
};
// Writers may outlive the store.
using Blobs = std::map<std::string, Blob, std::less<>>;

class SharedSource final : public Source {
 public:
  SharedSource(std::shared_ptr<const Bytes> bytes, std::string name) : bytes_(std::move(bytes)), name_(std::move(name)) {}

  std::size_t read(std::span<std::byte> into) override {
    const std::size_t got = read_at(position_, into);
    position_ += got;
    return got;
  }
  void rewind() override { position_ = 0; }
  std::optional<std::uint64_t> size() const override { return bytes_->size(); }
  bool random_access() const noexcept override { return true; }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    if (offset >= bytes_->size()) return 0;
    const std::size_t got = std::min(into.size(), bytes_->size() - static_cast<std::size_t>(offset));
    if (got > 0) std::memcpy(into.data(), bytes_->data() + offset, got);
    return got;
  }
  std::string name() const override { return name_; }

 private:
  std::shared_ptr<const Bytes> bytes_;
  std::string name_;
  std::size_t position_ = 0;
};

class MemoryWriter final : public BlobWriter {
 public:
  explicit MemoryWriter(std::shared_ptr<Blobs> blobs) : blobs_(std::move(blobs)) {}

  void write(std::span<const std::byte> bytes) override {
    if (!bytes_) throw Error(ErrorCode::internal, "written after commit");
    bytes_->insert(bytes_->end(), bytes.begin(), bytes.end());
  }
  void commit(const std::string& name, bool replace) override {
    check_blob_name(name);
    if (!bytes_) throw Error(ErrorCode::internal, "committed twice");
    if (!replace && blobs_->contains(name)) throw Error(ErrorCode::exists, "mem:" + name + ": already exists");
    (*blobs_)[name] = {std::exchange(bytes_, nullptr), Timestamp::now()};
  }

 private:
  std::shared_ptr<Blobs> blobs_;
  std::shared_ptr<Bytes> bytes_ = std::make_shared<Bytes>();
};

class MemoryStore final : public BlobStore {
 public:
  std::string url() const override { return "mem:"; }
  StoreProperties properties() const override {
    StoreProperties properties;
    properties.durable_on_return = false;
    return properties;
  }

  std::unique_ptr<BlobWriter> put(std::uint64_t /*expected_bytes*/) override { return std::make_unique<MemoryWriter>(blobs_); }

  std::unique_ptr<Source> get(std::string_view name) override {
    return std::make_unique<SharedSource>(find(name)->second.bytes, "mem:" + std::string(name));
  }

  std::vector<BlobInfo> list() override {
    std::vector<BlobInfo> blobs;
    for (const auto& [name, blob] : *blobs_) blobs.push_back({name, blob.bytes->size(), blob.changed});
    return blobs;
  }

  void remove(std::string_view name) override { blobs_->erase(find(name)); }

 private:
  Blobs::iterator find(std::string_view name) const {
    check_blob_name(name);
    const auto found = blobs_->find(name);
    if (found == blobs_->end()) throw Error(ErrorCode::not_found, "mem: holds no " + go_quote(name));
    return found;
  }

  std::shared_ptr<Blobs> blobs_ = std::make_shared<Blobs>();
};

}  // namespace

std::unique_ptr<BlobStore> make_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace jujubackup
