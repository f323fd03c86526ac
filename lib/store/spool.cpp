#include "store/spool.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <fcntl.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include <jujubackup/error.hpp>

#include "io/temp_file.hpp"
#include "io/walk.hpp"

namespace jujubackup {

Spool::Spool(std::uint64_t expected_bytes) {
  const char* chosen = std::getenv("TMPDIR");
  directory_ = chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
  const std::string what = "a temporary copy of the archive in " + directory_ + " (TMPDIR)";
  const std::uint64_t free_bytes = space_at(directory_).free_bytes;
  if (expected_bytes > free_bytes) {
    throw Error(ErrorCode::no_space,
                what + " needs " + std::to_string(expected_bytes) + " bytes, and there are " + std::to_string(free_bytes), true);
  }
  // 0600 by mkostemp; unnamed from then on, so that no crash leaves a controller's keys behind.
  std::string path = join_path(directory_, "jujubackup-XXXXXX");
  file_ = Fd(::mkostemp(path.data(), O_CLOEXEC));
  if (!file_) throw Error::from_errno(errno, "making " + what);
  if (::unlink(path.c_str()) != 0) throw Error::from_errno(errno, "making " + what);
}

void Spool::write(std::span<const std::byte> bytes) { write_all(file_.get(), bytes, "a temporary copy of the archive in " + directory_); }

std::unique_ptr<Source> Spool::open(std::string name) const { return source_of_descriptor(file_.get(), std::move(name)); }

}  // namespace jujubackup
