#include "database/scram.hpp"

#include <set>

#include "test_support.hpp"

using namespace jujubackup;
using database::ScramClient;

namespace {

// The conversation that MongoDB's specification of authentication gives as an example.
constexpr const char* nonce = "fyko+d2lbbFgONRv9qkxdawL";
constexpr const char* server_first = "r=fyko+d2lbbFgONRv9qkxdawLHo+Vgk7qvUOKUwuWLIWg4l/9SraGMHEE,s=rQ9ZY3MntBeuP3E1TDVC4w==,i=10000";

ErrorCode code_for(const std::string& answer) {
  ScramClient client("user", "pencil", nonce);
  const auto error = test::error_of([&] { client.final_for(answer); });
  REQUIRE(error);
  CHECK(std::string(error->what()).find("pencil") == std::string::npos);
  return error->code();
}

}  // namespace

TEST_CASE("scram: the example of the specification") {
  ScramClient client("user", "pencil", nonce);
  CHECK(client.first() == "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
  CHECK(client.final_for(server_first) ==
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawLHo+Vgk7qvUOKUwuWLIWg4l/9SraGMHEE,p=MC2T8BvbmWRckDw8oWl5IVghwCY=");
  client.check("v=UMWeI25JD1yNYZRMpZ4VHvhZ9e0=");
  for (const char* bad : {"v=UMWeI25JD1yNYZRMpZ4VHvhZ9e1=", "v=AMWeI25JD1yNYZRMpZ4VHvhZ9e0=", "v=", "", "e=other-error"}) {
    const auto error = test::error_of([&] { client.check(bad); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::permission);
  }
}

TEST_CASE("scram: a server that makes no sense, or wants too little or too much") {
  const std::string good_nonce = std::string("r=") + nonce + "x";
  CHECK(code_for("") == ErrorCode::corrupt);
  CHECK(code_for("r=somebody else's,s=rQ9ZY3MntBeuP3E1TDVC4w==,i=10000") == ErrorCode::corrupt);
  CHECK(code_for(std::string("r=") + nonce + ",s=rQ9ZY3MntBeuP3E1TDVC4w==,i=10000") == ErrorCode::corrupt);
  CHECK(code_for(good_nonce + ",s=,i=10000") == ErrorCode::corrupt);
  CHECK(code_for(good_nonce + ",s=!!,i=10000") == ErrorCode::corrupt);
  for (const char* count : {"", "1", "4095", "-10000", "10000x", "99999999999999999999"}) {
    CHECK(code_for(good_nonce + ",s=rQ9ZY3MntBeuP3E1TDVC4w==,i=" + count) == ErrorCode::corrupt);
  }
  CHECK(code_for(good_nonce + ",s=rQ9ZY3MntBeuP3E1TDVC4w==,i=1000001") == ErrorCode::limit);
  CHECK(code_for(good_nonce + std::string(5000, 'x') + ",s=rQ9ZY3MntBeuP3E1TDVC4w==,i=10000") == ErrorCode::corrupt);
}

TEST_CASE("scram: names are escaped, nonces differ") {
  CHECK(ScramClient("a=b,c", "x", "n").first() == "n,,n=a=3Db=2Cc,r=n");
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(database::random_nonce());
  CHECK(seen.size() == 100);
  CHECK(seen.begin()->find(',') == std::string::npos);
}
