// What a replica set says of itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "database/commands.hpp"

namespace jujubackup::database {

// Nothing if it was never initiated.
std::optional<Value> replica_config(DatabaseSession& session, Job* job);
// Whether the member that is asked takes writes.
bool is_primary(DatabaseSession& session, Job* job);

struct MemberHealth {
  std::string address, state;
  bool healthy = false;  // answers, and is primary or secondary
};
std::vector<MemberHealth> member_health(DatabaseSession& session, Job* job);

}  // namespace jujubackup::database
