#include <doctest/doctest.h>

#include <atomic>

#include "expired_certificate.hpp"
#include "server_fixture.hpp"

using namespace net_test;
using namespace jujubackup;

namespace {

// Nobody listens there: it was free a moment ago.
Endpoint dead_endpoint() { return Listener({"127.0.0.1", 0}).address(); }

void say_hello(std::unique_ptr<TlsStream> stream) {
  stream->write_some(std::as_bytes(std::span("hello", 5)));
  stream->close();
}

}  // namespace

TEST_CASE("an endpoint that works wins over those that do not") {
  TlsServer server(say_hello);
  const Listener black_hole({"127.0.0.1", 0});  // takes connections, says nothing
  const std::vector<std::vector<Endpoint>> cases{
      {dead_endpoint(), server.endpoint()},
      {server.endpoint(), dead_endpoint()},
      {black_hole.address(), server.endpoint()},
      {black_hole.address(), dead_endpoint(), server.endpoint()},
      {{"no-such-host.invalid", 17070}, server.endpoint()},
      {{"localhost", server.endpoint().port}},
  };
  for (const auto& endpoints : cases) {
    CAPTURE(endpoints.front().to_string());
    const auto dialled = dial(options_for(endpoints), nullptr);
    CHECK(dialled.endpoint.port == server.endpoint().port);
    CHECK(dialled.stream->peer() == dialled.endpoint.to_string());
    std::array<std::byte, 16> bytes{};
    CHECK(dialled.stream->read_some(bytes) == 5);
    CHECK(dialled.stream->read_some(bytes) == 0);
  }
}

TEST_CASE("a certificate is checked, and the message says what is wrong with it") {
  const KeyPair other_ca = make_ca("other");
  TlsServer good(say_hello);
  TlsServer other_name(say_hello, make_server_certificate(authority().ca, {"localhost", "127.0.0.1"}));
  TlsServer expired(say_hello, KeyPair{old_certificate, old_key});
  struct Case {
    const char* what;
    Endpoint endpoint;
    std::string ca;
    std::string server_name;
    std::string public_hostname;
    const char* message;  // null: it is good
  };
  const std::string ca = authority().ca.certificate_pem;
  const std::vector<Case> cases{
      {"right CA", good.endpoint(), ca, "juju-apiserver", "", nullptr},
      {"several CAs", good.endpoint(), other_ca.certificate_pem + ca, "juju-apiserver", "", nullptr},
      {"an address as the name", good.endpoint(), ca, "127.0.0.1", "", nullptr},
      {"another address as the name", good.endpoint(), ca, "127.0.0.2", "", "not for the name \"127.0.0.2\""},
      {"other CA", good.endpoint(), other_ca.certificate_pem, "juju-apiserver", "", "unknown authority"},
      {"other name", other_name.endpoint(), ca, "juju-apiserver", "", "not for the name \"juju-apiserver\""},
      {"expired", expired.endpoint(), old_ca, "juju-apiserver", "", "expired"},
      {"system's roots", good.endpoint(), "", "juju-apiserver", "localhost", "unknown authority"},
      {"the public name after the CA", good.endpoint(), other_ca.certificate_pem, "juju-apiserver", "localhost", "unknown authority"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.what);
    auto options = options_for({c.endpoint});
    options.ca_cert = c.ca;
    options.server_name = c.server_name;
    options.public_hostname = c.public_hostname;
    const auto thrown = thrown_by([&] { dial(options, nullptr); });
    if (c.message == nullptr) {
      CHECK(thrown.text == "nothing was thrown");
      continue;
    }
    CHECK(thrown.code == ErrorCode::permission);
    CHECK_FALSE(thrown.retry);
    CHECK_MESSAGE(thrown.text.find("unable to connect to API: " + c.endpoint.to_string() + ": ") == 0, thrown.text);
    CHECK_MESSAGE(contains(thrown.text, c.message), thrown.text);
  }
}

TEST_CASE("where no endpoint works, the reason for each is told") {
  const auto dead = dead_endpoint();
  const auto also_dead = dead_endpoint();
  const auto thrown = thrown_by([&] { dial(options_for({dead, also_dead}), nullptr); });
  CHECK(thrown.code == ErrorCode::io);
  CHECK(thrown.retry);
  CHECK(thrown.text ==
        "unable to connect to API: " + dead.to_string() + ": connection refused; " + also_dead.to_string() + ": connection refused");
  CHECK(thrown_by([&] { dial(options_for({}), nullptr); }).code == ErrorCode::invalid_argument);
  auto options = options_for({dead});
  options.ca_cert = "no PEM";
  CHECK(thrown_by([&] { dial(options, nullptr); }).code == ErrorCode::invalid_argument);

  const Listener black_hole({"127.0.0.1", 0});
  options = options_for({black_hole.address(), dead});
  options.timeout = 100ms;
  const auto silent = thrown_by([&] { dial(options, nullptr); });
  CHECK(silent.code == ErrorCode::io);
  CHECK_MESSAGE(contains(silent.text, black_hole.address().to_string() + ": no answer"), silent.text);
}

TEST_CASE("dialling can be cancelled") {
  const Listener black_hole({"127.0.0.1", 0});
  Job job;
  std::thread canceller([&] { job.cancel(); });
  const auto thrown = thrown_by([&] { dial(options_for({black_hole.address()}), &job); });
  canceller.join();
  CHECK(thrown.code == ErrorCode::cancelled);
}

TEST_CASE("an address can be taken once") {
  const Listener first({"127.0.0.1", 0});
  CHECK(thrown_by([&] { Listener second(first.address()); }).code == ErrorCode::exists);
  Listener stopped({"127.0.0.1", 0});
  stopped.stop();
  CHECK_FALSE(stopped.accept());
  CHECK_FALSE(stopped.accept());
}
