#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <utility>

#include <jujubackup/error.hpp>
#include <jujubackup/store_backend.hpp>

#include "base/text.hpp"
#include "io/fd.hpp"
#include "io/source.hpp"
#include "io/temp_file.hpp"
#include "io/walk.hpp"
#include "store/directory_lock.hpp"

namespace jujubackup {
namespace {

constexpr std::chrono::seconds lock_patience{10};

class DirectoryWriter final : public BlobWriter {
 public:
  explicit DirectoryWriter(const std::string& directory) : file_(directory) {}

  void write(std::span<const std::byte> bytes) override { file_.write(bytes); }

  void commit(const std::string& name, bool replace) override {
    check_blob_name(name);
    file_.publish(name, replace);
  }

 private:
  TempFile file_;
};

bool is_blob_name(std::string_view name) {
  try {
    check_blob_name(name);
    return true;
  } catch (const Error&) {
    return false;
  }
}

class DirectoryStore final : public BlobStore {
 public:
  explicit DirectoryStore(std::string path) : path_(std::move(path)) {}

  std::string url() const override { return "file:" + path_; }
  StoreProperties properties() const override { return {}; }

  std::unique_ptr<BlobWriter> put(std::uint64_t expected_bytes) override {
    make_directories(path_);
    remove_stale_temps(path_);
    require_space(path_, expected_bytes);
    return std::make_unique<DirectoryWriter>(path_);
  }

  std::unique_ptr<Source> get(std::string_view name) override {
    check_blob_name(name);
    const Fd directory = open_directory();
    if (!directory) throw missing(name);
    // Without following links, and without waiting if it is a pipe.
    Fd file(::openat(directory.get(), std::string(name).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file) {
      if (errno == ENOENT || errno == ELOOP || errno == ENXIO) throw missing(name);
      throw Error::from_errno(errno, "opening " + join_path(path_, std::string(name)));
    }
    struct stat status = {};
    if (::fstat(file.get(), &status) != 0) throw Error::from_errno(errno, "opening " + join_path(path_, std::string(name)));
    if (!S_ISREG(status.st_mode)) throw missing(name);
    ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    return source_that_owns(std::move(file), join_path(path_, std::string(name)));
  }

  std::vector<BlobInfo> list() override {
    const Fd directory = open_directory();
    if (!directory) return {};
    // "*" passes over hidden files.
    std::vector<BlobInfo> blobs;
    for (const std::string& name : glob_names(path_, "*")) {
      struct stat status = {};
      if (!is_blob_name(name) || ::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
      if (!S_ISREG(status.st_mode)) continue;
      blobs.push_back({name, static_cast<std::uint64_t>(status.st_size),
                       Timestamp::from_unix(status.st_ctim.tv_sec, static_cast<std::uint32_t>(status.st_ctim.tv_nsec))});
    }
    return blobs;
  }

  void remove(std::string_view name) override {
    check_blob_name(name);
    const std::string file_name(name);
    const Fd directory = open_directory();
    struct stat status = {};
    if (!directory || ::fstatat(directory.get(), file_name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode)) {
      throw missing(name);
    }
    if (::unlinkat(directory.get(), file_name.c_str(), 0) != 0) {
      if (errno == ENOENT) throw missing(name);
      throw Error::from_errno(errno, "removing " + join_path(path_, file_name));
    }
    sync_fd(directory.get(), path_);
  }

  std::unique_ptr<Lock> lock() override {
    // Nothing is in a store that does not exist yet.
    if (look_at(path_).kind == FileKind::missing) return nullptr;
    return lock_directory(path_, lock_patience);
  }

 private:
  // Empty if there is no such directory.
  Fd open_directory() const {
    Fd directory(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory && errno != ENOENT) throw Error::from_errno(errno, "opening directory " + path_);
    return directory;
  }

  Error missing(std::string_view name) const { return {ErrorCode::not_found, path_ + " holds no " + go_quote(name)}; }

  std::string path_;
};

}  // namespace

std::unique_ptr<BlobStore> open_directory_store(const std::string& path) {
  if (path.empty()) throw Error(ErrorCode::invalid_argument, "the path of a store is empty");
  // Made absolute, since the current directory may change.
  std::error_code failed;
  const auto absolute = std::filesystem::absolute(path, failed);
  if (failed) throw Error::from_errno(failed.value(), "opening the store " + path);
  return std::make_unique<DirectoryStore>(absolute.lexically_normal().string());
}

}  // namespace jujubackup
