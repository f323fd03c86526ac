#include <algorithm>

#include "callbacks.hpp"
#include "guard.hpp"

namespace jujubackup::capi {
namespace {

// What a callback says that it read is only believed as far as there was room for it.
std::size_t check_count(std::size_t read_bytes, std::size_t capacity_bytes, const std::string& name) {
  if (read_bytes <= capacity_bytes) return read_bytes;
  throw Error(ErrorCode::invalid_argument, name + ": the read callback claims " + std::to_string(read_bytes) +
                                               " bytes where there was room for " + std::to_string(capacity_bytes));
}

class CallbackSource final : public Source {
 public:
  CallbackSource(User user, const jjb_source_callbacks& table, std::string name, std::shared_ptr<void> keep_alive)
      : keep_alive_(std::move(keep_alive)), user_(std::move(user)), table_(table), name_(std::move(name)) {
    if (table_.size_of == nullptr) return;
    std::uint64_t size = 0;
    jjb_error* error = nullptr;
    const std::int32_t status = table_.size_of(user_.get(), &size, &error);
    check_callback(status, error, "size_of");
    size_ = size;
  }

  std::size_t read(std::span<std::byte> into) override {
    std::size_t got = 0;
    jjb_error* error = nullptr;
    const std::int32_t status = table_.read(user_.get(), into.data(), into.size(), &got, &error);
    check_callback(status, error, "read");
    return check_count(got, into.size(), name_);
  }

  void rewind() override {
    if (table_.rewind == nullptr) throw Error(ErrorCode::unsupported, name_ + ": cannot be read twice");
    jjb_error* error = nullptr;
    const std::int32_t status = table_.rewind(user_.get(), &error);
    check_callback(status, error, "rewind");
  }

  std::optional<std::uint64_t> size() const override { return size_; }

  // Readers that jump about need to know where the end is.
  bool random_access() const noexcept override { return table_.read_at != nullptr && size_.has_value(); }

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    if (table_.read_at == nullptr) return Source::read_at(offset, into);
    std::size_t got = 0;
    jjb_error* error = nullptr;
    const std::int32_t status = table_.read_at(user_.get(), offset, into.data(), into.size(), &got, &error);
    check_callback(status, error, "read_at");
    return check_count(got, into.size(), name_);
  }

  std::string name() const override { return name_; }

 private:
  std::shared_ptr<void> keep_alive_;  // before user_: destroyed after it
  User user_;
  jjb_source_callbacks table_;
  std::string name_;
  std::optional<std::uint64_t> size_;
};

}  // namespace

std::unique_ptr<Source> make_source(const jjb_source_callbacks* callbacks, const char* name, std::shared_ptr<void> keep_alive) {
  User user = take_user(callbacks);
  const jjb_source_callbacks table = copy_table(callbacks, "source callbacks");
  if (table.read == nullptr) refuse("source callbacks without read");
  return std::make_unique<CallbackSource>(std::move(user), table, name == nullptr ? "" : name, std::move(keep_alive));
}

void CallbackSink::write(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  jjb_error* error = nullptr;
  const std::int32_t status = write_(user_, bytes.data(), bytes.size(), &error);
  check_callback(status, error, "write");
}

}  // namespace jujubackup::capi

void jjb_source_callbacks_init(jjb_source_callbacks* callbacks) {
  if (callbacks == nullptr) return;
  *callbacks = {};
  callbacks->size = sizeof(*callbacks);
}
