// A store that lives in functions of the caller.
#include "blob_store.hpp"

#include <algorithm>
#include <vector>

#include "callbacks.hpp"
#include "guard.hpp"
#include "handles.hpp"

namespace jujubackup::capi {
namespace {

// Shared with readers and writers, which may live longer than the store's handle.
struct Functions {
  Functions(User owner, const jjb_store_callbacks& from, std::string at) : user(std::move(owner)), table(from), url(std::move(at)) {}
  User user;
  jjb_store_callbacks table;
  std::string url;
};

// Runs a callback that fills `table` with what the caller made. The table is used, or its destroy callback run, in any case.
template <typename Table, typename F>
Table filled(const char* what, F&& call) {
  Table table{};
  table.size = sizeof(table);
  jjb_error* error = nullptr;
  const std::int32_t status = call(&table, &error);
  if (status != JJB_STATUS_OK && table.destroy != nullptr) table.destroy(table.user);
  check_callback(status, error, what);
  return table;
}

class CallbackWriter final : public BlobWriter {
 public:
  CallbackWriter(std::shared_ptr<Functions> store, User user, const jjb_blob_writer_callbacks& table)
      : store_(std::move(store)), user_(std::move(user)), table_(table) {}

  void write(std::span<const std::byte> bytes) override { CallbackSink(table_.write, user_.get()).write(bytes); }

  void commit(const std::string& name, bool replace) override {
    check_blob_name(name);
    jjb_error* error = nullptr;
    const std::int32_t status = table_.commit(user_.get(), name.c_str(), replace ? 1 : 0, &error);
    check_callback(status, error, "commit");
  }

 private:
  std::shared_ptr<Functions> store_;  // before user_: destroyed after it
  User user_;
  jjb_blob_writer_callbacks table_;
};

class CallbackLock final : public BlobStore::Lock {
 public:
  explicit CallbackLock(std::shared_ptr<Functions> store) : store_(std::move(store)) {}
  CallbackLock(const CallbackLock&) = delete;
  CallbackLock& operator=(const CallbackLock&) = delete;
  ~CallbackLock() override { store_->table.unlock(store_->user.get()); }

 private:
  std::shared_ptr<Functions> store_;
};

struct Visit {
  std::vector<BlobInfo> blobs;
  std::exception_ptr failure;
};

// An exception must not pass through frames of C: it waits in the Visit.
std::int32_t visit_blob(void* visitor, const char* name, std::uint64_t size_bytes, std::int64_t changed_s, std::uint32_t changed_ns) {
  auto& visit = *static_cast<Visit*>(visitor);
  try {
    BlobInfo info;
    info.name = require_text(name, "blob name");
    check_blob_name(info.name);
    info.size_bytes = size_bytes;
    info.changed = time_of(changed_s, changed_ns);
    visit.blobs.push_back(std::move(info));
    return JJB_STATUS_OK;
  } catch (...) {
    if (!visit.failure) visit.failure = std::current_exception();
    return JJB_STATUS_INVALID_ARGUMENT;
  }
}

class CallbackStore final : public BlobStore {
 public:
  explicit CallbackStore(std::shared_ptr<Functions> store) : store_(std::move(store)) {}

  std::string url() const override { return store_->url; }

  StoreProperties properties() const override {
    const std::uint32_t flags = store_->table.properties;
    StoreProperties properties;
    properties.durable_on_return = (flags & JJB_STORE_DURABLE_ON_RETURN) != 0;
    properties.atomic_replace = (flags & JJB_STORE_ATOMIC_REPLACE) != 0;
    properties.exclusive_create = (flags & JJB_STORE_EXCLUSIVE_CREATE) != 0;
    properties.writable = (flags & JJB_STORE_WRITABLE) != 0;
    properties.max_blob_bytes = store_->table.max_blob_bytes;
    return properties;
  }

  std::unique_ptr<BlobWriter> put(std::uint64_t expected_bytes) override {
    if (!properties().writable) throw Error(ErrorCode::permission, store_->url + ": the store cannot be written");
    const auto writer = filled<jjb_blob_writer_callbacks>("put", [&](jjb_blob_writer_callbacks* out, jjb_error** error) {
      return store_->table.put(store_->user.get(), expected_bytes, out, error);
    });
    User user = take_user(&writer);
    if (writer.write == nullptr || writer.commit == nullptr) refuse("the put callback gave a writer without write or commit");
    return std::make_unique<CallbackWriter>(store_, std::move(user), writer);
  }

  std::unique_ptr<Source> get(std::string_view name) override {
    const std::string text(name);
    check_blob_name(text);
    const std::string full_name = store_->url + "/" + text;
    const auto reader = filled<jjb_source_callbacks>("get", [&](jjb_source_callbacks* out, jjb_error** error) {
      return store_->table.get(store_->user.get(), text.c_str(), out, error);
    });
    return make_source(&reader, full_name.c_str(), store_);
  }

  std::vector<BlobInfo> list() override {
    Visit visit;
    jjb_error* error = nullptr;
    const std::int32_t status = store_->table.list(store_->user.get(), &visit_blob, &visit, &error);
    const std::unique_ptr<jjb_error> owned(error);
    if (visit.failure) std::rethrow_exception(visit.failure);
    check_callback(status, owned == nullptr ? nullptr : new jjb_error(*owned), "list");
    std::sort(visit.blobs.begin(), visit.blobs.end(), [](const BlobInfo& a, const BlobInfo& b) { return a.name < b.name; });
    return std::move(visit.blobs);
  }

  void remove(std::string_view name) override {
    if (!properties().writable) throw Error(ErrorCode::permission, store_->url + ": the store cannot be written");
    const std::string text(name);
    check_blob_name(text);
    jjb_error* error = nullptr;
    const std::int32_t status = store_->table.remove(store_->user.get(), text.c_str(), &error);
    check_callback(status, error, "remove");
  }

  std::unique_ptr<Lock> lock() override {
    if (store_->table.lock == nullptr) return nullptr;
    jjb_error* error = nullptr;
    const std::int32_t status = store_->table.lock(store_->user.get(), &error);
    check_callback(status, error, "lock");
    return std::make_unique<CallbackLock>(store_);
  }

 private:
  std::shared_ptr<Functions> store_;
};

}  // namespace

std::unique_ptr<BlobStore> make_callback_store(const jjb_store_callbacks* callbacks, const char* url) {
  User user = take_user(callbacks);
  const jjb_store_callbacks table = copy_table(callbacks, "store callbacks");
  if (table.get == nullptr || table.list == nullptr) refuse("store callbacks without get or list");
  const bool writable = (table.properties & JJB_STORE_WRITABLE) != 0;
  if (writable && (table.put == nullptr || table.remove == nullptr)) refuse("store callbacks of a writable store without put or remove");
  if ((table.lock == nullptr) != (table.unlock == nullptr)) refuse("store callbacks with only one of lock and unlock");
  return std::make_unique<CallbackStore>(std::make_shared<Functions>(std::move(user), table, url == nullptr ? "custom:" : url));
}

}  // namespace jujubackup::capi

void jjb_store_callbacks_init(jjb_store_callbacks* callbacks) {
  if (callbacks == nullptr) return;
  *callbacks = {};
  callbacks->size = sizeof(*callbacks);
  callbacks->properties = JJB_STORE_WRITABLE;
}
