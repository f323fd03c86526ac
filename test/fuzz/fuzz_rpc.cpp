// Frames of Juju's API from an untrusted peer, either side, with what is read out of them: login answers, redirections, backup metadata.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <jujubackup/error.hpp>

#include "controller/login.hpp"
#include "controller/rpc.hpp"
#include "controller/wire_metadata.hpp"

namespace {

using jujubackup::ErrorCode;
using jujubackup::JujuVersion;
using jujubackup::TextLimits;
using jujubackup::Value;

constexpr TextLimits limits{std::size_t{1} << 20, 32, 100'000};
// Escapes and Go's spelling of numbers make a text longer than it was.
constexpr TextLimits own_limits{std::size_t{16} << 20, 40, 200'000};

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

bool is_safe_to_show(std::string_view text) {
  for (const char c : text) {
    if (c != '\n' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)) return false;
  }
  return true;
}

template <typename Action>
void attempt(Action action) {
  try {
    action();
  } catch (const jujubackup::Error& error) {
    require(error.code() == ErrorCode::corrupt || error.code() == ErrorCode::limit || error.code() == ErrorCode::permission ||
                error.code() == ErrorCode::unsupported,
            error.what());
    require(is_safe_to_show(error.what()), "message");
  }
}

void check_request(std::string_view text) {
  const jujubackup::RpcRequest request = jujubackup::parse_request(text, limits);
  require(!request.type.empty() || !request.request.empty(), "an empty request");
  const std::string written = jujubackup::write_request(request);
  const jujubackup::RpcRequest again = jujubackup::parse_request(written, own_limits);
  require(jujubackup::write_request(again) == written, "a request written twice");
}

void check_metadata(const Value& value) {
  const jujubackup::WireMetadata wire = jujubackup::parse_wire_metadata(value);
  require(!wire.metadata.ca_private_key, "the private key is kept");
  require(wire.metadata.size_bytes >= 0 && wire.metadata.ha_nodes >= 0, "negative");
  for (const char* release : {"2.0.0", "2.4.0", "2.9.21", "2.9.40", "3.6.4"}) {
    const JujuVersion version = JujuVersion::parse(release);
    const Value written = jujubackup::wire_metadata(wire, version, true);
    const jujubackup::WireMetadata again = jujubackup::parse_wire_metadata(written);
    require(jujubackup::write_json(jujubackup::wire_metadata(again, version, true)) == jujubackup::write_json(written),
            "metadata written twice");
  }
}

void check_reply(std::string_view text) {
  const jujubackup::RpcReply reply = jujubackup::parse_reply(text, limits);
  const std::string written = jujubackup::write_reply(reply);
  require(jujubackup::write_reply(jujubackup::parse_reply(written, own_limits)) == written, "a reply written twice");
  const jujubackup::RpcError error(reply.error, reply.error_code);
  require(is_safe_to_show(error.what()), "an RPC error");

  jujubackup::ConnectOptions anything;
  attempt([&] { require(!jujubackup::parse_login(reply.response, anything).controller_uuid.empty(), "a controller without UUID"); });
  anything.name = "prod";
  anything.user = "admin";
  anything.model_uuid = "m";
  anything.controller_uuid = "c";
  attempt([&] { require(jujubackup::parse_login(reply.response, anything).controller_uuid == "c", "another controller"); });
  attempt([&] { jujubackup::parse_redirect(reply.response); });
  attempt([&] { jujubackup::parse_redirect(reply.error_info); });
  attempt([&] { check_metadata(reply.response); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  attempt([&] { check_request(text); });
  attempt([&] { check_reply(text); });
  return 0;
}
