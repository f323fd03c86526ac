#include <cstdlib>

#include <jujubackup/machine.hpp>

#include "machine/mongod_version.hpp"
#include "test_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::JujuVersion;
using test::error_of;

namespace {

// PATH for one test; the shell that runs the scripts is named by its path in them.
class Path {
 public:
  explicit Path(const std::string& value) : before_(std::getenv("PATH")) { ::setenv("PATH", value.c_str(), 1); }
  Path(const Path&) = delete;
  Path& operator=(const Path&) = delete;
  ~Path() { ::setenv("PATH", before_.c_str(), 1); }

 private:
  std::string before_;
};

void make_program(const std::string& path, const std::string& output = "") {
  test::write_file(path, "#!/bin/sh\necho '" + output + "'\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

// What is found; "!" and the message if nothing is. Paths without the root.
std::string found(const std::string& root, const char* version) {
  jujubackup::ControllerPlace place;
  place.root = root;
  std::string text;
  try {
    text = find_mongodump(place, JujuVersion::parse(version));
  } catch (const jujubackup::Error& error) {
    CHECK(error.code() == ErrorCode::not_found);
    text = "!" + error.message();
  }
  for (std::size_t at = text.find(root); at != std::string::npos; at = text.find(root)) text.erase(at, root.size());
  return text;
}

}  // namespace

TEST_CASE("where mongodump is looked for, by version") {
  struct Case {
    std::vector<const char*> programs;  // below the root; a mongod of 3.6.3 at /usr/bin
    const char* version;
    const char* found;
  };
  const char* snap_mongod = "snap/bin/juju-db.mongod";
  const char* snap_tool = "snap/bin/juju-db.mongodump";
  const std::vector<Case> cases = {
      {{"usr/lib/juju/mongo3.2/bin/mongod", "usr/lib/juju/mongo3.2/bin/mongodump", "usr/lib/juju/bin/mongod", "usr/lib/juju/bin/mongodump"},
       "2.0.0",
       "/usr/lib/juju/mongo3.2/bin/mongodump"},
      {{"usr/lib/juju/bin/mongod", "usr/lib/juju/bin/mongodump", "path/mongodump"}, "2.0.0", "/usr/lib/juju/bin/mongodump"},
      {{"usr/bin/mongod", "usr/bin/mongodump", "path/mongodump"}, "2.3.5", "/path/mongodump"},
      {{"usr/bin/mongod", "usr/bin/mongodump", "path/mongodump"}, "2.3.6", "/usr/bin/mongodump"},
      {{"usr/bin/mongod", "usr/bin/mongodump", "usr/lib/juju/bin/mongod", "usr/lib/juju/bin/mongodump"}, "2.8.9", "/usr/bin/mongodump"},
      {{"usr/bin/mongod", "path/mongodump"}, "2.8.9", "/path/mongodump"},
      // The tool beside the mongod counts, not one beside another mongod.
      {{"usr/lib/juju/mongo3.2/bin/mongod", "usr/lib/juju/bin/mongodump", "path/mongodump"}, "2.0.0", "/path/mongodump"},
      {{"path/mongod", "path/mongodump"}, "2.0.0", "/path/mongodump"},
      {{snap_mongod, snap_tool, "path/mongodump"}, "2.8.9", "/path/mongodump"},
      {{snap_mongod, snap_tool, "path/mongodump"}, "2.8.10", "/snap/bin/juju-db.mongodump"},
      {{snap_mongod, snap_tool, "snap/bin/mongodump"}, "2.9.50", "/snap/bin/mongodump"},
      {{snap_mongod, "usr/bin/mongod", "usr/bin/mongodump", "path/mongodump"}, "2.9.50", "/path/mongodump"},
      {{"usr/bin/mongod", "usr/bin/mongodump"}, "2.9-beta1", "/usr/bin/mongodump"},
      {{snap_mongod, snap_tool, "snap/bin/mongodump"}, "3.0.0", "/snap/bin/juju-db.mongodump"},
      {{snap_mongod, "snap/bin/mongodump", "path/mongodump"}, "3.6.22", "/path/mongodump"},
      {{"usr/bin/mongod", "usr/bin/mongodump", "path/mongodump"},
       "3.6.22",
       "!juju-db snap not installed, no mongo at /snap/bin/juju-db.mongod"},
      {{snap_mongod}, "3.6.22", "!mongodump not available: no /snap/bin/juju-db.mongodump, no mongodump in $PATH"},
      {{},
       "2.0.0",
       "!mongodump not available: no /usr/lib/juju/mongo3.2/bin/mongod, no /usr/lib/juju/bin/mongod, no mongod in $PATH, no mongodump in "
       "$PATH"},
      {{snap_mongod}, "2.9.50", "!mongodump not available: no /snap/bin/mongodump, no /snap/bin/juju-db.mongodump, no mongodump in $PATH"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.version);
    CAPTURE(c.found);
    const test::Scratch scratch;
    for (const char* program : c.programs) make_program(scratch / program, "db version v3.6.3");
    const Path path(scratch / "path");
    CHECK(found(scratch.path(), c.version) == c.found);
  }
}

TEST_CASE("a mongod in /usr/bin counts from 3.4 on") {
  for (const auto& [output, wanted] : {std::pair("db version v3.4.0", "/usr/bin/mongodump"),
                                       std::pair("db version v2.6.10", "/path/mongodump"), std::pair("no version", "/path/mongodump")}) {
    const test::Scratch scratch;
    make_program(scratch / "usr/bin/mongod", output);
    make_program(scratch / "usr/bin/mongodump");
    make_program(scratch / "path/mongodump");
    const Path path(scratch / "path");
    CHECK(found(scratch.path(), "2.5.0") == wanted);
  }
}

TEST_CASE("what cannot be run is no mongodump") {
  const test::Scratch scratch;
  make_program(scratch / "usr/lib/juju/bin/mongod");
  test::write_file(scratch / "usr/lib/juju/bin/mongodump", "not executable");
  make_program(scratch / "path/mongodump");
  const Path path(scratch / "path");
  CHECK(found(scratch.path(), "2.0.0") == "/path/mongodump");
}

TEST_CASE("versions of mongod") {
  using jujubackup::machine::MongodVersion;
  using jujubackup::machine::parse_mongod_version;
  CHECK(parse_mongod_version("db version v4.4.30\nBuild Info: {") == MongodVersion{4, 4, 30});
  CHECK(parse_mongod_version("warning\ndb version v3.2.15-rc1") == MongodVersion{3, 2, 15});
  for (const char* text :
       {"", "db version v", "db version v4", "db version v4.4", "db version v4.4.x", "db version v-4.4.1", "version v4.4.30"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_mongod_version(text));
  }
  CHECK(MongodVersion{4, 4, 29} < MongodVersion{4, 4, 30});
  CHECK(MongodVersion{4, 4, 30} < MongodVersion{5, 0, 0});
}
