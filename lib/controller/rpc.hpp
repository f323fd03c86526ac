// Frames of Juju's API: one JSON object, one text message. Used by both sides.
//
// A frame is a request when it has "type" or "request", a reply otherwise; empty members are left out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <jujubackup/error.hpp>

#include "base/json.hpp"

namespace jujubackup {

struct RpcRequest {
  std::uint64_t request_id = 0;
  std::string type;  // facade: "Backups"
  std::int64_t version = 0;
  std::string id;
  std::string request;  // method: "Create"
  Value params = Value::Object{};
  // Juju 1.x and 2.0 betas name the members RequestId, Type, ...; they are answered likewise.
  bool old_style = false;
};

struct RpcReply {
  std::uint64_t request_id = 0;
  std::string error;       // "": the call worked
  std::string error_code;  // "not found", "unauthorized access"; may be "" beside an error
  Value error_info;        // object or null (2.6+)
  Value response = Value::Object{};
};

std::string write_request(const RpcRequest& request);
std::string write_reply(const RpcReply& reply, bool old_style = false);
// Error(corrupt), Error(limit); never quotes the text, as it may hold a password.
RpcRequest parse_request(std::string_view text, const TextLimits& limits);
RpcReply parse_reply(std::string_view text, const TextLimits& limits);

// What a controller answered instead of a result: `<error> (<code>)`, or the bare message where the code is empty.
class RpcError : public Error {
 public:
  // The Error's own code follows from the wire's: "not found" is not_found, "unauthorized access" permission, "not implemented" and "not
  // supported" unsupported, "already exists" exists, "try again", "upgrade in progress" and the like busy; anything else program.
  RpcError(std::string message, std::string wire_code);
  const std::string& wire_code() const noexcept { return wire_code_; }
  const std::string& wire_message() const noexcept { return wire_message_; }

 private:
  std::string wire_message_, wire_code_;
};

}  // namespace jujubackup
