#include "restore_run/private_stage.hpp"

#include <sys/stat.h>

#include "test_support.hpp"

using namespace jujubackup;
using namespace jujubackup::restore_run;
using namespace test;

TEST_CASE("private stage: one folder, private, made anew, and gone at the end") {
  const Scratch scratch;
  const std::string path = new_stage_path(scratch / "deep/down");
  CHECK(path != new_stage_path(scratch / "deep/down"));
  write_file(path + "/left/behind", "by a process that was killed");
  {
    const PrivateStage stage(path);
    CHECK(std::filesystem::is_empty(path));
    struct stat status = {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0700);
    write_file(path + "/x", "x");
  }
  CHECK_FALSE(std::filesystem::exists(path));
  PrivateStage stage(path);
  stage.remove();
  CHECK_FALSE(std::filesystem::exists(path));
  remove_stage(path);
  remove_stage("");
}

TEST_CASE("private stage: what is no folder of ours is neither used nor removed") {
  const Scratch scratch;
  write_file(scratch / "elsewhere/precious", "x");
  std::filesystem::create_directory_symlink(scratch / "elsewhere", scratch / "link");
  write_file(scratch / "file", "x");
  for (const char* name : {"link", "file"}) {
    CAPTURE(name);
    const auto refused = [&](const std::optional<Error>& error) { return error && error->code() == ErrorCode::permission; };
    CHECK(refused(error_of([&] { PrivateStage stage(scratch / name); })));
    CHECK(refused(error_of([&] { remove_stage(scratch / name); })));
  }
  CHECK(read_file(scratch / "elsewhere/precious") == "x");
  CHECK(std::filesystem::exists(scratch / "file"));
}
