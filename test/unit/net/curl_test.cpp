// curl as the client: somebody else's idea of HTTP.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "crypto/digest.hpp"
#include "net/http.hpp"
#include "server_fixture.hpp"

using namespace net_test;
using namespace jujubackup;

namespace {

std::string output_of(const std::string& command) {
  std::string text;
  FILE* const pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> piece{};
  while (const std::size_t count = std::fread(piece.data(), 1, piece.size(), pipe)) text.append(piece.data(), count);
  const int status = ::pclose(pipe);
  return text + (status == 0 ? "" : "<exit " + std::to_string(WEXITSTATUS(status)) + ">");
}

// The method, whether the client waited for leave, and the size and digest of the body. "/refuse" reads no body.
void describe(std::unique_ptr<TlsStream> stream) {
  const auto http = make_http_server(std::move(stream), {});
  while (const auto request = http->next_request()) {
    if (request->target == "/refuse") {
      http->respond(401, {{"WWW-Authenticate", "Basic realm=\"juju\""}}, "no\n");
      continue;
    }
    Digest digest(Digest::Kind::sha1);
    std::uint64_t total = 0;
    std::vector<std::byte> piece(65536);
    while (const std::size_t count = http->read_body(piece)) {
      digest.update(std::span(piece).first(count));
      total += count;
    }
    const std::string text = request->method + " " + std::to_string(total) + " " + digest.finish_hex() + "\n";
    http->start_response(200, {});
    http->write_body(std::as_bytes(std::span(text)));
    http->finish_response();
  }
}

}  // namespace

TEST_CASE("curl talks to the server") {
  if (std::system("curl --version >/dev/null 2>&1") != 0) {
    MESSAGE("skipped: there is no curl");
    return;
  }
  std::string folder = (std::filesystem::temp_directory_path() / "curl-test-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const std::string body(5'000'000, 'x');
  std::ofstream(folder + "/ca.pem") << authority().ca.certificate_pem;
  std::ofstream(folder + "/body") << body;
  Digest digest(Digest::Kind::sha1);
  digest.update(std::as_bytes(std::span(body)));
  const std::string described = "5000000 " + digest.finish_hex() + "\n";

  TlsServer server(describe);
  const std::string port = std::to_string(server.endpoint().port);
  const std::string url = "https://juju-apiserver:" + port;
  const std::string curl =
      "cd " + folder + " && curl -sS --noproxy '*' --max-time 60 --cacert ca.pem --resolve juju-apiserver:" + port + ":127.0.0.1 ";
  struct Case {
    std::string arguments;
    std::string output;
  };
  const std::vector<Case> cases{
      {"-X GET -d hello " + url + "/", "GET 5 aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d\n"},
      {"-T body " + url + "/", "PUT " + described},
      {"-T - " + url + "/ <body", "PUT " + described},
      {"-H 'Expect: 100-continue' -T body " + url + "/", "PUT " + described},
      {"-d a " + url + "/ --next -sS --cacert ca.pem -d a " + url + "/",
       "POST 1 86f7e437faa5a7fce15d1ddcb9eaeaea377667b8\nPOST 1 86f7e437faa5a7fce15d1ddcb9eaeaea377667b8\n"},
      {"-w '%{http_code}' -T body " + url + "/refuse", "no\n401"},
      {"-w '%{http_code}' -H 'Expect:' -T body " + url + "/refuse", "no\n401"},
      {"-w '%{http_code}' -H 'Expect:' -T - " + url + "/refuse <body", "no\n401"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.arguments);
    CHECK(output_of(curl + c.arguments + " 2>&1") == c.output);
  }
  std::filesystem::remove_all(folder);
  CHECK(server.errors().empty());
}
