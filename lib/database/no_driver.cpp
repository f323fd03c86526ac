// What a build without MongoDB's driver (-Dmongoc=disabled) has in the place of folder_database.cpp and mongo_database.cpp.
#include <jujubackup/database.hpp>
#include <jujubackup/error.hpp>

namespace jujubackup {
namespace {

Error no_driver() { return {ErrorCode::unsupported, "this build has no driver for MongoDB (-Dmongoc=enabled)"}; }

}  // namespace

std::unique_ptr<Database> folder_database(const std::string& /*directory*/) { throw no_driver(); }
std::unique_ptr<Database> mongo_database(const MongoDatabaseOptions& /*options*/) { throw no_driver(); }

}  // namespace jujubackup
