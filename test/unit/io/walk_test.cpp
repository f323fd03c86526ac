#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "io/walk.hpp"
#include "test_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::FileKind;

TEST_CASE("look_at tells kinds apart and follows no link") {
  const test::Scratch scratch;
  test::write_file(scratch / "file", "12345");
  ::chmod((scratch / "file").c_str(), 04750);
  std::filesystem::create_symlink("nowhere", scratch / "link");
  REQUIRE(::mkfifo((scratch / "fifo").c_str(), 0600) == 0);
  const auto file = jujubackup::look_at(scratch / "file");
  CHECK(file.kind == FileKind::file);
  CHECK(file.size_bytes == 5);
  CHECK(file.mode == 04750);
  CHECK(file.uid == ::getuid());
  CHECK(file.mtime_s > 0);
  CHECK(jujubackup::look_at(scratch.path()).kind == FileKind::directory);
  CHECK(jujubackup::look_at(scratch / "link").kind == FileKind::symlink);
  CHECK(jujubackup::look_at(scratch / "fifo").kind == FileKind::other);
  CHECK(jujubackup::look_at(scratch / "none").kind == FileKind::missing);
  CHECK(jujubackup::look_at(scratch / "file/below").kind == FileKind::missing);
  CHECK(test::error_of([&] { jujubackup::look_at(scratch / std::string(300, 'x')); })->code() == ErrorCode::io);
}

TEST_CASE("walk lists everything once, sorted, directories first") {
  const test::Scratch scratch;
  for (const char* name : {"b/z", "b/a/deep", "a.txt", "a/x", "a-b"}) test::write_file(scratch / name, name);
  std::filesystem::create_directory(scratch / "empty");
  std::filesystem::create_directory_symlink("b", scratch / "c");
  std::vector<std::string> paths;
  for (const auto& found : jujubackup::walk(scratch.path())) paths.push_back(found.path);
  const std::vector<std::string> expected = {"a", "a/x", "a-b", "a.txt", "b", "b/a", "b/a/deep", "b/z", "c", "empty"};
  CHECK(paths == expected);
  CHECK(jujubackup::walk(scratch / "empty").empty());
  CHECK(test::error_of([&] { jujubackup::walk(scratch / "none"); })->code() == ErrorCode::not_found);
  CHECK(test::error_of([&] { jujubackup::walk(scratch / "a.txt"); })->code() == ErrorCode::not_found);
}

TEST_CASE("walk is limited to 100 levels") {
  const test::Scratch scratch;
  std::string path = scratch.path();
  for (int i = 0; i < 99; ++i) path += "/d";
  std::filesystem::create_directories(path);
  test::write_file(path + "/leaf", "x");
  CHECK(jujubackup::walk(scratch.path()).size() == 100);
  std::filesystem::create_directories(path + "/d");
  const auto error = test::error_of([&] { jujubackup::walk(scratch.path()); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::limit);
  CHECK(error->message().ends_with(": deeper than 100 levels"));
}

TEST_CASE("walk tells of directories it may not read") {
  if (::geteuid() == 0) return;  // may read everything
  const test::Scratch scratch;
  test::write_file(scratch / "closed/x", "x");
  test::write_file(scratch / "open/x", "x");
  ::chmod((scratch / "closed").c_str(), 0);
  std::vector<std::string> problems;
  const auto found =
      jujubackup::walk(scratch.path(), [&](const std::string& path, const std::string& text) { problems.push_back(path + "|" + text); });
  CHECK(found.size() == 3);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0] == "closed|opening directory " + (scratch / "closed") + ": Permission denied");
  CHECK(test::error_of([&] { jujubackup::walk(scratch.path()); })->code() == ErrorCode::permission);
  ::chmod((scratch / "closed").c_str(), 0700);
}

TEST_CASE("glob_names matches like a shell") {
  const test::Scratch scratch;
  for (const char* name : {"machine-1", "machine-0", ".machine-2", "unit-0"}) test::write_file(scratch / name, "");
  CHECK(jujubackup::glob_names(scratch.path(), "machine-*") == std::vector<std::string>{"machine-0", "machine-1"});
  CHECK(jujubackup::glob_names(scratch.path(), "*") == std::vector<std::string>{"machine-0", "machine-1", "unit-0"});
  CHECK(jujubackup::glob_names(scratch.path(), "x").empty());
  CHECK(jujubackup::glob_names(scratch / "none", "*").empty());
}

TEST_CASE("join_path") {
  struct Case {
    const char *base, *relative, *joined;
  };
  for (const Case& c :
       {Case{"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"/", "x", "/x"}, {"", "x", "x"}, {"/a", "", "/a"}, {"/a", "b/c", "/a/b/c"}}) {
    CHECK(jujubackup::join_path(c.base, c.relative) == c.joined);
  }
  CHECK(test::error_of([] { jujubackup::join_path("a", "/b"); })->code() == ErrorCode::invalid_argument);
}

TEST_CASE("read_small_file reads files, up to the limit") {
  const test::Scratch scratch;
  const std::string text(40000, 'x');
  test::write_file(scratch / "file", text);
  CHECK(jujubackup::read_small_file(scratch / "file", text.size()) == text);
  const auto error = test::error_of([&] { jujubackup::read_small_file(scratch / "file", text.size() - 1); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::limit);
  CHECK(error->message() == (scratch / "file") + ": more than 39999 bytes");
  CHECK(test::error_of([&] { jujubackup::read_small_file(scratch / "none", 1); })->code() == ErrorCode::not_found);
  CHECK(test::error_of([&] { jujubackup::read_small_file(scratch.path(), 1); })->code() == ErrorCode::invalid_argument);
  REQUIRE(::mkfifo((scratch / "fifo").c_str(), 0600) == 0);
  CHECK(test::error_of([&] { jujubackup::read_small_file(scratch / "fifo", 1); })->code() == ErrorCode::invalid_argument);
}

TEST_CASE("make_directories makes what is missing, 0700") {
  const test::Scratch scratch;
  std::filesystem::create_directory(scratch / "a");
  std::filesystem::permissions(scratch / "a", std::filesystem::perms(0755));
  jujubackup::make_directories(scratch / "a/b//c/");
  CHECK(jujubackup::look_at(scratch / "a").mode == 0755);
  CHECK(jujubackup::look_at(scratch / "a/b").mode == 0700);
  CHECK(jujubackup::look_at(scratch / "a/b/c").mode == 0700);
  jujubackup::make_directories(scratch / "a/b");
  jujubackup::make_directories("/");
  test::write_file(scratch / "file", "");
  CHECK(test::error_of([&] { jujubackup::make_directories(scratch / "file"); })->code() == ErrorCode::not_found);
  CHECK(test::error_of([&] { jujubackup::make_directories(scratch / "file/x"); })->code() == ErrorCode::not_found);
  CHECK(test::error_of([&] { jujubackup::make_directories(""); })->code() == ErrorCode::not_found);
}

TEST_CASE("a temporary directory is private and goes with all that is in it") {
  const test::Scratch scratch;
  test::write_file(scratch / "outside/file", "stays");
  std::string path;
  {
    const jujubackup::TempDirectory directory(scratch.path(), "work-");
    path = directory.path();
    CHECK(path.starts_with(scratch / "work-"));
    CHECK(jujubackup::look_at(path).mode == 0700);
    test::write_file(path + "/a/b", "x");
    std::filesystem::create_directory_symlink("../outside", path + "/link");
  }
  CHECK(jujubackup::look_at(path).kind == FileKind::missing);
  CHECK(test::read_file(scratch / "outside/file") == "stays");
  CHECK(test::error_of([&] { jujubackup::TempDirectory directory(scratch / "none", "x"); })->code() == ErrorCode::not_found);
}

TEST_CASE("space_at answers for what does not exist yet") {
  const test::Scratch scratch;
  const auto space = jujubackup::space_at(scratch / "not/there/yet");
  CHECK(space.total_bytes > 0);
  CHECK(space.free_bytes <= space.total_bytes);
  CHECK(space.total_bytes == jujubackup::space_at(scratch.path()).total_bytes);
  CHECK(jujubackup::space_at("relative/name").total_bytes > 0);
}
