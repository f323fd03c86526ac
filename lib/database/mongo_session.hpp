// A session with a live mongod through MongoDB's C driver; only its .cpp files see the driver.
#pragma once

#include <chrono>
#include <memory>

#include <jujubackup/database.hpp>

namespace jujubackup::database {

struct MongoSessionOptions {
  bool tls = true;
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds answer_timeout{300'000};  // the driver's own; building an index or dropping a database takes its time
};

// Connected and logged in.
std::unique_ptr<DatabaseSession> open_mongo_session(const DatabaseLogin& login, const MongoSessionOptions& options, Job* job);

}  // namespace jujubackup::database
