// What a database says of itself, asked through commands: the same for a mongod and for a folder.
#pragma once

#include <string>

#include <jujubackup/database.hpp>

namespace jujubackup::database {

// `machine_id` is that of the machine the database is on, by agent.conf; "": as the replica set's configuration says. Changes nothing.
// Error(limit) for a database with more machines or models than any controller has. A part that is not there leaves its fact empty.
DatabaseFacts gather_facts(DatabaseSession& session, const std::string& machine_id, Job* job);

}  // namespace jujubackup::database
