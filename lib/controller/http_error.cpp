#include "controller/http_error.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "controller/rpc.hpp"

namespace jujubackup {
namespace {

constexpr TextLimits error_limits{std::size_t{1} << 16, 16, 4096};
constexpr std::size_t longest_message = 1000;

std::string string_at(const Value& object, std::string_view key) {
  const Value* found = object.find(key);
  const std::string* text = found != nullptr ? found->string() : nullptr;
  return text != nullptr ? *text : std::string();
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n";
  const std::size_t first = text.find_first_not_of(white);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white) - first + 1);
}

// For a message of ours: one line, safe for a terminal, not longer than makes sense.
std::string shown(std::string_view text) {
  text = trimmed(text);
  return printable(text.substr(0, std::min(text.size(), longest_message)));
}

struct Verdict {
  ErrorCode code = ErrorCode::program;
  bool retry_may_help = false;
};

Verdict verdict_of(int status, const std::string& wire_code) {
  if (status == 401 || status == 403) return {ErrorCode::permission, false};
  if (!wire_code.empty()) {
    const RpcError error("refused", wire_code);
    if (error.code() != ErrorCode::program) return {error.code(), error.retry_may_help()};
  }
  switch (status) {
    case 404: return {ErrorCode::not_found, false};
    case 405:
    case 501: return {ErrorCode::unsupported, false};
    case 408:
    case 409:
    case 429:
    case 503: return {ErrorCode::busy, true};
    default: return {ErrorCode::program, false};
  }
}

}  // namespace

std::optional<HttpErrorText> parse_error_body(std::string_view body) {
  body = trimmed(body);
  if (!body.starts_with('{') || body.size() > error_limits.max_bytes) return std::nullopt;
  Value value;
  try {
    value = parse_json(body, error_limits);
  } catch (const Error&) {
    return std::nullopt;
  }
  HttpErrorText text;
  if (const Value* wrapped = value.find("error"); wrapped != nullptr) {
    const bool plain = wrapped->string() != nullptr;
    text.message = plain ? *wrapped->string() : string_at(*wrapped, "message");
    text.code = plain ? string_at(value, "error-code") : string_at(*wrapped, "code");
  } else {
    text.message = string_at(value, "message");
    text.code = string_at(value, "code");
  }
  if (text.message.empty()) std::swap(text.message, text.code);
  if (text.message.empty()) return std::nullopt;
  return text;
}

std::optional<AppendedError> find_appended_error(std::string_view tail) {
  constexpr int most_candidates = 16;
  std::size_t end = tail.size();
  for (int tried = 0; tried < most_candidates && end > 0; ++tried) {
    const std::size_t brace = tail.rfind("{\"", end - 1);
    if (brace == std::string_view::npos) return std::nullopt;
    const std::string_view rest = tail.substr(brace);
    if (rest.starts_with(R"({"message")") || rest.starts_with(R"({"error")")) {
      if (auto error = parse_error_body(rest)) return AppendedError{brace, std::move(*error)};
    }
    end = brace;
  }
  return std::nullopt;
}

Error http_error(const HttpResponse& response, std::string_view body) {
  if (const auto error = parse_error_body(body)) {
    const Verdict verdict = verdict_of(response.status, error->code);
    return {verdict.code, shown(error->message), verdict.retry_may_help};
  }
  const std::string status = "HTTP " + std::to_string(response.status);
  if (response.status == 404) {
    return {ErrorCode::unsupported,
            "downloading and uploading backup archives is not supported by this controller (" + status + "); copy them with juju scp"};
  }
  const Verdict verdict = verdict_of(response.status, {});
  const std::string* type = response.fields.find("Content-Type");
  // A page of HTML, as a proxy would send, is nothing to show.
  const bool is_text = type == nullptr || type->starts_with("text/plain");
  const std::string text = shown(is_text ? body.substr(0, body.find('\n', body.find_first_not_of("\r\n"))) : std::string_view());
  if (!text.empty()) return {verdict.code, text, verdict.retry_may_help};
  return {verdict.code, "the controller answered " + shown(status + " " + response.reason), verdict.retry_may_help};
}

Error read_http_error(HttpClient& client, const HttpResponse& response) {
  std::string body;
  try {
    body = read_small_body(client, error_limits.max_bytes);
  } catch (const Error& error) {
    // The status alone then has to do.
    if (error.code() == ErrorCode::cancelled) return error;
  }
  return http_error(response, body);
}

std::string read_small_body(HttpClient& client, std::size_t limit_bytes) {
  std::string body;
  std::array<std::byte, 4096> buffer{};
  while (body.size() < limit_bytes) {
    const std::size_t got = client.read_body(std::span(buffer).first(std::min(buffer.size(), limit_bytes - body.size())));
    if (got == 0) break;
    body.append(reinterpret_cast<const char*>(buffer.data()), got);
  }
  return body;
}

}  // namespace jujubackup
