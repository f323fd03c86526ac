#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string_view>

#include <jujubackup/error.hpp>
#include <jujubackup/machine.hpp>

#include "io/process.hpp"
#include "machine/mongod_version.hpp"
#include "machine/place.hpp"

namespace jujubackup {
namespace {

constexpr const char* snap_mongod = "/snap/bin/juju-db.mongod";

bool is_program(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }

// The places that were looked at, for the error.
class Search {
 public:
  // "" if there is no such program.
  std::string at(const std::string& path) {
    if (is_program(path)) return path;
    note(path);
    return "";
  }
  std::string in_path(const std::string& name) {
    std::string path = find_in_path(name);
    if (path.empty()) note(name + " in $PATH");
    return path;
  }
  [[noreturn]] void fail() const { throw Error(ErrorCode::not_found, "mongodump not available: no " + places_); }

 private:
  void note(const std::string& place) { places_ += (places_.empty() ? "" : ", no ") + place; }
  std::string places_;
};

// The directory of the mongod that Juju of that version takes, "" if there is none.
std::string mongod_directory(const ControllerPlace& place, const JujuVersion& version, Search& search) {
  if (version >= JujuVersion{2, 8, "", 10, 0}) {
    const std::string snap = search.at(machine::under(place.root, snap_mongod));
    if (!snap.empty()) return directory_of(snap);
  }
  if (version >= JujuVersion{2, 3, "", 6, 0}) {
    const std::string packaged = machine::under(place.root, "/usr/bin/mongod");
    if (is_program(packaged) && machine::mongod_version(packaged) >= machine::MongodVersion{3, 4, 0}) return directory_of(packaged);
  }
  for (const char* path : {"/usr/lib/juju/mongo3.2/bin/mongod", "/usr/lib/juju/bin/mongod"}) {
    const std::string mongod = search.at(machine::under(place.root, path));
    if (!mongod.empty()) return directory_of(mongod);
  }
  const std::string found = search.in_path("mongod");
  return found.empty() ? "" : directory_of(found);
}

}  // namespace

std::string find_mongodump(const ControllerPlace& place, const JujuVersion& version) {
  Search search;
  const bool is_3 = version.major >= 3;
  if (is_3) {
    const std::string mongod = machine::under(place.root, snap_mongod);
    if (!is_program(mongod)) throw Error(ErrorCode::not_found, "juju-db snap not installed, no mongo at " + mongod);
    std::string tool = search.at(directory_of(mongod) + "juju-db.mongodump");
    if (!tool.empty()) return tool;
  } else {
    const std::string directory = mongod_directory(place, version, search);
    if (!directory.empty()) {
      std::string tool = search.at(directory + "mongodump");
      if (!tool.empty()) return tool;
      if (version >= JujuVersion{2, 8, "", 10, 0}) tool = search.at(directory + "juju-db.mongodump");
      if (!tool.empty()) return tool;
    }
  }
  std::string tool = search.in_path("mongodump");
  if (tool.empty()) search.fail();
  return tool;
}

}  // namespace jujubackup
