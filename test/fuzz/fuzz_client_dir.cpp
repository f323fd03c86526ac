// The files of Juju's client directory: only an Error comes out of bad ones, and never one that shows what is in them.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/error.hpp>

#include "client/cookies.hpp"
#include "client/files.hpp"

namespace {

using jujubackup::ErrorCode;
namespace client = jujubackup::client;

constexpr std::string_view secret = "hush-hush";

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void check_controllers(std::string_view text) {
  for (const jujubackup::ClientController& controller : client::parse_controllers(text).controllers) {
    require(!controller.name.empty(), "controller without name");
    require(controller.endpoints.size() <= client::max_endpoints, "endpoints");
  }
}

void check_accounts(std::string_view text) {
  for (const auto& [name, account] : client::parse_accounts(text)) require(!name.empty(), "account without controller");
}

void check_models(std::string_view text) {
  for (const auto& [name, known] : client::parse_models(text)) require(!name.empty(), "models without controller");
}

void check_cookies(std::string_view text) {
  const std::vector<client::MacaroonCookie> cookies = client::parse_cookies(text);
  jujubackup::ClientController controller;
  controller.endpoints = {"10.9.8.7:17070", "[fd00::7]:17070"};
  controller.public_hostname = cookies.empty() ? "" : cookies.front().domain;
  for (const std::string& value : client::macaroons_for(controller, cookies, {})) {
    require(!value.empty() && value.size() <= client::max_macaroon_bytes, "size of a macaroon");
    require(value.find_first_of("\r\n;, \"") == std::string::npos, "a macaroon that would end its header");
  }
}

template <typename Check>
void only_errors(Check check, std::string_view text) {
  try {
    check(text);
  } catch (const jujubackup::Error& error) {
    require(error.code() == ErrorCode::corrupt || error.code() == ErrorCode::limit, error.what());
    const std::string_view message = error.what();
    require(message.size() < 200, "message");
    require(message.find(secret) == std::string_view::npos, "a secret in a message");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  only_errors(check_controllers, text);
  only_errors(check_accounts, text);
  only_errors(check_models, text);
  only_errors(check_cookies, text);
  return 0;
}
