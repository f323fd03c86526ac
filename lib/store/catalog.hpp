// Which backups are in a blob store: archives, the records beside them, and how the two find each other.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/error.hpp>
#include <jujubackup/store.hpp>
#include <jujubackup/store_backend.hpp>

namespace jujubackup {

// The texts that Juju's commands print.
Error backup_not_found(std::string_view id);
Error backup_exists(std::string_view id);

// The ID that the metadata gives. Without a start time (archives without metadata) the finishing time takes its place, as otherwise
// all such archives would be one. Error(corrupt) if that is no usable ID.
std::string id_of(const Metadata& metadata);

class Catalog {
 public:
  explicit Catalog(BlobStore& blobs) : blobs_(blobs) {}

  Listing list(Job* job);
  std::optional<BackupRecord> find(std::string_view id, Job* job);

  // Both to be called under the store's lock.
  void write(const BackupRecord& record);
  // Brings a record up to date, unless its archive is gone or the place of its record is another archive's.
  void update(const BackupRecord& record);
  void remove(const BackupRecord& record);

 private:
  struct Beside {
    // foreign: written by a later version of this library, or not for us to read; left alone.
    enum class State { none, damaged, foreign, readable };
    State state = State::none;
    BackupRecord record;
  };
  using Names = std::set<std::string, std::less<>>;

  Beside read_beside(const std::string& name);
  BackupRecord adopt(const BlobInfo& blob, Job* job);
  static bool may_write(const BackupRecord& record, const Beside& beside, const Names& names);
  Names names();
  std::vector<std::string> orphans(const Names& names);
  void tidy(const std::vector<BackupRecord*>& adopted, bool orphaned) noexcept;

  BlobStore& blobs_;
};

}  // namespace jujubackup
