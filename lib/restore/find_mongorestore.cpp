#include <sys/stat.h>
#include <unistd.h>

#include <jujubackup/error.hpp>
#include <jujubackup/restore.hpp>

#include "io/process.hpp"
#include "machine/place.hpp"

namespace jujubackup {
namespace {

bool is_program(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::string find_mongorestore(const ControllerPlace& place, const JujuVersion& version) {
  std::string places;
  const auto note = [&](const std::string& text) { places += (places.empty() ? "no " : ", no ") + text; };
  // The snap came with 2.8.10; before it mongod and its tools lay in folders of Juju's own packages.
  std::vector<std::string> paths = {"/snap/bin/juju-db.mongorestore"};
  if (version.major < 3) {
    paths.insert(paths.end(), {"/usr/lib/juju/mongo3.2/bin/mongorestore", "/usr/lib/juju/bin/mongorestore", "/usr/bin/mongorestore"});
  }
  for (const std::string& path : paths) {
    std::string program = machine::under(place.root, path);
    if (is_program(program)) return program;
    note(program);
  }
  for (const char* name : {"juju-db.mongorestore", "mongorestore"}) {
    std::string program = find_in_path(name);
    if (!program.empty()) return program;
    note(std::string(name) + " in $PATH");
  }
  throw Error(ErrorCode::not_found, "mongorestore not available: " + places);
}

}  // namespace jujubackup
