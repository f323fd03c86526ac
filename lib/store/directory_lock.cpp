#include "store/directory_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <thread>
#include <utility>

#include <jujubackup/error.hpp>

#include "io/fd.hpp"
#include "io/walk.hpp"

namespace jujubackup {
namespace {

constexpr std::chrono::milliseconds pause_between_tries{10};

class HeldLock final : public BlobStore::Lock {
 public:
  explicit HeldLock(Fd file) : file_(std::move(file)) {}

 private:
  Fd file_;
};

}  // namespace

std::unique_ptr<BlobStore::Lock> lock_directory(const std::string& directory, std::chrono::milliseconds patience) {
  const std::string path = join_path(directory, ".lock");
  // The file stays for ever: removing it would let two processes hold locks on two files of one name.
  Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!file) throw Error::from_errno(errno, "locking " + directory);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return nullptr;
    if (std::chrono::steady_clock::now() >= deadline)
      throw Error(ErrorCode::busy, directory + ": another process is changing the store", true);
    std::this_thread::sleep_for(pause_between_tries);
  }
  return std::make_unique<HeldLock>(std::move(file));
}

}  // namespace jujubackup
