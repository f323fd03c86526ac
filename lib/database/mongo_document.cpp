#include "database/mongo_document.hpp"

#include <memory>

#include "base/text.hpp"

namespace jujubackup::database {
namespace {

constexpr std::size_t max_command_bytes = std::size_t{48} << 20;

// Codes of mongod's own (error_codes.yml).
constexpr std::int64_t code_unauthorized = 13;
constexpr std::int64_t code_authentication_failed = 18;

}  // namespace

void parse_command(std::string_view json, Document& into) {
  if (json.size() > max_command_bytes) throw Error(ErrorCode::limit, "a command for the database is larger than 48 MiB");
  bson_error_t would_quote_it = {};
  bson_t* document = into.emptied();
  if (bson_init_from_json(document, json.data(), static_cast<ssize_t>(json.size()), &would_quote_it)) return;
  bson_init(document);
  throw Error(ErrorCode::invalid_argument, "a command for the database is not in MongoDB Extended JSON");
}

std::string to_canonical_json(const bson_t* document) {
  std::size_t length = 0;
  const std::unique_ptr<char, void (*)(void*)> json(bson_as_canonical_extended_json(document, &length), &bson_free);
  if (!json) throw Error(ErrorCode::corrupt, "the database's answer holds text that is not UTF-8");
  return {json.get(), length};
}

std::string text_in(const bson_t* document, const char* key) {
  bson_iter_t field;
  if (!bson_iter_init_find(&field, document, key) || !BSON_ITER_HOLDS_UTF8(&field)) return "";
  std::uint32_t length = 0;
  const char* text = bson_iter_utf8(&field, &length);
  return {text, length};
}

std::int64_t integer_in(const bson_t* document, const char* key) {
  bson_iter_t field;
  return bson_iter_init_find(&field, document, key) && BSON_ITER_HOLDS_NUMBER(&field) ? bson_iter_as_int64(&field) : 0;
}

bool is_ok(const bson_t* answer) {
  bson_iter_t field;
  return bson_iter_init_find(&field, answer, "ok") && bson_iter_as_bool(&field);
}

Error refusal(const bson_t* command, const bson_t* answer, std::string said) {
  const std::int64_t code = integer_in(answer, "code");
  // Some servers quote what they could not make sense of.
  replace_all(said, text_in(command, "pwd"), "***");
  const std::string name = text_in(answer, "codeName");
  if (code != 0) said += " (" + (name.empty() ? "code " + std::to_string(code) : printable(name)) + ")";
  return {code == code_unauthorized ? ErrorCode::permission : ErrorCode::program, "the database refuses: " + said};
}

bool is_login_refusal(const bson_t* answer) { return integer_in(answer, "code") == code_authentication_failed; }

Error login_refused(const std::string& username, const std::string& said) {
  return {ErrorCode::permission, "the database refuses the login of " + quoted_name(username) + ": " + said};
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  if (from.empty()) return;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

}  // namespace jujubackup::database
