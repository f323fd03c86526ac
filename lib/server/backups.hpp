// The backups of the embedded controller: what its facade and its archive endpoint both work on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <jujubackup/io.hpp>
#include <jujubackup/job.hpp>
#include <jujubackup/machine.hpp>
#include <jujubackup/store.hpp>

#include "controller/wire_metadata.hpp"
#include "server/generation.hpp"
#include "server/waiting_archives.hpp"

namespace jujubackup {

// For any number of threads: a store is opened anew for each call. Throws RpcError with the texts and codes of the emulated release.
class Backups {
 public:
  struct Places {
    std::string store_url;
    std::string backup_dir;
    std::string model_uuid;
  };
  Backups(const Generation& generation, const Places& places, std::optional<CreateOptions> source);

  struct CreateRequest {
    std::string notes;
    bool keep_copy = false;    // counts in 2.4 - 2.9.21 alone, as the next
    bool no_download = false;  // nothing waits for a download
  };
  // One after the other, each with a second of its own: IDs and file names have no more than that.
  WireMetadata create(const CreateRequest& request, Job* job);
  std::vector<Metadata> list(Job* job) const;
  Metadata info(const std::string& id, Job* job) const;
  void remove(const std::string& id) const;

  struct Download {
    std::unique_ptr<Source> source;
    std::string sha1_base64;    // "" if nobody ever computed it
    std::string one_shot_path;  // "" for what is kept
  };
  Download open(const std::string& id) const;
  // Sends the end of a download, whose bytes have all been sent, with `send_end`. An archive for one download is gone when the client sees
  // that, and there again if `send_end` throws.
  void deliver(const Download& download, const std::function<void()>& send_end);

  // A backup that is kept, for a restore. A waiting archive is none.
  struct Kept {
    std::unique_ptr<Source> source;
    BackupRecord record;
  };
  Kept open_kept(const std::string& id, Job* job) const;
  // For as long as it lives no backup is made.
  std::unique_lock<std::mutex> hold_creation() { return std::unique_lock(creating_); }

  // Returns the ID. The archive is verified while it is read, and its own metadata makes the record; `sent` has to be complete, and its
  // size and checksum, where it has them, have to be right. On failure nothing is kept.
  std::string add(std::unique_ptr<Source> archive, const Metadata& sent, Job* job) const;

  const std::string& backup_dir() const noexcept { return waiting_.directory(); }

 private:
  Timestamp next_start(BackupStore* store, Job* job);
  WireMetadata create_kept(const CreateOptions& options, const CreateRequest& request, BackupStore& store, Job* job);
  WireMetadata create_file(const CreateOptions& options, bool no_download, Job* job);

  Generation generation_;
  std::string store_url_, model_uuid_;
  std::optional<CreateOptions> source_;
  WaitingArchives waiting_;
  std::mutex creating_;
  std::int64_t last_second_ = 0;  // in which a backup began
};

}  // namespace jujubackup
