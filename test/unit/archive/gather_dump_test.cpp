#include <jujubackup/archive_writer.hpp>

#include "test_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::InputFile;
using test::error_of;

namespace {

std::vector<std::string> names_in(const std::string& dump) {
  std::vector<std::string> names;
  for (const InputFile& file : jujubackup::gather_dump(dump)) {
    CHECK(file.disk_path == dump + "/" + file.name);
    CHECK_FALSE(file.required);
    names.push_back(file.name);
  }
  return names;
}

}  // namespace

TEST_CASE("a genuine dump without admin and backups") {
  const std::string dump = test::data_path("dump");
  REQUIRE(std::filesystem::exists(dump + "/admin/system.version.bson"));
  REQUIRE(std::filesystem::exists(dump + "/backups/metadata.bson"));
  const std::vector<std::string> names = names_in(dump);
  const std::vector<std::string> first(names.begin(), names.begin() + 7);
  CHECK(first == std::vector<std::string>{"blobstore", "blobstore/blobstore.chunks.bson", "blobstore/blobstore.chunks.metadata.json",
                                          "blobstore/blobstore.files.bson", "blobstore/blobstore.files.metadata.json", "juju",
                                          "juju/clouds.bson"});
  std::size_t on_disk = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dump)) on_disk += entry.exists() ? 1 : 0;
  CHECK(names.size() == on_disk - 6);
  for (const std::string& name : names) {
    CHECK_FALSE(name.starts_with("admin"));
    CHECK_FALSE(name.starts_with("backups"));
  }
}

TEST_CASE("only databases of those names are left out") {
  const test::Scratch scratch;
  for (const char* name : {"admin/x.bson", "backups/deep/x.bson", "administration/x.bson", "juju/admin/x.bson", "juju/backups"}) {
    test::write_file(scratch / name, "x");
  }
  std::filesystem::create_directories(scratch / "logs");
  CHECK(names_in(scratch.path()) == std::vector<std::string>{"administration", "administration/x.bson", "juju", "juju/admin",
                                                             "juju/admin/x.bson", "juju/backups", "logs"});

  const test::Scratch files;
  test::write_file(files / "admin", "x");
  test::write_file(files / "backups", "x");
  CHECK(names_in(files.path()) == std::vector<std::string>{"admin", "backups"});
}

TEST_CASE("a dump with next to nothing in it") {
  struct Case {
    std::vector<const char*> files;
    const char* message;
  };
  const std::vector<Case> cases = {
      {{}, "too few files in dump dir (0)"},
      {{"oplog.bson"}, "too few files in dump dir (1)"},
      {{"juju/a.bson", "juju/b.bson"}, "too few files in dump dir (1)"},
      {{"admin/a.bson", "backups/b.bson"}, "too few files in dump dir (0)"},
      {{"admin/a.bson", "juju/b.bson"}, "too few files in dump dir (1)"},
      {{"oplog.bson", "juju/a.bson"}, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.message);
    const test::Scratch scratch;
    for (const char* file : c.files) test::write_file(scratch / file, "x");
    const auto error = error_of([&] { jujubackup::gather_dump(scratch.path()); });
    CHECK((error ? error->message() : "") == c.message);
    if (error) CHECK(error->code() == ErrorCode::invalid_argument);
  }
}

TEST_CASE("a dump that is not there") {
  const test::Scratch scratch;
  test::write_file(scratch / "file", "x");
  for (const char* name : {"missing", "file"}) {
    const auto error = error_of([&] { jujubackup::gather_dump(scratch / name); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::not_found);
  }
}
