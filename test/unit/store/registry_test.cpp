#include <cstdlib>
#include <filesystem>

#include <jujubackup/store_backend.hpp>

#include "store_support.hpp"

using jujubackup::BackupStore;
using jujubackup::ErrorCode;

TEST_CASE("stores by URL") {
  const test::Scratch scratch;
  CHECK(BackupStore::open(scratch / "a").url() == "file:" + (scratch / "a"));
  CHECK(BackupStore::open("file:" + (scratch / "a")).url() == "file:" + (scratch / "a"));
  CHECK(BackupStore::open("file://" + (scratch / "a")).url() == "file:" + (scratch / "a"));
  CHECK(BackupStore::open("file:some/where").url() == "file:" + std::filesystem::current_path().string() + "/some/where");
  CHECK(BackupStore::open("./odd:name").url() == "file:" + std::filesystem::current_path().string() + "/odd:name");
  CHECK(BackupStore::open("mem:").url() == "mem:");
  CHECK_FALSE(std::filesystem::exists(scratch / "a"));
}

TEST_CASE("URLs that name no store") {
  struct Case {
    const char* url;
    ErrorCode code;
    const char* message;
  };
  for (const Case& c : {Case{"", ErrorCode::invalid_argument, "the path of a store is empty"},
                        {"file:", ErrorCode::invalid_argument, "the path of a store is empty"},
                        {"file://host/path", ErrorCode::invalid_argument, "file://host/path: names a host; write file:/path"},
                        {"mem:x", ErrorCode::invalid_argument, "mem:x: nothing can follow mem:"},
                        {"s3://user:password@host/x", ErrorCode::unsupported,
                         "no store for URLs that begin with \"s3:\"; there are: file: mem: juju: juju+wss:"}}) {
    const auto error = test::error_of([&] { BackupStore::open(c.url); });
    REQUIRE(error);
    CHECK(error->code() == c.code);
    CHECK(error->message() == c.message);
  }
}

TEST_CASE("a tool adds a scheme of its own") {
  jujubackup::StoreRegistry registry;
  std::string seen;
  registry.add("x-own", [&](const std::string& url) {
    seen = url;
    return jujubackup::make_memory_store();
  });
  CHECK(registry.open("x-own://a/b")->url() == "mem:");
  CHECK(seen == "x-own://a/b");
  CHECK(registry.schemes() == std::vector<std::string>{"file", "mem", "x-own"});
  for (const char* scheme : {"", "a/b", "9x", "A", "a:"}) {
    CHECK_MESSAGE(test::error_of([&] { registry.add(scheme, {}); })->code() == ErrorCode::invalid_argument, scheme);
  }
}

TEST_CASE("the default place") {
  const auto text_of_variable = [](const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::optional<std::string>() : std::optional<std::string>(value);
  };
  const auto data_home = text_of_variable("XDG_DATA_HOME");
  const auto home = text_of_variable("HOME");
  ::setenv("XDG_DATA_HOME", "/data", 1);
  ::setenv("HOME", "/home/user", 1);
  CHECK(jujubackup::default_store_url() == "file:/data/jujubackup");
  ::setenv("XDG_DATA_HOME", "relative", 1);
  CHECK(jujubackup::default_store_url() == "file:/home/user/.local/share/jujubackup");
  ::unsetenv("XDG_DATA_HOME");
  ::unsetenv("HOME");
  CHECK(test::error_of([] { jujubackup::default_store_url(); })->code() == ErrorCode::not_found);
  if (data_home) ::setenv("XDG_DATA_HOME", data_home->c_str(), 1);
  if (home) ::setenv("HOME", home->c_str(), 1);
}
