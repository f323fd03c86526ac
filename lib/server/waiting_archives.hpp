// Archives that nobody keeps: files that wait for their one download.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <jujubackup/io.hpp>
#include <jujubackup/time.hpp>

#include "io/temp_file.hpp"
#include "server/generation.hpp"

namespace jujubackup {

// For any number of threads.
class WaitingArchives {
 public:
  // `directory` is made, 0700, if missing; what a crash left in it is removed.
  WaitingArchives(const std::string& directory, Era era);
  const std::string& directory() const noexcept { return directory_; }

  // A path for an archive that was begun then, under the names of the era: DIR/jujuBackup-RANDOM/juju-backup.tar.gz, or
  // DIR/juju-backup-YYYYMMDD-hhmmss.tar.gz in local time.
  std::string new_path(const Timestamp& started) const;
  // Has `write` fill the file, then publishes it; `write` returns the SHA-1 (base64). Returns the path: under another second if taken.
  std::string save(const Timestamp& started, const std::function<std::string(TempFile&)>& write);

  // Exactly what new_path() makes, and nothing else on this machine: whoever asks for a path has it read out and deleted.
  bool is_path(std::string_view text) const;
  // Error(not_found), Error(invalid_argument) unless is_path().
  std::unique_ptr<Source> open(const std::string& path) const;
  std::string sha1_base64(const std::string& path) const;
  // A client must not see the end of its download and the archive still there; nor may the archive be gone when the end did not come
  // through. So it is taken away, and then removed or given back; a crash in between gives it back at the next start.
  void take_away(const std::string& path) noexcept;
  void give_back(const std::string& path) noexcept;
  void remove(const std::string& path) noexcept;

 private:
  // The file, or the directory around it, below directory_.
  std::string item_of(const std::string& path) const;

  std::string directory_;
  Era era_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> digests_;  // of what was made since the start
};

}  // namespace jujubackup
