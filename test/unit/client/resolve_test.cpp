#include <jujubackup/client.hpp>

#include "client_support.hpp"
#include "test_support.hpp"

using jujubackup::ClientDirectory;
using jujubackup::ErrorCode;
using jujubackup::ModelChoice;
using jujubackup::ModelTarget;

namespace {

constexpr const char* no_controllers =
    "No controllers registered.\n\nPlease either create a new controller using \"juju bootstrap\" or connect to\n"
    "another controller that you have been given access to using \"juju register\".";
constexpr const char* no_selection = "No selected controller.\n\nPlease use \"juju switch\" to select a controller.";
constexpr const char* no_model =
    "No model in focus.\n\nPlease use \"juju models\" to see models available to you.\n"
    "You can set current model by running \"juju switch\"\n"
    "or specify any other model on the command line using the \"-m\" option.";

using test::Variables;

ClientDirectory read_with(const Variables& variables, const std::string& path) {
  const test::ProcessEnvironment environment(variables);
  return ClientDirectory::read(path);
}

}  // namespace

TEST_CASE("-m, -c and the environment choose the model as Juju does") {
  const test::Scratch scratch;
  const ClientDirectory directory = read_with({{"TMPDIR", scratch.path()}}, test::data_path("client"));
  const std::string controller_uuid = "6d0c1a52-1111-4222-8333-94c7d2f0aa01";
  const std::string default_uuid = "7e1d0b2c-2222-4333-8444-a5b6c7d8e9f0";
  struct Case {
    const char* model;
    const char* controller;
    Variables environment;
    const char* expected_controller;
    const char* expected_model;
    std::string expected_uuid;
  };
  const std::vector<Case> cases{
      // Nothing was said: the current model of the current controller.
      {"", "", {}, "prod", "admin/default", default_uuid},
      // A name without owner is of the user who is logged in.
      {"controller", "", {}, "prod", "admin/controller", controller_uuid},
      {"prod:controller", "", {}, "prod", "admin/controller", controller_uuid},
      {"admin/controller", "", {}, "prod", "admin/controller", controller_uuid},
      {"admin@local/controller", "", {}, "prod", "admin/controller", controller_uuid},
      {":controller", "", {}, "prod", "admin/controller", controller_uuid},
      {"bob/default", "", {}, "prod", "bob/default", "7e1d0bff-2222-4333-8444-a5b6c7d8e9f1"},
      {"branch:web", "", {}, "branch", "bob@external/web", "5a5a5a5a-0000-4000-8000-000000000002"},
      {"branch:controller", "", {}, "branch", "bob@external/controller", ""},
      {"branch:admin/controller", "", {}, "branch", "admin/controller", "5a5a5a5a-0000-4000-8000-000000000001"},
      {"unheard-of", "", {}, "prod", "admin/unheard-of", ""},
      {"controller", "branch", {}, "branch", "bob@external/controller", ""},
      {"prod:controller", "prod", {}, "prod", "admin/controller", controller_uuid},
      // A controller alone means its controller model.
      {"", "branch", {}, "branch", "admin/controller", "5a5a5a5a-0000-4000-8000-000000000001"},
      {"", "old", {}, "old", "admin/controller", ""},
      // The beginning of a UUID.
      {"6d0c1a", "", {}, "prod", "admin/controller", controller_uuid},
      {"6D0C1A52-1111", "", {}, "prod", "admin/controller", controller_uuid},
      {"6d0c1a52-1111-4222-8333-94c7d2f0aa01", "", {}, "prod", "admin/controller", controller_uuid},
      {"7e1d0b2", "", {}, "prod", "admin/default", default_uuid},
      {"6d0c1", "", {}, "prod", "admin/6d0c1", ""},
      {"6d0c1a52x", "", {}, "prod", "admin/6d0c1a52x", ""},
      {"6d0c1a521111", "", {}, "prod", "admin/6d0c1a521111", ""},
      {"facade", "", {}, "prod", "admin/facade", ""},
      {"11111111-1111-4222-8333-94c7d2f0aa0F", "", {}, "prod", "", "11111111-1111-4222-8333-94c7d2f0aa0f"},
      // The environment.
      {"", "", {{"JUJU_MODEL", "controller"}}, "prod", "admin/controller", controller_uuid},
      {"", "", {{"JUJU_MODEL", "branch:web"}}, "branch", "bob@external/web", "5a5a5a5a-0000-4000-8000-000000000002"},
      {"",
       "",
       {{"JUJU_MODEL", "web"}, {"JUJU_CONTROLLER", "branch"}},
       "branch",
       "bob@external/web",
       "5a5a5a5a-0000-4000-8000-000000000002"},
      {"web", "", {{"JUJU_CONTROLLER", "branch"}}, "branch", "bob@external/web", "5a5a5a5a-0000-4000-8000-000000000002"},
      {"prod:default", "", {{"JUJU_MODEL", "a:x"}, {"JUJU_CONTROLLER", "b"}}, "prod", "admin/default", default_uuid},
      {"", "prod", {{"JUJU_MODEL", "branch:web"}}, "prod", "admin/controller", controller_uuid},
  };
  for (const Case& each : cases) {
    CAPTURE(each.model);
    CAPTURE(each.controller);
    const test::ProcessEnvironment environment(each.environment);
    const ModelTarget target = directory.resolve({each.model, each.controller, true});
    CHECK(target.controller.name == each.expected_controller);
    CHECK(target.model.name == each.expected_model);
    CHECK(target.model.uuid == each.expected_uuid);
  }
  // The environment does not count if it was told not to.
  const test::ProcessEnvironment environment(test::Variables{{"JUJU_MODEL", "branch:web"}, {"JUJU_CONTROLLER", "old"}});
  CHECK(directory.resolve({"", "", false}).model.name == "admin/default");
}

TEST_CASE("a target has the account, or else the cookies") {
  const test::Scratch scratch;
  const ClientDirectory directory = read_with({{"TMPDIR", scratch.path()}}, test::data_path("client"));
  const test::ProcessEnvironment environment(test::Variables{});
  const ModelTarget prod = directory.resolve_controller("prod");
  CHECK(prod.account.user == "admin");
  CHECK(prod.account.password == "0123456789012345");
  CHECK(prod.account.access == "superuser");
  CHECK(prod.model.name == "admin/controller");
  CHECK(prod.model.type == "iaas");
  CHECK(prod.macaroons.empty());

  const ModelTarget branch = directory.resolve_controller("branch");
  CHECK(branch.account.user == "bob@external");
  CHECK(branch.account.password.empty());
  CHECK(branch.macaroons == std::vector<std::string>{"W1siaW52ZW50ZWQtbG9naW4iXV0="});

  // Without an account, there is nobody whose models could be meant.
  CHECK(directory.resolve_controller("old").account.user.empty());
  CHECK(directory.resolve({"old:web", "", true}).model.name == "web");
}

TEST_CASE("a bare name without a user is the only model of that name") {
  const test::Scratch scratch;
  test::write_file(scratch / "juju/controllers.yaml", "controllers: {a: {uuid: u}}\ncurrent-controller: a\n");
  test::write_file(
      scratch / "juju/models.yaml",
      "controllers: {a: {models: {ann/web: {uuid: u1}, ann/db: {uuid: u2}, bob/db: {uuid: u3}, root/controller: {uuid: u4}}}}\n");
  const test::ProcessEnvironment environment(test::Variables{{"TMPDIR", scratch.path()}});
  const ClientDirectory directory = ClientDirectory::read(scratch / "juju");
  CHECK(directory.resolve({"web", "", true}).model.uuid == "u1");
  CHECK(directory.resolve({"db", "", true}).model.uuid.empty());
  CHECK(directory.resolve_controller("").model.uuid == "u4");
}

TEST_CASE("what is wrong is said as Juju says it") {
  const std::string empty;
  const std::string unselected = "controllers: {prod: {uuid: u}}\n";
  const std::string selected = unselected + "current-controller: prod\n";
  const std::string gone = unselected + "current-controller: gone\n";
  const std::string ambiguous = "controllers: {prod: {models: {a/x: {uuid: 7e1d0b2c}, a/y: {uuid: 7e1d0bff}}}}\n";
  struct Case {
    std::string controllers;
    const char* model;
    const char* controller;
    Variables environment;
    std::string message;
    ErrorCode code = ErrorCode::not_found;
  };
  const std::vector<Case> cases{
      {empty, "", "", {}, no_controllers},
      {empty, "controller", "", {}, no_controllers},
      {empty, "", "", {{"JUJU_MODEL", "x"}}, no_controllers},
      {unselected, "", "", {}, no_selection},
      {unselected, "controller", "", {}, no_selection},
      {selected, "", "", {}, "current model for controller prod not found"},
      {selected, "", "", {{"JUJU_CONTROLLER", "prod"}}, "current model for controller prod not found"},
      {selected, "prod:", "", {}, no_model},
      {selected, "", "", {{"JUJU_MODEL", "prod:"}}, no_model},
      {selected, "bogus:x", "", {}, "controller bogus not found"},
      {empty, "bogus:x", "", {}, "controller bogus not found"},
      {selected, "", "bogus", {}, "controller bogus not found"},
      {selected, "", "", {{"JUJU_MODEL", "bogus:x"}}, "controller bogus not found"},
      {selected, "", "", {{"JUJU_CONTROLLER", "bogus"}}, "controller bogus not found"},
      {gone, "", "", {}, "controller gone not found"},
      {selected,
       "",
       "",
       {{"JUJU_MODEL", "a:x"}, {"JUJU_CONTROLLER", "b"}},
       "controller name from JUJU_MODEL (a) conflicts with value in JUJU_CONTROLLER (b)",
       ErrorCode::invalid_argument},
      {selected, "prod:x", "old", {}, "the model prod:x is not on controller old", ErrorCode::invalid_argument},
      {selected, "7e1d0b", "", {}, "the UUIDs of models a/x and a/y both begin with 7e1d0b: give more digits", ErrorCode::invalid_argument},
  };
  for (const Case& each : cases) {
    CAPTURE(each.message);
    const test::Scratch scratch;
    test::write_file(scratch / "juju/controllers.yaml", each.controllers);
    test::write_file(scratch / "juju/models.yaml", ambiguous);
    const ClientDirectory directory = read_with({{"TMPDIR", scratch.path()}}, scratch / "juju");
    const test::ProcessEnvironment environment(each.environment);
    const auto error = test::error_of([&] { directory.resolve({each.model, each.controller, true}); });
    REQUIRE(error);
    CHECK(error->code() == each.code);
    CHECK(std::string(error->what()) == each.message);
  }
}

TEST_CASE("the store's controller is the one named, the environment's or the current one") {
  const test::Scratch scratch;
  const ClientDirectory directory = read_with({{"TMPDIR", scratch.path()}}, test::data_path("client"));
  {
    const test::ProcessEnvironment environment(test::Variables{});
    CHECK(directory.resolve_controller("").controller.name == "prod");
    const auto error = test::error_of([&] { directory.resolve_controller("bogus"); });
    REQUIRE(error);
    CHECK(std::string(error->what()) == "controller bogus not found");
  }
  const test::ProcessEnvironment environment(test::Variables{{"JUJU_CONTROLLER", "branch"}});
  CHECK(directory.resolve_controller("").controller.name == "branch");
  CHECK(directory.resolve_controller("prod").controller.name == "prod");
}

TEST_CASE("whether anything points to a controller") {
  const test::Scratch scratch;
  const ClientDirectory nothing = ClientDirectory::read(scratch / "missing");
  const ClientDirectory current = read_with({{"TMPDIR", scratch.path()}}, test::data_path("client"));
  {
    const test::ProcessEnvironment environment(test::Variables{});
    CHECK_FALSE(nothing.points_somewhere({}));
    CHECK(nothing.points_somewhere({"x", "", true}));
    CHECK(nothing.points_somewhere({"", "x", true}));
    CHECK(current.points_somewhere({}));
  }
  for (const char* variable : {"JUJU_MODEL", "JUJU_CONTROLLER"}) {
    const test::ProcessEnvironment environment(test::Variables{{variable, "x"}});
    CHECK(nothing.points_somewhere({}));
    CHECK_FALSE(nothing.points_somewhere({"", "", false}));
  }
}
