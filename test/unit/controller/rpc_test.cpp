#include "controller/rpc.hpp"

#include "test_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::RpcError;
using jujubackup::RpcReply;
using jujubackup::RpcRequest;
using jujubackup::TextLimits;
using jujubackup::Value;

namespace {

std::string text_of_request(const RpcRequest& request) {
  return std::to_string(request.request_id) + ' ' + request.type + ' ' + std::to_string(request.version) + " '" + request.id + "' " +
         request.request + ' ' + jujubackup::write_json(request.params) + (request.old_style ? " old" : "");
}

}  // namespace

TEST_CASE("requests of all shapes that clients send") {
  struct Case {
    const char *frame, *read;  // read nullptr: no request
  };
  const Case cases[] = {
      {R"({"request-id":1,"type":"Admin","version":3,"request":"Login","params":{"auth-tag":"user-admin"}})",
       R"(1 Admin 3 '' Login {"auth-tag":"user-admin"})"},
      // python-libjuju: indented.
      {"{\n  \"type\": \"Pinger\",\n  \"request\": \"Ping\",\n  \"version\": 1,\n  \"params\": {},\n  \"request-id\": 7\n}\n",
       "7 Pinger 1 '' Ping {}"},
      {R"({"request-id":2,"type":"Backups","request":"List"})", "2 Backups 0 '' List {}"},
      {R"({"request-id":2,"type":"Backups","request":"List","params":null,"id":"x","trace-id":"y","what":[1]})", "2 Backups 0 'x' List {}"},
      {R"({"request-id":18446744073709551615,"type":"A","request":"B"})", "18446744073709551615 A 0 '' B {}"},
      {R"({"request-id":3,"type":"A","request":"B","params":[1]})", "3 A 0 '' B [1]"},
      // 1.x and the betas of 2.0.
      {R"({"RequestId":4,"Type":"Backups","Version":1,"Id":"i","Request":"Info","Params":{"ID":"x"}})",
       R"(4 Backups 1 'i' Info {"ID":"x"} old)"},
      {R"({"request-id":0,"RequestId":4,"Type":"A","Request":"B"})", "4 A 0 '' B {} old"},
      {R"({"type":"A","request":"B","params":{"x":1}})", R"(0 A 0 '' B {"x":1} old)"},
      {R"({"request-id":1,"response":{}})", nullptr},
      {R"({"request-id":-1,"type":"A","request":"B"})", nullptr},
      {R"({"request-id":1.5,"type":"A","request":"B"})", nullptr},
      {R"({"request-id":"1","type":"A","request":"B"})", nullptr},
      {R"({"request-id":1,"type":7,"request":"B"})", nullptr},
      {R"({"request-id":1,"type":"A","request":"B","version":"3"})", nullptr},
      {R"([{"request-id":1,"type":"A","request":"B"}])", nullptr},
      {R"({"request-id":1,"type":"A","request":"B")", nullptr},
      {"null", nullptr},
      {"", nullptr},
  };
  for (const Case& c : cases) {
    CAPTURE(c.frame);
    if (c.read == nullptr) {
      try {
        jujubackup::parse_request(c.frame, {});
        FAIL("taken as a request");
      } catch (const jujubackup::Error& error) {
        CHECK(error.code() == ErrorCode::corrupt);
      }
    } else {
      const RpcRequest request = jujubackup::parse_request(c.frame, {});
      CHECK(text_of_request(request) == c.read);
      if (request.request_id != 0) CHECK(text_of_request(jujubackup::parse_request(jujubackup::write_request(request), {})) == c.read);
    }
  }
}

TEST_CASE("requests and replies as they are written") {
  RpcRequest request;
  request.request_id = 5;
  request.type = "Backups";
  request.request = "List";
  CHECK(jujubackup::write_request(request) == R"({"request-id":5,"type":"Backups","request":"List","params":{}})");
  request.version = 2;
  request.id = "i";
  CHECK(jujubackup::write_request(request) == R"({"request-id":5,"type":"Backups","version":2,"id":"i","request":"List","params":{}})");
  request.old_style = true;
  CHECK(jujubackup::write_request(request) == R"({"RequestId":5,"Type":"Backups","Version":2,"Id":"i","Request":"List","Params":{}})");

  RpcReply reply;
  reply.request_id = 6;
  CHECK(jujubackup::write_reply(reply) == R"({"request-id":6,"response":{}})");
  reply.error = "no";
  CHECK(jujubackup::write_reply(reply) == R"({"request-id":6,"error":"no","response":{}})");
  reply.error_code = "not found";
  reply.error_info = Value::Object{{"a", 1}};
  CHECK(jujubackup::write_reply(reply) == R"({"request-id":6,"error":"no","error-code":"not found","error-info":{"a":1},"response":{}})");
  CHECK(jujubackup::write_reply(reply, true) == R"({"RequestId":6,"Error":"no","ErrorCode":"not found","Response":{}})");
}

TEST_CASE("replies") {
  const RpcReply good = jujubackup::parse_reply(R"({"request-id":3,"response":{"list":[]},"trace-id":"x"})", {});
  CHECK(good.request_id == 3);
  CHECK(good.error.empty());
  CHECK(good.error_info.is_null());
  CHECK(jujubackup::write_json(good.response) == R"({"list":[]})");

  const RpcReply bad = jujubackup::parse_reply(R"({"request-id":4,"error":"e","error-code":"c","error-info":{"x":1}})", {});
  CHECK(bad.error == "e");
  CHECK(bad.error_code == "c");
  CHECK(bad.error_info.find("x") != nullptr);
  CHECK(jujubackup::write_json(bad.response) == "{}");

  for (const char* frame :
       {"[]", "7", R"({"request-id":"x"})", R"({"error":1})", R"({"request-id":1,"type":"Admin","request":"Login"})", "{"}) {
    CAPTURE(frame);
    CHECK_THROWS_AS(jujubackup::parse_reply(frame, {}), jujubackup::Error);
  }
}

TEST_CASE("limits of a frame, and nothing of it in the message") {
  const std::string deep = R"({"request-id":1,"response":)" + std::string(40, '[') + std::string(40, ']') + "}";
  const std::string wide = R"({"request-id":1,"response":[1,2,3,4,5,6,7,8,9]})";
  const std::string secret = R"({"request-id":1,"type":"Admin","request":"Login","params":{"credentials":"hunter2")";
  const auto code = [](const std::string& frame, const TextLimits& limits) {
    try {
      jujubackup::parse_reply(frame, limits);
    } catch (const jujubackup::Error& error) {
      CHECK(std::string(error.what()).find("hunter2") == std::string::npos);
      return error.code();
    }
    return ErrorCode::internal;
  };
  CHECK(code(deep, {1000, 32}) == ErrorCode::limit);
  CHECK(code(wide, {1000, 32, 5}) == ErrorCode::limit);
  CHECK(code(wide, {10, 32}) == ErrorCode::limit);
  CHECK(code(secret, {}) == ErrorCode::corrupt);
}

TEST_CASE("errors as Juju's client shows them, and what they mean") {
  struct Case {
    const char *message, *wire_code, *shown;
    ErrorCode code;
  };
  const Case cases[] = {
      {"backup metadata \"a\" not found", "not found", "backup metadata \"a\" not found (not found)", ErrorCode::not_found},
      {"not found", "", "not found", ErrorCode::not_found},
      {"unknown model: \"x\"", "model not found", "unknown model: \"x\" (model not found)", ErrorCode::not_found},
      {"permission denied", "unauthorized access", "permission denied (unauthorized access)", ErrorCode::permission},
      {"unknown object type \"Backups\"", "not implemented", "unknown object type \"Backups\" (not implemented)", ErrorCode::unsupported},
      {"no such request - method Backups(1).Remove is not implemented", "",
       "no such request - method Backups(1).Remove is not implemented (not implemented)", ErrorCode::unsupported},
      {"backups on kubernetes controllers not supported", "not supported",
       "backups on kubernetes controllers not supported (not supported)", ErrorCode::unsupported},
      {"client incompatible with server 3.2.0", "incompatible client", "client incompatible with server 3.2.0 (incompatible client)",
       ErrorCode::unsupported},
      {"backup metadata \"a\" already exists", "already exists", "backup metadata \"a\" already exists (already exists)",
       ErrorCode::exists},
      {"try again", "try again", "try again (try again)", ErrorCode::busy},
      {"upgrade in progress", "upgrade in progress", "upgrade in progress (upgrade in progress)", ErrorCode::busy},
      {"juju restore is in progress - API is disabled to prevent data loss", "",
       "juju restore is in progress - API is disabled to prevent data loss", ErrorCode::busy},
      {"backups are only supported from the controller model\nUse juju switch to select the controller model", "",
       "backups are only supported from the controller model\nUse juju switch to select the controller model", ErrorCode::program},
      {"while creating backup archive: x", "", "while creating backup archive: x", ErrorCode::program},
      {"a\x1b[2Jb\r", "o\x07", R"(a\x1b[2Jb\r (o\a))", ErrorCode::program},
  };
  for (const Case& c : cases) {
    CAPTURE(c.message);
    const RpcError error(c.message, c.wire_code);
    CHECK(error.what() == std::string(c.shown));
    CHECK(error.code() == c.code);
    CHECK(error.retry_may_help() == (c.code == ErrorCode::busy));
    CHECK(error.wire_message() == c.message);
  }
  CHECK(RpcError("no such request - x", "").wire_code() == "not implemented");
  CHECK(RpcError(std::string(100'000, 'x'), "").message().size() < 5000);
}
