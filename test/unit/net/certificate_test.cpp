#include "net/certificate.hpp"

#include <doctest/doctest.h>

#include "server_fixture.hpp"

using namespace net_test;
using namespace jujubackup;

TEST_CASE("what a certificate cannot be made of is refused") {
  const auto& made = authority();
  for (const char* name : {"", "a,DNS:evil", "a\nb", "fd00::zz", "a b"}) {
    CAPTURE(name);
    CHECK(thrown_by([&] { make_server_certificate(made.ca, {name}); }).code == ErrorCode::invalid_argument);
  }
  CHECK(thrown_by([&] { make_server_certificate(made.ca, {}); }).code == ErrorCode::invalid_argument);
  CHECK(thrown_by([&] { make_server_certificate({"no PEM", made.ca.key_pem}, {"a"}); }).code == ErrorCode::invalid_argument);
  CHECK(thrown_by([&] { make_server_certificate({made.ca.certificate_pem, "no PEM"}, {"a"}); }).code == ErrorCode::invalid_argument);
  CHECK(thrown_by([&] {
          make_server_certificate({made.ca.certificate_pem, made.server.key_pem}, {"a"});
        }).code == ErrorCode::invalid_argument);
  CHECK(thrown_by([&] { TlsIdentity(made.server.certificate_pem, made.ca.key_pem); }).code == ErrorCode::invalid_argument);
}

TEST_CASE("no two certificates are the same") {
  CHECK(make_ca("x").certificate_pem != make_ca("x").certificate_pem);
  CHECK(contains(authority().ca.key_pem, "-----BEGIN PRIVATE KEY-----"));
}
