// Writing a store: the contract of a blob store, from whose verbs everything that BackupStore does is derived; and, for a place that
// keeps backups but no blobs, that of a backend.
//
// A blob is a named sequence of bytes. Names are 1 to 255 of [A-Za-z0-9._<>-], do not begin with a dot, and are compared byte by
// byte. Any number of BlobStore objects, also in other processes, may work on the same place; one object is used by one thread.
// test/conformance holds the suite that every store must pass.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/io.hpp>
#include <jujubackup/store.hpp>
#include <jujubackup/time.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

struct BlobInfo {
  std::string name;
  std::uint64_t size_bytes = 0;
  Timestamp changed;
};

// What a store promises. A caller may rely on nothing else.
struct StoreProperties {
  bool durable_on_return = true;  // a committed blob survives a power cut
  bool atomic_replace = true;     // with `replace`, readers see the old bytes or the new ones
  bool exclusive_create = true;   // without `replace`, exactly one of several writers of a name succeeds
  bool writable = true;
  std::uint64_t max_blob_bytes = 0;  // 0: no limit of its own
};

// A blob that is being written. Invisible until commit; destroyed without commit it leaves nothing.
class BlobWriter : public Sink {
 public:
  // Makes the bytes and the name durable. Error(exists) if the name is taken and replacing was not asked for. Call once.
  virtual void commit(const std::string& name, bool replace) = 0;
};

class BlobStore {
 public:
  virtual ~BlobStore() = default;
  virtual std::string url() const = 0;
  virtual StoreProperties properties() const = 0;

  // `expected_bytes` lets a store refuse early with Error(no_space); 0 if unknown.
  virtual std::unique_ptr<BlobWriter> put(std::uint64_t expected_bytes) = 0;
  // Error(not_found) if there is no such blob. What was opened stays readable when the blob is removed or replaced meanwhile.
  virtual std::unique_ptr<Source> get(std::string_view name) = 0;
  // Every blob once, in order of name. Complete blobs only.
  virtual std::vector<BlobInfo> list() = 0;
  // Error(not_found) if there is no such blob.
  virtual void remove(std::string_view name) = 0;

  // Keeps other processes from changing the store until the result is destroyed; null where the store has no such thing.
  // Held for moments, not while an archive is copied. Waits up to ten seconds, then Error(busy).
  class Lock {
   public:
    virtual ~Lock() = default;
  };
  virtual std::unique_ptr<Lock> lock() { return nullptr; }
};

// Error(invalid_argument) unless `name` may be the name of a blob.
void check_blob_name(std::string_view name);

std::unique_ptr<BlobStore> open_directory_store(const std::string& path);
std::unique_ptr<BlobStore> make_memory_store();

// Keeping backups in some other way than as blobs: on a remote controller, say. The contract of each verb is that of BackupStore.
class BackupBackend {
 public:
  virtual ~BackupBackend() = default;
  virtual std::string url() const = 0;
  virtual Listing list(Job* job) = 0;
  virtual BackupRecord show(std::string_view id, Job* job) = 0;
  virtual BackupRecord create(const ArchiveInput& input, const WriteOptions& options, Job* job, const StoreEncryption& encryption) = 0;
  virtual BackupRecord add(Source& source, const AddOptions& options, Job* job) = 0;
  virtual void set_identities(std::shared_ptr<const Identities> identities) = 0;
  virtual std::unique_ptr<Source> open_archive(std::string_view id) = 0;
  virtual std::unique_ptr<Source> open_content(std::string_view id) = 0;
  virtual VerifyReport verify(std::string_view id, Depth depth, Job* job) = 0;
  virtual void remove(std::string_view id) = 0;
};

// Blob stores by the scheme of their URL. Starts with "file" and "mem"; a tool adds its own.
class StoreRegistry {
 public:
  using Opener = std::function<std::unique_ptr<BlobStore>(const std::string& url)>;
  StoreRegistry();
  void add(std::string scheme, Opener opener);
  std::unique_ptr<BlobStore> open(const std::string& url) const;
  std::vector<std::string> schemes() const;

 private:
  std::vector<std::pair<std::string, Opener>> openers_;
};

}  // namespace jujubackup
