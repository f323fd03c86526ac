#include <jujubackup/error.hpp>

#include "database/mongo_session.hpp"

namespace jujubackup::database {

void require_mongo_driver() {
  throw Error(ErrorCode::unsupported, "this build has no driver for MongoDB (libmongoc): the database can neither be asked nor changed");
}

std::unique_ptr<DatabaseSession> open_mongo_session(const DatabaseLogin&, const MongoSessionOptions&, Job*) {
  require_mongo_driver();
  return nullptr;
}

}  // namespace jujubackup::database
