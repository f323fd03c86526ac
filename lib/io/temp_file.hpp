// A file that is invisible until it is complete.
//
// The file is made under a temporary name in its final directory: exclusively, 0600, and locked (flock) as long as its maker
// lives, so that remove_stale_temps can tell a crash's leftovers from work in progress.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "io/fd.hpp"

namespace jujubackup {

class TempFile {
 public:
  // In `directory`, named ".tmp-<random>". `directory` must exist.
  explicit TempFile(const std::string& directory);
  TempFile(TempFile&&) = default;
  TempFile& operator=(TempFile&&) = delete;
  ~TempFile();  // removes the file if it was not published

  int fd() const noexcept { return file_.get(); }
  // A large file starts for the disk while it is written, so that publish() has little to wait for.
  void write(std::span<const std::byte> bytes);
  std::uint64_t size_bytes() const noexcept { return size_bytes_; }

  // Syncs, closes with check, renames to `name` in the same directory and syncs that. Without `replace` an existing name is
  // Error(exists), also against other processes. "Sync not supported" by the file system is let pass.
  void publish(const std::string& name, bool replace);

 private:
  std::string directory_path_;
  Fd directory_;
  Fd file_;
  std::string name_;
  std::uint64_t size_bytes_ = 0;
  std::uint64_t on_its_way_bytes_ = 0;  // to the disk
};

// Removes what a crash left behind in `directory`. Returns how many.
std::size_t remove_stale_temps(const std::string& directory);

// All of `bytes` to a descriptor; `what` is for the error text.
void write_all(int fd, std::span<const std::byte> bytes, const std::string& what);
// The same; returns 0 or the errno.
int try_write_all(int fd, std::span<const std::byte> bytes) noexcept;
// fsync where the file system can.
void sync_fd(int fd, const std::string& what);

}  // namespace jujubackup
