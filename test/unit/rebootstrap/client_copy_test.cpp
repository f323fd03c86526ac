#include "rebootstrap/client_copy.hpp"

#include <sys/stat.h>

#include <string>

#include "client/merge.hpp"
#include "test_support.hpp"

namespace {

using namespace jujubackup;
using namespace jujubackup::rebootstrapping;

std::uint32_t mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

}  // namespace

TEST_CASE("juju works with a private copy in which the controller is not known") {
  const test::Scratch scratch;
  const std::string client = scratch / "client";
  std::filesystem::copy(test::data_path("client"), client, std::filesystem::copy_options::recursive);
  test::write_file(client + "/ssh/juju_id_rsa", "invented key\n");
  test::write_file(client + "/bootstrap-config.yaml", "controllers:\n  prod:\n    cloud: aws\n");
  const std::string before = test::read_file(client + "/controllers.yaml");
  const auto names = client::controller_names(before);
  REQUIRE(names.size() > 1);
  const std::string name = names.front();

  const std::string work_dir = make_work_dir(client);
  CHECK(mode_of(work_dir) == 0700);
  const std::string copy = copy_client_dir(client, work_dir, nullptr);
  CHECK(test::read_file(copy + "/ssh/juju_id_rsa") == "invented key\n");
  CHECK(client::controller_names(test::read_file(copy + "/controllers.yaml")) == names);
  forget_controller(copy, name);
  for (const char* file : {"controllers.yaml", "accounts.yaml", "models.yaml"}) {
    CAPTURE(file);
    const auto left = client::controller_names(test::read_file(copy + "/" + file));
    const auto had = client::controller_names(test::read_file(client + "/" + file));
    CHECK(std::find(left.begin(), left.end(), name) == left.end());
    CHECK(left.size() + (std::find(had.begin(), had.end(), name) != had.end() ? 1 : 0) == had.size());
  }
  CHECK(client::controller_names(test::read_file(copy + "/bootstrap-config.yaml")).size() == (name == "prod" ? 0 : 1));
  CHECK(test::read_file(client + "/controllers.yaml") == before);

  remove_work_dir(work_dir);
  CHECK(!std::filesystem::exists(work_dir));
  CHECK(test::read_file(client + "/controllers.yaml") == before);
}

TEST_CASE("another UUID for one controller") {
  const std::string text =
      "controllers:\n  a:\n    uuid: one\n    api-endpoints: ['1.2.3.4:17070']\n  b:\n    uuid: two\ncurrent-controller: a\n";
  CHECK(with_uuid(text, "a", "three") ==
        with_uuid("controllers:\n  a:\n    uuid: three\n    api-endpoints: ['1.2.3.4:17070']\n  b:\n    uuid: two\ncurrent-controller: a\n",
                  "c", "no matter"));
  const auto error = test::error_of([] { with_uuid("other: 1\n", "a", "b"); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::corrupt);
}

TEST_CASE("private files") {
  const test::Scratch scratch;
  write_private(scratch.path(), "config.yaml", "ca-private-key: x\n");
  CHECK(mode_of(scratch / "config.yaml") == 0600);
  write_private(scratch.path(), "config.yaml", "other\n");
  CHECK(test::read_file(scratch / "config.yaml") == "other\n");
  remove_private(scratch.path(), "config.yaml");
  remove_private(scratch.path(), "config.yaml");
  CHECK(!std::filesystem::exists(scratch / "config.yaml"));
  CHECK(read_client_file(scratch.path(), "nothing.yaml").empty());
}
