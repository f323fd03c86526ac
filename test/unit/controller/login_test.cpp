#include "controller/login.hpp"

#include "base/encoding.hpp"
#include "test_support.hpp"

using jujubackup::ConnectOptions;
using jujubackup::ErrorCode;
using jujubackup::Value;

namespace {

ConnectOptions admin() {
  ConnectOptions options;
  options.name = "prod";
  options.endpoints = {"10.9.8.7:17070"};
  options.model_uuid = "6d0c1a52";
  options.controller_uuid = "0f5e9b7c";
  options.user = "admin";
  options.password = "hunter2";
  return options;
}

std::string base64(std::string_view text) { return jujubackup::to_base64(test::bytes_of(text)); }

}  // namespace

TEST_CASE("what Login is asked with") {
  const std::string tail = R"(,"user-data":"","cli-args":"","client-version":"2.9.52","bakery-version":3})";
  const std::string cookie = base64(R"([{"identifier":"i","signature":"s"}])");
  struct Case {
    const char *user, *password;
    std::vector<std::string> macaroons;
    std::string params;
  };
  const Case cases[] = {
      {"admin", "hunter2", {}, R"({"auth-tag":"user-admin","credentials":"hunter2","nonce":"","macaroons":null)"},
      {"admin@local", "p", {}, R"({"auth-tag":"user-admin","credentials":"p","nonce":"","macaroons":null)"},
      // A password is enough.
      {"admin", "p", {cookie}, R"({"auth-tag":"user-admin","credentials":"p","nonce":"","macaroons":null)"},
      {"admin", "", {cookie}, R"({"auth-tag":"user-admin","credentials":"","nonce":"","macaroons":[[{"identifier":"i","signature":"s"}]])"},
      {"bob@external", "", {cookie}, R"({"auth-tag":"","credentials":"","nonce":"","macaroons":[[{"identifier":"i","signature":"s"}]])"},
      {"bob@external", "p", {}, R"({"auth-tag":"user-bob@external","credentials":"p","nonce":"","macaroons":null)"},
      {"", "", {}, R"({"auth-tag":"","credentials":"","nonce":"","macaroons":null)"},
      // Cookies that are none.
      {"", "", {"%%%", base64("{"), base64("7"), ""}, R"({"auth-tag":"","credentials":"","nonce":"","macaroons":[])"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.user);
    ConnectOptions options = admin();
    options.user = c.user;
    options.password = c.password;
    options.macaroons = c.macaroons;
    CHECK(jujubackup::write_json(jujubackup::login_params(options)) == c.params + tail);
  }
}

TEST_CASE("what proves to the archive endpoints who is asking") {
  ConnectOptions options = admin();
  jujubackup::HttpFields fields = jujubackup::http_credentials(options);
  CHECK(*fields.find("authorization") == "Basic " + base64("user-admin:hunter2"));
  CHECK(*fields.find("bakery-protocol-version") == "3");
  CHECK(*fields.find("x-juju-clientversion") == "2.9.52");
  CHECK(fields.find("cookie") == nullptr);

  options.user = "bob@external";
  options.password.clear();
  options.macaroons = {base64("[]"), "a\r\nHost: evil", base64("[1]")};
  fields = jujubackup::http_credentials(options);
  CHECK(fields.find("authorization") == nullptr);
  CHECK(*fields.find("cookie") == "macaroon-1=" + base64("[]") + "; macaroon-2=" + base64("[1]"));
}

TEST_CASE("answers to Login") {
  const std::string good = R"("model-tag":"model-6d0c1a52","controller-tag":"controller-0f5e9b7c","server-version":"2.9.21")";
  struct Case {
    std::string answer;
    ErrorCode code;
    const char* says;
  };
  const Case cases[] = {
      {R"({"model-tag":"model-x","controller-tag":"controller-0f5e9b7c","server-version":"2.0.0"})", ErrorCode::corrupt,
       "mismatched model tag in login result (got \"model-x\" want \"model-6d0c1a52\")"},
      {R"({"controller-tag":"controller-0f5e9b7c","server-version":"2.0.0"})", ErrorCode::corrupt, "got \"\" want"},
      {R"({"model-tag":"model-6d0c1a52","server-version":"2.0.0"})", ErrorCode::corrupt, "which controller it is"},
      {R"({"model-tag":"model-6d0c1a52","controller-tag":"model-0f5e9b7c","server-version":"2.0.0"})", ErrorCode::corrupt,
       "which controller it is"},
      {R"({"model-tag":"model-6d0c1a52","controller-tag":"controller-other","server-version":"2.0.0"})", ErrorCode::permission, "other"},
      {R"({"model-tag":"model-6d0c1a52","controller-tag":"controller-0f5e9b7c"})", ErrorCode::corrupt, "version"},
      {R"({"model-tag":"model-6d0c1a52","controller-tag":"controller-0f5e9b7c","server-version":"two"})", ErrorCode::corrupt, "\"two\""},
      {"{" + good + R"(,"facades":[{"name":"Backups","versions":["1"]}]})", ErrorCode::corrupt, "not a number"},
      {"{" + good + R"(,"facades":{}})", ErrorCode::corrupt, "facades"},
      {"{" + good + R"(,"user-info":{"identity":7}})", ErrorCode::corrupt, "identity"},
      {"[]", ErrorCode::corrupt, "model tag"},
      {R"({"discharge-required":{"c":[]},"discharge-required-error":"x"})", ErrorCode::permission, "juju login -c prod"},
      {R"({"bakery-discharge-required":{"m":{}}})", ErrorCode::permission, "wants a fresh login of user \"admin\""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.answer);
    try {
      jujubackup::parse_login(jujubackup::parse_json(c.answer), admin());
      FAIL("taken");
    } catch (const jujubackup::Error& error) {
      CAPTURE(error.what());
      CHECK(error.code() == c.code);
      CHECK(std::string(error.what()).find(c.says) != std::string::npos);
    }
  }

  ConnectOptions external = admin();
  external.user = "bob@external";
  external.password.clear();
  CHECK_THROWS_WITH_AS(
      jujubackup::parse_login(jujubackup::parse_json(R"({"discharge-required":{}})"), external),
      "controller \"prod\" wants a login in a browser, which this library does not do: run \"juju login -c prod\" and try again",
      jujubackup::Error);

  const jujubackup::LoginResult result = jujubackup::parse_login(
      jujubackup::parse_json("{" + good +
                             R"(,"discharge-required":null,"user-info":{"identity":"user-bob@local","controller-access":"superuser"},)"
                             R"("facades":[{"name":"Backups","versions":[1,2,99999999999]},{"name":"Pinger","versions":null}]})"),
      admin());
  CHECK(result.version.to_string() == "2.9.21");
  CHECK(result.controller_uuid == "0f5e9b7c");
  CHECK(result.user == "bob");
  CHECK(result.access == "superuser");
  REQUIRE(result.facades.size() == 2);
  CHECK(result.facades[0].second == std::vector<int>{1, 2});
  CHECK(result.facades[1].second.empty());
}

TEST_CASE("addresses of a redirection") {
  const jujubackup::Redirect redirect = jujubackup::parse_redirect(jujubackup::parse_json(
      R"({"servers":[[{"value":"10.9.8.7","type":"ipv4","scope":"local-cloud","port":17070},{"value":"127.0.0.1","scope":"local-machine","port":17070}],)"
      R"([{"value":"fd00::7","type":"ipv6","scope":"public","port":443},{"value":"x","port":70000},{"port":1},7]],"ca-cert":"PEM"})"));
  CHECK(redirect.endpoints == std::vector<std::string>{"10.9.8.7:17070", "[fd00::7]:443"});
  CHECK(redirect.ca_cert == "PEM");
  CHECK_THROWS_AS(jujubackup::parse_redirect(jujubackup::parse_json(R"({"servers":[7]})")), jujubackup::Error);
}
