// What lies on disk.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace jujubackup {

enum class FileKind { file, directory, symlink, other, missing };

struct FileInfo {
  FileKind kind = FileKind::missing;
  std::uint64_t size_bytes = 0;
  std::uint32_t mode = 0;  // permission bits
  std::int64_t uid = 0, gid = 0;
  std::int64_t mtime_s = 0;
  std::int64_t ctime_s = 0;
};

// Does not follow a symlink at the end of `path`. kind is `missing` if there is nothing; other failures throw.
FileInfo look_at(const std::string& path);

struct Found {
  std::string path;  // relative to the directory that was walked, "/" between parts
  FileInfo info;
};
// Everything below `directory` in sorted order, a directory before what is in it; symlinks are not followed. What vanishes
// during the walk is left out; a directory that may not be read is handed to `problem` (path, text) and skipped, or throws if
// there is no `problem`; the path is "." if it is `directory` itself. Deeper than 100 levels is Error(limit).
std::vector<Found> walk(const std::string& directory, const std::function<void(const std::string&, const std::string&)>& problem = {});

// The names in `directory` that match a shell pattern, sorted; none if the directory is missing.
std::vector<std::string> glob_names(const std::string& directory, const std::string& pattern);

// "a/b"; `relative` must not be absolute. join_path("/", "x") is "/x".
std::string join_path(const std::string& base, const std::string& relative);

// A whole small file; Error(limit) beyond `limit_bytes`.
std::string read_small_file(const std::string& path, std::size_t limit_bytes);

// Makes the directory and its parents, 0700 (umask applies). Existing ones are left as they are.
void make_directories(const std::string& path);

// A private (0700) directory that is removed with all that is in it.
class TempDirectory {
 public:
  TempDirectory(const std::string& parent, const std::string& prefix);
  TempDirectory(TempDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TempDirectory& operator=(TempDirectory&&) = delete;
  ~TempDirectory();
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

struct Space {
  std::uint64_t free_bytes = 0;   // for this user
  std::uint64_t total_bytes = 0;  // of the volume
};
// Of the volume that holds `path` or its nearest existing parent.
Space space_at(const std::string& path);
// Error(no_space) if fewer bytes are free there, before anything is read that can be read only once.
void require_space(const std::string& directory, std::uint64_t needed_bytes);

}  // namespace jujubackup
