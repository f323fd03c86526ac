#include "controller/store_url.hpp"

#include <string>

#include <jujubackup/store.hpp>

#include "test_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::parse_controller_url;

namespace {

const std::string model = "6d0c1a52-1111-4222-8333-94c7d2f0aa01";

}  // namespace

TEST_CASE("URLs of controllers") {
  CHECK(jujubackup::is_controller_url("juju:"));
  CHECK(jujubackup::is_controller_url("juju+wss://x"));
  CHECK_FALSE(jujubackup::is_controller_url("juju"));
  CHECK_FALSE(jujubackup::is_controller_url("file:juju:"));

  const auto current = parse_controller_url("juju:");
  CHECK(current.from_client_directory);
  CHECK(current.controller.empty());
  CHECK(parse_controller_url("juju:my.ctl-1").controller == "my.ctl-1");

  const auto direct = parse_controller_url("juju+wss://bob%40ext@[fd00::7]:17070/" + model + "?password-file=/a%20b/p%2B&ca-file=ca.pem");
  CHECK_FALSE(direct.from_client_directory);
  CHECK(direct.user == "bob@ext");
  CHECK(direct.endpoint == "[fd00::7]:17070");
  CHECK(direct.model_uuid == model);
  CHECK(direct.password_file == "/a b/p+");
  CHECK(direct.ca_file == "ca.pem");
  const auto shorter = parse_controller_url("juju+wss://ctl.example:443/" + model + "?password-file=p");
  CHECK(shorter.user == "admin");
  CHECK(shorter.ca_file.empty());
}

TEST_CASE("URLs that name no controller") {
  const std::string good = "juju+wss://h:1/" + model + "?password-file=p";
  REQUIRE_FALSE(test::error_of([&] { parse_controller_url(good); }));
  const std::vector<std::string> bad = {std::string("mem:"),
                                        std::string("juju:/etc"),
                                        std::string("juju://h:1/" + model),
                                        std::string("juju:bob@x"),
                                        std::string("juju+wss:"),
                                        std::string("juju+wss://"),
                                        "juju+wss://h/" + model + "?password-file=p",
                                        "juju+wss://h:0/" + model + "?password-file=p",
                                        "juju+wss://h:1?password-file=p",
                                        std::string("juju+wss://h:1/x?password-file=p"),
                                        "juju+wss://h:1/" + model + "/?password-file=p",
                                        "juju+wss://h:1/../" + model + "?password-file=p",
                                        "juju+wss://h:1/" + model,
                                        "juju+wss://h:1/" + model + "?password-file=",
                                        good + "&password-file=q",
                                        good + "&password=SECRET",
                                        good + "&other=1",
                                        good + "#SECRET",
                                        "juju+wss://bob:SECRET@h:1/" + model + "?password-file=p",
                                        "juju+wss://@h:1/" + model + "?password-file=p",
                                        "juju+wss://h:1/" + model + "?password-file=%2",
                                        "juju+wss://h:1/" + model + "?password-file=%00",
                                        "juju+wss://h:1/" + model + "?password-file=%zz"};
  for (const std::string& url : bad) {
    CAPTURE(url);
    const auto error = test::error_of([&] { parse_controller_url(url); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::invalid_argument);
    CHECK(error->message().find("SECRET") == std::string::npos);
    CHECK(error->message().starts_with("the URL of a controller: "));
    CHECK(test::error_of([&] { jujubackup::open_controller_store(url); })->code() == ErrorCode::invalid_argument);
  }
}

TEST_CASE("the files that a URL names") {
  const test::Scratch scratch;
  test::write_file(scratch / "ca.pem", "the CA\nof it\n");
  jujubackup::ControllerUrl url;
  url.endpoint = "h:1";
  url.model_uuid = model;
  url.user = "bob";
  url.ca_file = scratch / "ca.pem";
  url.password_file = scratch / "password";
  for (const char* text : {"pass word", "pass word\n", "pass word\r\n", "pass word\nsecond line\n"}) {
    test::write_file(url.password_file, text);
    const auto options = connect_options(url);
    CHECK(options.password == "pass word");
    CHECK(options.ca_cert == "the CA\nof it\n");
    CHECK(options.endpoints == std::vector<std::string>{"h:1"});
    CHECK(options.model_uuid == model);
    CHECK(options.user == "bob");
  }
  test::write_file(url.password_file, "\nSECRET");
  const auto error = test::error_of([&] { connect_options(url); });
  REQUIRE(error);
  CHECK(error->message() == url.password_file + ": its first line holds no password");
  url.password_file = scratch / "none";
  CHECK(test::error_of([&] { connect_options(url); })->code() == ErrorCode::not_found);
}

TEST_CASE("stores connect when they are used") {
  const test::Scratch scratch;
  const std::string url = "juju+wss://127.0.0.1:1/" + model + "?password-file=" + (scratch / "none");
  auto store = jujubackup::BackupStore::open(url);
  CHECK(store.url() == url);
  const auto error = test::error_of([&] { store.list(); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::not_found);  // of the password
}
