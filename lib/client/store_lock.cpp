#include "client/store_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <span>
#include <thread>
#include <utility>

#include <jujubackup/client.hpp>
#include <jujubackup/error.hpp>

#include "base/encoding.hpp"
#include "client/abstract_socket.hpp"
#include "client/lock_holder.hpp"
#include "crypto/digest.hpp"
#include "io/walk.hpp"

namespace jujubackup {
namespace client {
namespace {

constexpr std::chrono::milliseconds pause_between_tries{20};

// The hex of the ASCII of the first 8 hex digits of the SHA-256 of the path of controllers.yaml, as Go's filepath.Join cleans it.
std::string directory_digits(const std::string& client_dir) {
  const std::string path = (std::filesystem::path(client_dir) / "controllers.yaml").lexically_normal().string();
  const std::string digits = to_hex(sha256(std::as_bytes(std::span(path)))).substr(0, 8);
  return to_hex(std::as_bytes(std::span(digits)));
}

struct Attempt {
  enum class Result { taken, held, impossible };
  Result result = Result::impossible;
  Fd fd;
  pid_t holder = 0;  // looked up only if asked for
};

// A file that root leaves behind would keep its user's own Juju out, so it is handed to the owner of the directory.
void give_to_owner(int fd, const std::string& client_dir) {
  struct stat status = {};
  if (::geteuid() != 0 || ::stat(client_dir.c_str(), &status) != 0 || status.st_uid == 0) return;
  // A file that stays root's still locks.
  [[maybe_unused]] const int ignored = ::fchown(fd, status.st_uid, status.st_gid);
}

Fd open_lock_file(const std::string& path, const std::string& client_dir) {
  constexpr int flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  // First without O_CREAT: Linux refuses that flag for a file of another user in /tmp, even to root.
  for (const int access : {O_RDWR, O_RDONLY}) {
    Fd existing(::open(path.c_str(), access | flags));
    if (existing || (errno != EACCES && errno != EROFS)) {
      if (existing || errno != ENOENT) return existing;
      break;
    }
  }
  Fd made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | flags, 0600));
  if (made) {
    give_to_owner(made.get(), client_dir);
    return made;
  }
  // Somebody else made it in between.
  return Fd(::open(path.c_str(), O_RDWR | flags));
}

bool is_still_there(int fd, const std::string& path) {
  struct stat open_file = {};
  struct stat named_file = {};
  return ::fstat(fd, &open_file) == 0 && ::stat(path.c_str(), &named_file) == 0 && open_file.st_dev == named_file.st_dev &&
         open_file.st_ino == named_file.st_ino;
}

// The file stays for ever, as Juju leaves it.
Attempt try_file(const std::string& path, const std::string& client_dir, bool last) {
  Attempt attempt;
  attempt.fd = open_lock_file(path, client_dir);
  if (!attempt.fd) return attempt;
  if (::flock(attempt.fd.get(), LOCK_EX | LOCK_NB) == 0) {
    // What cleans /tmp may have taken the file away after it was opened; then the next one to come locks another.
    attempt.result = is_still_there(attempt.fd.get(), path) ? Attempt::Result::taken : Attempt::Result::held;
  } else if (errno == EWOULDBLOCK || errno == EINTR) {
    attempt.result = Attempt::Result::held;
    if (last) attempt.holder = flock_holder(attempt.fd.get());
  }
  return attempt;
}

Attempt try_socket(const std::string& name, bool last) {
  Attempt attempt;
  attempt.fd = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!attempt.fd) return attempt;
  const AbstractAddress address(name);
  if (::bind(attempt.fd.get(), address.get(), address.length) == 0) {
    attempt.result = Attempt::Result::taken;
    // So that one who waits can ask who holds it; the name is ours already.
    [[maybe_unused]] const int ignored = ::listen(attempt.fd.get(), 1);
  } else if (errno == EADDRINUSE) {
    attempt.result = Attempt::Result::held;
    if (last) attempt.holder = socket_holder(name);
  }
  return attempt;
}

}  // namespace

std::vector<LockPoint> lock_points(const std::string& client_dir, const std::string& temp_dir, Platform platform) {
  const std::string everyone = "store-lock";
  const std::string own = everyone + "-" + directory_digits(client_dir);
  const auto file = [&temp_dir](const std::string& name) { return LockPoint{LockPoint::Kind::file, join_path(temp_dir, "juju-" + name)}; };
  const auto socket = [](const std::string& name) { return LockPoint{LockPoint::Kind::socket, "/var/lib/juju/mutex-/" + name}; };
  if (platform == Platform::linux_like) return {file(own), socket(own), socket(everyone)};
  return {file(own), file(everyone)};
}

std::vector<Fd> hold_store_lock(const std::vector<LockPoint>& points, const std::string& client_dir, std::chrono::milliseconds patience,
                                const Job* job) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::vector<Fd> held;
  for (const LockPoint& point : points) {
    for (;;) {
      job_check(job);
      const bool last = std::chrono::steady_clock::now() >= deadline;
      Attempt attempt = point.kind == LockPoint::Kind::file ? try_file(point.name, client_dir, last) : try_socket(point.name, last);
      if (attempt.result == Attempt::Result::taken) held.push_back(std::move(attempt.fd));
      if (attempt.result != Attempt::Result::held) break;
      if (last) {
        throw Error(ErrorCode::busy,
                    "the client directory " + client_dir + " is locked by " + describe_holder(attempt.holder) +
                        ": wait until that has ended, then try again",
                    true);
      }
      std::this_thread::sleep_for(pause_between_tries);
    }
  }
  return held;
}

}  // namespace client

struct ClientLock::State {
  std::vector<Fd> held;
};

ClientLock::ClientLock(const std::string& client_dir, const Job* job) : state_(std::make_unique<State>()) {
  const std::string temp = client::temp_dir(client::process_environment());
  const std::vector<client::LockPoint> points = client::lock_points(client_dir, temp, client::this_platform);
  state_->held = client::hold_store_lock(points, client_dir, client::store_lock_patience, job);
}
ClientLock::ClientLock(ClientLock&&) noexcept = default;
ClientLock& ClientLock::operator=(ClientLock&&) noexcept = default;
ClientLock::~ClientLock() = default;

}  // namespace jujubackup
