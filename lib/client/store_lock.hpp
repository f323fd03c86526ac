// The lock around Juju's client directory, which every Juju takes for each read and write of it, and which has had four forms:
//
//   2.0 - 2.1     one lock for all directories, "store-lock": on Linux the abstract Unix socket /var/lib/juju/mutex-/store-lock, on other
//                 systems flock on <temp dir>/juju-store-lock
//   2.2           the same, with a name for each directory: store-lock-<16 hex digits>
//   2.3 - 2.9.22  flock on <temp dir>/juju-store-lock-<hex> and the form of 2.2
//   since 2.9.25  flock alone
//
// One who wants to exclude all of them takes all of them, in the order in which 2.3 does, so that nobody waits in a circle.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <jujubackup/job.hpp>

#include "client/environment.hpp"
#include "io/fd.hpp"

namespace jujubackup::client {

struct LockPoint {
  enum class Kind { file, socket };
  Kind kind;
  std::string name;  // a path; or the name of the abstract socket without the NUL before it
};

// In the order in which to take them.
std::vector<LockPoint> lock_points(const std::string& client_dir, const std::string& temp_dir, Platform platform);

inline constexpr std::chrono::milliseconds store_lock_patience{5000};  // Juju's own

// Waits for `patience` in all, then throws Error(busy). A point that cannot be used here (a temp dir without write permission, a
// lock file of another user, no abstract sockets) is left out: reading has to work on a read-only system, and every file is
// replaced as a whole. Closing the descriptors releases the lock.
std::vector<Fd> hold_store_lock(const std::vector<LockPoint>& points, const std::string& client_dir, std::chrono::milliseconds patience,
                                const Job* job);

}  // namespace jujubackup::client
