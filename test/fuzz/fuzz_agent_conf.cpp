// An agent's configuration: only an Error comes out of bad ones, and never one that shows a value, since half of them are secrets.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <jujubackup/error.hpp>
#include <jujubackup/machine.hpp>

namespace {

using jujubackup::ErrorCode;

constexpr std::string_view first_line = "# format 2.0\n";
constexpr std::string_view secret = "hush-hush";

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void check(const std::string& text) {
  try {
    const jujubackup::AgentConf conf = jujubackup::parse_agent_conf(text);
    require(!conf.machine_id.empty() && conf.machine_id.find('-') == std::string::npos, "machine");
    require(conf.state_port >= 0 && conf.state_port <= 65535, "port");
    require(!conf.ca_cert || !conf.ca_cert->empty(), "certificate");
    require(!conf.ca_private_key || !conf.ca_private_key->empty(), "key");
  } catch (const jujubackup::Error& error) {
    require(error.code() == ErrorCode::corrupt || error.code() == ErrorCode::limit, error.what());
    const std::string_view message = error.what();
    require(message.size() < 200 && message.starts_with("agent.conf: "), "message");
    require(message.find(secret) == std::string_view::npos, "a secret in a message");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check(text);
  if (!text.starts_with(first_line)) check(std::string(first_line) + text);
  return 0;
}
