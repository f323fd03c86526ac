#include "net/http_fields.hpp"

#include <algorithm>
#include <array>

#include <jujubackup/error.hpp>

#include "base/text.hpp"

namespace jujubackup {
namespace {

struct Reason {
  int status;
  std::string_view text;
};
constexpr std::array reasons{
    Reason{100, "Continue"},
    Reason{101, "Switching Protocols"},
    Reason{200, "OK"},
    Reason{201, "Created"},
    Reason{204, "No Content"},
    Reason{301, "Moved Permanently"},
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{408, "Request Timeout"},
    Reason{409, "Conflict"},
    Reason{413, "Payload Too Large"},
    Reason{429, "Too Many Requests"},
    Reason{431, "Request Header Fields Too Large"},
    Reason{500, "Internal Server Error"},
    Reason{501, "Not Implemented"},
    Reason{503, "Service Unavailable"},
    Reason{507, "Insufficient Storage"},
};

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }

}  // namespace

const std::string* HttpFields::find(std::string_view name) const noexcept {
  const auto found =
      std::find_if(fields_.begin(), fields_.end(), [&](const auto& field) { return equal_ignoring_case(field.first, name); });
  return found == fields_.end() ? nullptr : &found->second;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_visible(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

// The value may be a secret, so it is not in the message.
void append_field(std::string& head, std::string_view name, std::string_view value) {
  if (!is_token(name)) throw Error(ErrorCode::invalid_argument, quoted_name(name) + " cannot be the name of an HTTP field");
  if (std::any_of(value.begin(), value.end(), is_control)) {
    throw Error(ErrorCode::invalid_argument, "the value of the HTTP field " + quoted_name(name) + " has control characters");
  }
  head.append(name).append(": ").append(value).append("\r\n");
}

void append_fields(std::string& head, const HttpFields& fields, std::span<const std::string_view> without) {
  for (const auto& field : fields.all()) {
    const auto same = [&](std::string_view name) { return equal_ignoring_case(field.first, name); };
    if (std::none_of(without.begin(), without.end(), same)) append_field(head, field.first, field.second);
  }
}

std::string_view reason_of(int status) noexcept {
  const auto* const found = std::find_if(reasons.begin(), reasons.end(), [&](const Reason& reason) { return reason.status == status; });
  return found == reasons.end() ? "Unknown" : found->text;
}

bool has_word(std::string_view list, std::string_view word) noexcept {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    std::string_view part = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (!part.empty() && (part.front() == ' ' || part.front() == '\t')) part.remove_prefix(1);
    while (!part.empty() && (part.back() == ' ' || part.back() == '\t')) part.remove_suffix(1);
    if (equal_ignoring_case(part, word)) return true;
  }
  return false;
}

void append_chunk_size(std::string& out, std::size_t size) {
  std::array<char, 2 * sizeof size> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
  out.append(digits.data(), end).append("\r\n");
}

void write_all(TlsStream& stream, std::span<const std::byte> bytes) {
  while (!bytes.empty()) bytes = bytes.subspan(stream.write_some(bytes));
}

}  // namespace jujubackup
