// The store lock for operations that a person waits for.
#pragma once

#include <string>

#include <jujubackup/client.hpp>
#include <jujubackup/job.hpp>

namespace jujubackup::client {

// As ClientLock, but the job is told that one has to wait, and for whom. Error(busy) in the end.
ClientLock wait_for_lock(const std::string& client_dir, Job* job);

}  // namespace jujubackup::client
