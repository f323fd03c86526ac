// A session with a mongod of 3.2 or 3.4, which Juju 2.x brought along and which the driver no longer knows: commands as OP_QUERY.
#pragma once

#include <memory>

#include <jujubackup/database.hpp>

#include "database/mongo_session.hpp"
#include "database/mongo_wire.hpp"

namespace jujubackup::database {

// Connected and logged in.
std::unique_ptr<DatabaseSession> open_old_mongo_session(const DatabaseLogin& login, const MongoWireOptions& wire,
                                                        const MongoSessionOptions& options, Job* job);

}  // namespace jujubackup::database
