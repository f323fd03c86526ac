// What a controller says over HTTP instead of doing what was asked.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <jujubackup/error.hpp>

#include "net/http.hpp"

namespace jujubackup {

struct HttpErrorText {
  std::string message;
  std::string code;  // "not found"; often ""
};

// An error as controllers write it: bare, {"message":"...","code":"..."}, which the backup endpoints do; wrapped, {"error":{...}}, as other
// endpoints do; or {"error":"...","error-code":"..."}. Nothing if `body` is something else, or larger than 64 KiB.
std::optional<HttpErrorText> parse_error_body(std::string_view body);

struct AppendedError {
  std::size_t offset = 0;  // in the tail
  HttpErrorText error;
};
// When copying an archive breaks half-way, the server has announced success already; it then writes its error behind the bytes that it
// sent. This finds such an error at the very end of `tail`.
std::optional<AppendedError> find_appended_error(std::string_view tail);

// The Error for an answer that is no success. A code of the body counts as in RpcError; without one the status does. A 404 that is no JSON
// means that there is no such endpoint (4.x): Error(unsupported).
Error http_error(const HttpResponse& response, std::string_view body);
// The same, with the body that `client` has yet to read.
Error read_http_error(HttpClient& client, const HttpResponse& response);

// At most `limit_bytes` of the answer's body; what comes behind them is not read.
std::string read_small_body(HttpClient& client, std::size_t limit_bytes);

}  // namespace jujubackup
