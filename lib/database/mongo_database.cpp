#include <jujubackup/database.hpp>
#include <jujubackup/error.hpp>

namespace jujubackup {
std::unique_ptr<Database> mongo_database(const MongoDatabaseOptions&) { throw Error(ErrorCode::unsupported, "not there yet"); }
}  // namespace jujubackup
