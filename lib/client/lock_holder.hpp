// Who holds a lock, for the message to somebody who waited for it in vain.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace jujubackup::client {

// The process with a flock on the file, by the text of Linux's /proc/locks; 0 if it is not in there.
pid_t flock_holder(std::string_view proc_locks, dev_t device, ino_t inode);
// The same for an open descriptor of the file, on this system.
pid_t flock_holder(int fd);

// The process that listens on an abstract Unix socket; 0 if that cannot be told.
pid_t socket_holder(const std::string& name);

// "process 123 (juju)"; "another Juju command" for 0.
std::string describe_holder(pid_t process);

}  // namespace jujubackup::client
