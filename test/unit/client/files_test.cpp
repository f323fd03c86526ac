#include "client/files.hpp"

#include "test_support.hpp"

using jujubackup::ErrorCode;
namespace client = jujubackup::client;

namespace {

constexpr const char* secret = "hush-hush-hush";

void parse_all(const std::string& text) {
  client::parse_controllers(text);
  client::parse_accounts(text);
  client::parse_models(text);
}

}  // namespace

TEST_CASE("empty files of every kind are no error") {
  for (const char* text :
       {"", "# nothing\n", "{}\n", "controllers:\n", "controllers: {}\n", "controllers: ~\ncurrent-controller: \"\"\n"}) {
    CAPTURE(text);
    const client::ControllersFile file = client::parse_controllers(text);
    CHECK(file.controllers.empty());
    CHECK(file.current.empty());
    CHECK(client::parse_accounts(text).empty());
    CHECK(client::parse_models(text).empty());
  }
  // An entry without anything under it.
  CHECK(client::parse_controllers("controllers: {a: }\n").controllers.at(0).name == "a");
  CHECK(client::parse_accounts("controllers: {a: }\n").at("a").user.empty());
  CHECK(client::parse_models("controllers: {a: {models: }}\n").at("a").models.empty());
  CHECK(client::parse_models("controllers: {a: {models: {ann/x: }}}\n").at("a").models.at(0).uuid.empty());
}

TEST_CASE("bad files are named by line or key, and never quoted") {
  struct Case {
    std::string text;
    std::string message;
    ErrorCode code = ErrorCode::corrupt;
  };
  const std::string hush = secret;
  const std::vector<Case> cases{
      {"controllers:\n  a:\n    password: " + hush + "\n   x: " + hush + "\n", "invalid YAML at line 4"},
      {"controllers:\n  " + hush + ": {}\n  " + hush + ": {}\n", "repeated key at line 3"},
      {hush, "it is not a mapping"},
      {"- " + hush + "\n", "it is not a mapping"},
      {"controllers: " + hush + "\n", "controllers is not a mapping"},
      {"controllers:\n  password: " + hush + "\n", "an entry of controllers is not a mapping"},
      {"controllers:\n  \"\": {password: " + hush + "}\n", "an entry of controllers has no name"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.text);
    for (auto* parse :
         {+[](const std::string& text) { client::parse_controllers(text); }, +[](const std::string& text) { client::parse_accounts(text); },
          +[](const std::string& text) { client::parse_models(text); }}) {
      const auto error = test::error_of([&] { parse(each.text); });
      REQUIRE(error);
      CHECK(error->code() == each.code);
      CHECK(std::string(error->what()) == each.message);
    }
  }
  const std::vector<Case> of_one_kind{
      {"controllers: {a: {user: 12}}\n", "user is not a text (a number or true has to stand in quotes)"},
      {"controllers: {a: {password: 0012}}\n", "password is not a text (a number or true has to stand in quotes)"},
      {"controllers: {a: {api-endpoints: " + hush + "}}\n", "api-endpoints is not a list"},
      {"controllers: {a: {api-endpoints: [1]}}\n", "api-endpoints has an item that is not a text"},
      {"controllers: {a: {models: " + hush + "}}\n", "models is not a mapping"},
      {"controllers: {a: {models: {x: " + hush + "}}}\n", "an entry of models is not a mapping"},
      {"controllers: {a: {current-model: [" + hush + "]}}\n", "current-model is not a text (a number or true has to stand in quotes)"},
      {"current-controller: {x: " + hush + "}\n", "current-controller is not a text (a number or true has to stand in quotes)"},
  };
  for (const Case& each : of_one_kind) {
    CAPTURE(each.text);
    const auto error = test::error_of([&] { parse_all(each.text); });
    REQUIRE(error);
    CHECK(error->code() == each.code);
    CHECK(std::string(error->what()) == each.message);
  }
}

TEST_CASE("sizes have limits") {
  std::string endpoints = "controllers: {a: {api-endpoints: [x";
  for (std::size_t i = 1; i < client::max_endpoints; ++i) endpoints += ", x";
  CHECK(client::parse_controllers(endpoints + "]}}").controllers.at(0).endpoints.size() == client::max_endpoints);
  const auto many = test::error_of([&] { client::parse_controllers(endpoints + ", x]}}"); });
  REQUIRE(many);
  CHECK(many->code() == ErrorCode::limit);
  const auto large = test::error_of([] { client::parse_accounts(std::string(client::max_file_bytes + 1, '\n')); });
  REQUIRE(large);
  CHECK(large->code() == ErrorCode::limit);
}

TEST_CASE("the domain of local users is cut off") {
  CHECK(client::without_local_domain("admin") == "admin");
  CHECK(client::without_local_domain("admin@local") == "admin");
  CHECK(client::without_local_domain("admin@local/default") == "admin/default");
  CHECK(client::without_local_domain("bob@external/default") == "bob@external/default");
  CHECK(client::without_local_domain("bob/x@local") == "bob/x@local");
  CHECK(client::without_local_domain("").empty());
}
