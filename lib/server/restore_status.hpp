// How far a restore over the API is, as Juju's collection restoreInfo has it, and what a client may do meanwhile.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "controller/rpc.hpp"
#include "server/generation.hpp"

namespace jujubackup {

enum class RestoreStatus { none, pending, restoring, restored, checked, failed };
std::string_view name_of(RestoreStatus status) noexcept;  // "NOT-RESTORING", "PENDING", ...

// RpcError for what is refused on a connection whose login found that status: it stays so for as long as the connection does.
void require_allowed(RestoreStatus at_login, const RpcRequest& request, const Generation& generation);

// Kept in `directory`/restore.json, so that it outlives the process. For any number of threads.
class RestoreRecord {
 public:
  // Error(corrupt) for a file that does not hold a status.
  explicit RestoreRecord(std::string directory);
  RestoreStatus get() const;
  // Durable on return. RpcError for a step that Juju does not allow.
  void set(RestoreStatus to);

 private:
  void write(RestoreStatus status) const;

  const std::string directory_;
  mutable std::mutex mutex_;
  RestoreStatus status_ = RestoreStatus::none;
};

}  // namespace jujubackup
