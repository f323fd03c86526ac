// Which backups are in a blob store: archives, the records beside them, and how the two find each other.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
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

// What an encrypted archive of that ID tells to everybody: the ID, and what it is made of.
Metadata bare_metadata(std::string_view id);

class Catalog {
 public:
  explicit Catalog(BlobStore& blobs) : blobs_(blobs) {}

  // Of encrypted archives that are adopted, what they hold is told from now on; null: nothing is.
  void set_identities(std::shared_ptr<const Identities> identities) { identities_ = std::move(identities); }
  // The record with what the archive says of itself, where it is encrypted, an identity fits, and its record leaves that out.
  BackupRecord filled(BackupRecord record, Job* job);

  Listing list(Job* job);
  std::optional<BackupRecord> find(std::string_view id, Job* job);

  bool has(const std::string& name);

  // To be called under the store's lock.
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
  std::optional<Metadata> metadata_in(std::unique_ptr<Source> source, Job* job);
  static bool may_write(const BackupRecord& record, const Beside& beside, const Names& names);
  Names names();
  std::vector<std::string> orphans(const Names& names);
  void tidy(const std::vector<BackupRecord*>& adopted, bool orphaned) noexcept;

  BlobStore& blobs_;
  std::shared_ptr<const Identities> identities_;
};

}  // namespace jujubackup
