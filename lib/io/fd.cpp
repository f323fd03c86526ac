#include "io/fd.hpp"

#include <unistd.h>

#include <cerrno>
#include <string>

#include <jujubackup/error.hpp>

namespace jujubackup {

void Fd::reset() noexcept {
  if (fd_ < 0) return;
  const int saved = errno;
  ::close(std::exchange(fd_, -1));
  errno = saved;
}

void Fd::close(const char* what) {
  if (fd_ < 0) return;
  // On Linux the descriptor is gone also when close() was interrupted.
  if (::close(std::exchange(fd_, -1)) != 0 && errno != EINTR) throw Error::from_errno(errno, std::string("closing ") + what);
}

}  // namespace jujubackup
