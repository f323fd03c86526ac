#include "client/environment.hpp"

#include <jujubackup/client.hpp>

#include "client_support.hpp"
#include "test_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::client::Platform;
using test::environment_of;
using test::Variables;

TEST_CASE("the client directory is where Juju of the system looks for it") {
  struct Case {
    Variables variables;
    Platform platform;
    std::string expected;  // "": none
  };
  const Variables all{{"JUJU_DATA", "/chosen"}, {"XDG_DATA_HOME", "/data"}, {"HOME", "/home/ann"}, {"APPDATA", "C:\\Users\\ann"}};
  const Variables without_choice{{"JUJU_DATA", ""}, {"XDG_DATA_HOME", "/data"}, {"HOME", "/home/ann"}, {"APPDATA", "C:\\Users\\ann"}};
  const std::vector<Case> cases{
      {all, Platform::linux_like, "/chosen"},
      {all, Platform::other_unix, "/chosen"},
      {all, Platform::windows, "/chosen"},
      {without_choice, Platform::linux_like, "/data/juju"},
      {without_choice, Platform::other_unix, "/data/juju"},
      {without_choice, Platform::windows, "C:\\Users\\ann\\Juju"},
      {{{"HOME", "/home/ann"}}, Platform::linux_like, "/home/ann/.local/share/juju"},
      {{{"HOME", "/Users/ann/"}}, Platform::other_unix, "/Users/ann/.local/share/juju"},
      {{{"HOME", "/home/ann"}}, Platform::windows, ""},
      {{{"APPDATA", "C:\\x"}}, Platform::linux_like, ""},
  };
  for (const Case& each : cases) {
    CAPTURE(each.expected);
    std::string found;
    const auto error = test::error_of([&] { found = jujubackup::client::data_dir(environment_of(each.variables), each.platform); });
    CHECK(found == each.expected);
    REQUIRE(error.has_value() == each.expected.empty());
    if (!error) continue;
    CHECK(error->code() == ErrorCode::not_found);
    CHECK(error->message() == "cannot determine juju data home, required environment variables are not set");
  }
}

TEST_CASE("the process's own environment is asked for the default") {
  const test::ProcessEnvironment environment(test::Variables{{"JUJU_DATA", "/somewhere"}});
  CHECK(jujubackup::default_client_dir() == "/somewhere");
}

TEST_CASE("temporary directory and old cookie file") {
  using jujubackup::client::old_cookie_file;
  using jujubackup::client::temp_dir;
  CHECK(temp_dir(environment_of({})) == "/tmp");
  CHECK(temp_dir(environment_of({{"TMPDIR", "/var/tmp"}})) == "/var/tmp");
  CHECK(old_cookie_file(environment_of({})).empty());
  CHECK(old_cookie_file(environment_of({{"HOME", "/h"}})) == "/h/.go-cookies");
  CHECK(old_cookie_file(environment_of({{"HOME", "/h"}, {"GOCOOKIES", "/g"}})) == "/g");
  CHECK(old_cookie_file(environment_of({{"GOCOOKIES", "/g"}, {"JUJU_COOKIEFILE", "/j"}})) == "/j");
}

TEST_CASE("JUJU_MODEL and JUJU_CONTROLLER") {
  struct Case {
    std::string model, controller;
    std::string expected_controller, expected_model;
  };
  const std::vector<Case> cases{
      {"", "", "", ""},
      {"default", "", "", "default"},
      {"prod:ann/default", "", "prod", "ann/default"},
      {"default", "prod", "prod", "default"},
      {"prod:default", "prod", "prod", "default"},
      {"", "prod", "prod", ""},
      {":default", "", "", "default"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.model);
    const auto named = jujubackup::client::model_of(environment_of({{"JUJU_MODEL", each.model}, {"JUJU_CONTROLLER", each.controller}}));
    CHECK(named.controller == each.expected_controller);
    CHECK(named.model == each.expected_model);
  }
  const auto clash = test::error_of([] {
    jujubackup::client::model_of(environment_of({{"JUJU_MODEL", "a:default"}, {"JUJU_CONTROLLER", "b"}}));
  });
  REQUIRE(clash);
  CHECK(clash->code() == ErrorCode::invalid_argument);
  CHECK(clash->message() == "controller name from JUJU_MODEL (a) conflicts with value in JUJU_CONTROLLER (b)");
}
