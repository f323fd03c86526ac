#include "controller/rpc.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "controller/wire_fields.hpp"

namespace jujubackup {
namespace {

// Two namings of the same members. The old one is of Juju 1.x and the betas of 2.0; servers up to 3.6 still take it, and answer in it.
struct Names {
  const char *request_id, *type, *version, *id, *request, *params, *error, *error_code, *response;
};
constexpr Names new_names{"request-id", "type", "version", "id", "request", "params", "error", "error-code", "response"};
constexpr Names old_names{"RequestId", "Type", "Version", "Id", "Request", "Params", "Error", "ErrorCode", "Response"};

Value parse_frame(std::string_view text, const TextLimits& limits) {
  Value frame = parse_json(text, limits);
  if (frame.object() == nullptr) throw Error(ErrorCode::corrupt, "a message of Juju's API is not a JSON object");
  return frame;
}

std::uint64_t request_id_at(const Value& frame, std::string_view key) {
  const Value* value = frame.find(key);
  if (value == nullptr || value->is_null()) return 0;
  if (value->unsigned_integer() != nullptr) return *value->unsigned_integer();
  if (value->integer() == nullptr || *value->integer() < 0) {
    throw Error(ErrorCode::corrupt, "\"" + std::string(key) + "\" in a message of Juju's API is not a whole number");
  }
  return static_cast<std::uint64_t>(*value->integer());
}

// Go's decoder matches names without regard to case, and that is how Juju's server meets requests that carry no request-id at all.
Value with_old_names(const Value& frame) {
  Value::Object renamed;
  for (const auto& [key, value] : *frame.object()) {
    for (const char* name : {old_names.request_id, old_names.type, old_names.version, old_names.id, old_names.request, old_names.params}) {
      if (equal_ignoring_case(key, name)) renamed.emplace_back(name, value);
    }
  }
  return renamed;
}

constexpr std::string_view unknown_request = "no such request ";

std::string code_or_implied(std::string_view message, std::string code) {
  if (code.empty() && message.substr(0, unknown_request.size()) == unknown_request) return "not implemented";
  return code;
}

std::string rendered(const std::string& message, const std::string& wire_code) {
  const std::string code = code_or_implied(message, wire_code);
  return code.empty() ? shown_text(message) : shown_text(message) + " (" + shown_text(code) + ")";
}

struct KnownCode {
  std::string_view wire;
  ErrorCode code;
};
constexpr std::array known_codes{
    KnownCode{"not found", ErrorCode::not_found},
    KnownCode{"model not found", ErrorCode::not_found},
    KnownCode{"user not found", ErrorCode::not_found},
    KnownCode{"unauthorized access", ErrorCode::permission},
    KnownCode{"login expired", ErrorCode::permission},
    KnownCode{"no credentials provided", ErrorCode::permission},
    KnownCode{"macaroon discharge required", ErrorCode::permission},
    KnownCode{"forbidden", ErrorCode::permission},
    KnownCode{"operation is blocked", ErrorCode::permission},
    KnownCode{"not implemented", ErrorCode::unsupported},
    KnownCode{"not supported", ErrorCode::unsupported},
    KnownCode{"incompatible client", ErrorCode::unsupported},
    KnownCode{"redirection required", ErrorCode::unsupported},
    KnownCode{"already exists", ErrorCode::exists},
    KnownCode{"try again", ErrorCode::busy},
    KnownCode{"retry", ErrorCode::busy},
    KnownCode{"upgrade in progress", ErrorCode::busy},
    KnownCode{"model migration in progress", ErrorCode::busy},
    KnownCode{"not yet available; try again later", ErrorCode::busy},
};

// Juju has no code for these.
struct KnownText {
  std::string_view begin;
  ErrorCode code;
};
constexpr std::array known_texts{
    KnownText{"login failed - maintenance in progress", ErrorCode::busy},
    KnownText{"juju restore is in progress", ErrorCode::busy},
    KnownText{"upgrade in progress", ErrorCode::busy},
    KnownText{"HA not ready; try again later", ErrorCode::busy},
};

ErrorCode code_of(std::string_view message, const std::string& wire_code) {
  const std::string code = code_or_implied(message, wire_code);
  for (const KnownCode& known : known_codes) {
    if (known.wire == code) return known.code;
  }
  if (!code.empty()) return ErrorCode::program;
  // Remove of an ID that is not there.
  if (message == "not found") return ErrorCode::not_found;
  for (const KnownText& known : known_texts) {
    if (message.substr(0, known.begin.size()) == known.begin) return known.code;
  }
  return ErrorCode::program;
}

}  // namespace

std::string write_request(const RpcRequest& request) {
  const Names& names = request.old_style ? old_names : new_names;
  Value::Object frame;
  frame.emplace_back(names.request_id, request.request_id);
  frame.emplace_back(names.type, request.type);
  if (request.version != 0) frame.emplace_back(names.version, request.version);
  if (!request.id.empty()) frame.emplace_back(names.id, request.id);
  frame.emplace_back(names.request, request.request);
  frame.emplace_back(names.params, request.params);
  return write_json(frame);
}

std::string write_reply(const RpcReply& reply, bool old_style) {
  const Names& names = old_style ? old_names : new_names;
  Value::Object frame;
  frame.emplace_back(names.request_id, reply.request_id);
  if (!reply.error.empty()) frame.emplace_back(names.error, reply.error);
  if (!reply.error_code.empty()) frame.emplace_back(names.error_code, reply.error_code);
  if (!old_style && !reply.error_info.is_null()) frame.emplace_back("error-info", reply.error_info);
  frame.emplace_back(names.response, reply.response);
  return write_json(frame);
}

RpcRequest parse_request(std::string_view text, const TextLimits& limits) {
  Value frame = parse_frame(text, limits);
  RpcRequest request;
  request.request_id = request_id_at(frame, new_names.request_id);
  request.old_style = request.request_id == 0;
  if (request.old_style) {
    frame = with_old_names(frame);
    request.request_id = request_id_at(frame, old_names.request_id);
  }
  const Names& names = request.old_style ? old_names : new_names;
  request.type = text_at(frame, names.type);
  request.version = integer_at(frame, names.version);
  request.id = text_at(frame, names.id);
  request.request = text_at(frame, names.request);
  if (request.type.empty() && request.request.empty()) throw Error(ErrorCode::corrupt, "a message of Juju's API is not a request");
  const Value* params = frame.find(names.params);
  if (params != nullptr && !params->is_null()) request.params = *params;
  return request;
}

RpcReply parse_reply(std::string_view text, const TextLimits& limits) {
  const Value frame = parse_frame(text, limits);
  if (!text_at(frame, new_names.type).empty() || !text_at(frame, new_names.request).empty()) {
    throw Error(ErrorCode::corrupt, "a message of Juju's API is a request in the place of a reply");
  }
  RpcReply reply;
  reply.request_id = request_id_at(frame, new_names.request_id);
  reply.error = text_at(frame, new_names.error);
  reply.error_code = text_at(frame, new_names.error_code);
  const Value* info = frame.find("error-info");
  if (info != nullptr && info->object() != nullptr) reply.error_info = *info;
  const Value* response = frame.find(new_names.response);
  if (response != nullptr && !response->is_null()) reply.response = *response;
  return reply;
}

RpcError::RpcError(std::string message, std::string wire_code)
    : Error(code_of(message, wire_code), rendered(message, wire_code), code_of(message, wire_code) == ErrorCode::busy),
      wire_message_(std::move(message)),
      wire_code_(code_or_implied(wire_message_, std::move(wire_code))) {}

}  // namespace jujubackup
