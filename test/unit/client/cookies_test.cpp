#include "client/cookies.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <thread>

#include "client_support.hpp"
#include "test_support.hpp"

using jujubackup::ClientController;
using jujubackup::ErrorCode;
using jujubackup::Timestamp;
namespace client = jujubackup::client;

namespace {

const Timestamp now = Timestamp::parse_rfc3339("2024-06-01T00:00:00Z");

std::string cookie(const std::string& value, const std::string& host, const std::string& more = "") {
  return R"({"Name":"macaroon-x","Value":")" + value + R"(","CanonicalHost":")" + host + R"(","Expires":"2024-06-02T00:00:00Z")" + more +
         "}";
}

ClientController controller() {
  ClientController result;
  result.name = "prod";
  result.uuid = "0f5e9b7c-5555-4666-8777-2b1d3c4e5f60";
  result.endpoints = {"10.9.8.7:17070", "[fd00::7]:17070", "api.example.net:443/controller"};
  result.public_hostname = "prod.example.net";
  return result;
}

}  // namespace

TEST_CASE("a cookie counts if it is a macaroon for this controller and not expired") {
  struct Case {
    std::string json;
    bool taken;
  };
  const std::vector<Case> cases{
      {cookie("QQ==", "prod.example.net"), true},
      {cookie("QQ==", "Prod.Example.NET"), true},
      {cookie("QQ==", "0f5e9b7c-5555-4666-8777-2b1d3c4e5f60"), true},
      {cookie("QQ==", "10.9.8.7"), true},
      {cookie("QQ==", "fd00::7"), true},
      {cookie("QQ==", "[fd00::7]"), true},
      {cookie("QQ==", "api.example.net"), true},
      {cookie("QQ==", "identity.example.net"), false},
      {cookie("QQ==", "example.net"), false},
      {cookie("QQ==", ""), false},
      {R"({"Name":"macaroon-x","Value":"QQ==","Domain":".prod.example.net","Expires":"2024-06-02T00:00:00Z"})", true},
      {R"({"Name":"macaroon-x","Value":"QQ==","Domain":"prod.example.net","Expires":"2024-05-31T23:59:59Z"})", false},
      {R"({"Name":"macaroon-x","Value":"QQ==","Domain":"prod.example.net","Expires":"2024-06-01T00:00:00Z"})", false},
      {R"({"Name":"macaroon-x","Value":"QQ==","Domain":"prod.example.net","Expires":"0001-01-01T00:00:00Z"})", true},
      {R"({"Name":"macaroon-x","Value":"QQ==","Domain":"prod.example.net","Expires":"soon"})", true},
      {R"({"Name":"macaroon-x","Value":"QQ==","Domain":"prod.example.net"})", true},
      {R"({"Name":"session","Value":"QQ==","Domain":"prod.example.net"})", false},
      {R"({"Name":"macaroon-x","Value":"","Domain":"prod.example.net"})", false},
      {R"({"Name":"macaroon-x","Value":"QQ==\r\nX: y","Domain":"prod.example.net"})", false},
      {R"({"Name":"macaroon-x","Value":12,"Domain":"prod.example.net"})", false},
      {cookie(std::string(client::max_macaroon_bytes, 'A'), "10.9.8.7"), true},
      {cookie(std::string(client::max_macaroon_bytes + 1, 'A'), "10.9.8.7"), false},
      {"null", false},
      {"7", false},
  };
  for (const Case& each : cases) {
    CAPTURE(each.json.substr(0, 200));
    const auto values = client::macaroons_for(controller(), client::parse_cookies("[" + each.json + "]"), now);
    CHECK(values.size() == (each.taken ? 1 : 0));
  }
}

TEST_CASE("a controller without address, name or uuid gets no cookie") {
  const auto cookies = client::parse_cookies("[" + cookie("QQ==", "") + "," + cookie("QQ==", "x") + "]");
  ClientController nowhere;
  nowhere.endpoints = {"", ":17070", "/path"};
  CHECK(client::macaroons_for(nowhere, cookies, now).empty());
}

TEST_CASE("the same macaroon is given once") {
  const std::string jar =
      "[" + cookie("QQ==", "10.9.8.7") + "," + cookie("Qg==", "10.9.8.7") + "," + cookie("QQ==", "prod.example.net") + "]";
  CHECK(client::macaroons_for(controller(), client::parse_cookies(jar), now) == std::vector<std::string>{"QQ==", "Qg=="});
}

TEST_CASE("jars that are empty or broken") {
  for (const char* text : {"", "\n", "null", "[]"}) CHECK(client::parse_cookies(text).empty());
  const auto cut = test::error_of([] { client::parse_cookies(R"([{"Name":"macaroon-x","Value":"hush)"); });
  REQUIRE(cut);
  CHECK(cut->code() == ErrorCode::corrupt);
  CHECK(std::string(cut->what()).find("hush") == std::string::npos);
  const auto other = test::error_of([] { client::parse_cookies(R"({"hush":1})"); });
  REQUIRE(other);
  CHECK(std::string(other->what()) == "the cookies are not a list");
}

TEST_CASE("the new jar is looked into before the old one") {
  const test::Scratch scratch;
  const auto far = [](const std::string& value) {
    return R"([{"Name":"macaroon-x","Value":")" + value + R"(","CanonicalHost":"10.9.8.7","Expires":"2999-01-01T00:00:00Z"}])";
  };
  const auto environment = test::environment_of({{"HOME", scratch.path()}});
  const auto read = [&] { return client::read_macaroons(scratch / "juju", controller(), environment); };
  CHECK(read().empty());
  test::write_file(scratch / ".go-cookies", far("b2xk"));
  CHECK(read() == std::vector<std::string>{"b2xk"});
  test::write_file(scratch / "juju/cookies/prod.json", far("bmV3"));
  CHECK(read() == std::vector<std::string>{"bmV3"});

  // A name that leads elsewhere is not followed.
  ClientController other = controller();
  other.name = "../cookies/prod";
  CHECK(client::read_macaroons(scratch / "juju", other, environment) == std::vector<std::string>{"b2xk"});

  test::write_file(scratch / "juju/cookies/prod.json", "[{");
  const auto error = test::error_of(read);
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::corrupt);
  CHECK(std::string(error->what()).find("juju/cookies/prod.json: invalid JSON") != std::string::npos);
}

TEST_CASE("a jar that is being written is waited for") {
  const test::Scratch scratch;
  const std::string jar = scratch / "juju/cookies/prod.json";
  test::write_file(jar, "[{\"half");
  test::write_file(jar + ".lock", "");
  // As another process: by a descriptor of its own.
  const int fd = ::open((jar + ".lock").c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(fd >= 0);
  struct flock whole = {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(fd, F_OFD_SETLK, &whole) != 0) {
    MESSAGE("no locks of open file descriptions here");
    ::close(fd);
    return;
  }
  std::vector<std::string> values;
  std::thread reader([&] { values = client::read_macaroons(scratch / "juju", controller(), test::environment_of({})); });
  test::write_file(jar, R"([{"Name":"macaroon-x","Value":"QQ==","CanonicalHost":"10.9.8.7"}])");
  ::close(fd);
  reader.join();
  CHECK(values == std::vector<std::string>{"QQ=="});
}
