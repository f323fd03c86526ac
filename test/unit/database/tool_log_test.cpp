#include "database/tool_log.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "test_support.hpp"

using namespace jujubackup;

TEST_CASE("tool log: whole lines without the password, however they arrive") {
  const test::Scratch scratch;
  const std::string path = scratch / "new/tool.log";
  {
    database::ToolLog log(path, "pass\"word");
    for (const char c : std::string("connecting with pass\"word\nand again as \"pass\\\"word\"\nlast pass\"wo")) log.take({&c, 1});
    log.take("rd");
    CHECK(log.finish().empty());
  }
  CHECK(test::read_file(path) == "connecting with ***\nand again as \"***\"\nlast ***\n");
  struct stat status = {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777u) == 0600u);

  // Grows, and is closed to others also if it was not.
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  database::ToolLog log(path, "");
  log.take("more\n");
  CHECK(log.finish().empty());
  CHECK(test::read_file(path).ends_with("last ***\nmore\n"));
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777u) == 0600u);
}

TEST_CASE("tool log: a line without end does not grow in memory, and hides a password wherever it is cut") {
  const test::Scratch scratch;
  for (const std::string password : {"secret", "a-secret-that-is-longer-than-what-it-is-hidden-by"}) {
    const std::string path = scratch / password.substr(0, 2);
    database::ToolLog log(path, password);
    for (std::size_t i = 0; i < 400'000; i += password.size()) {
      log.take(password.substr(0, 5));
      log.take(password.substr(5) + "x");
    }
    CHECK(log.finish().empty());
    const std::string text = test::read_file(path);
    CHECK(text.find("secret") == std::string::npos);
    CHECK(std::count(text.begin(), text.end(), 'x') >= static_cast<std::ptrdiff_t>(400'000 / password.size()));
    CHECK(text.find('\n') < 100'000);
  }
}

TEST_CASE("tool log: no link is followed") {
  const test::Scratch scratch;
  std::filesystem::create_symlink(scratch / "elsewhere", scratch / "link.log");
  CHECK(test::error_of([&] { database::ToolLog(scratch / "link.log", ""); }));
  // Nowhere at all is fine.
  database::ToolLog log("", "");
  log.take("unheard\n");
  CHECK(log.finish().empty());
}
