#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <jujubackup/error.hpp>

#include "io/walk.hpp"

namespace jujubackup {

TempDirectory::TempDirectory(const std::string& parent, const std::string& prefix) : path_(join_path(parent, prefix + "XXXXXX")) {
  if (::mkdtemp(path_.data()) == nullptr) {
    const int err = errno;
    path_.clear();
    throw Error::from_errno(err, "making a directory in " + parent);
  }
}

TempDirectory::~TempDirectory() {
  if (path_.empty()) return;
  // Links are removed, not followed.
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace jujubackup
