// The driver's BSON, for the files that speak with mongod.
#pragma once

#include <bson/bson.h>

#include <cstdint>
#include <string>
#include <string_view>

#include <jujubackup/error.hpp>

namespace jujubackup::database {

// Owned. bson_t has an alignment that templates of the standard library ignore.
class Document {
 public:
  Document() { bson_init(&document_); }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document() { bson_destroy(&document_); }
  bson_t* get() noexcept { return &document_; }
  const bson_t* get() const noexcept { return &document_; }
  // For a function that sets it up itself, whatever comes of it.
  bson_t* emptied() noexcept {
    bson_destroy(&document_);
    return &document_;
  }

 private:
  bson_t document_;
};

// A command out of its Extended JSON. Error(invalid_argument), which quotes nothing of it.
void parse_command(std::string_view json, Document& into);
std::string to_canonical_json(const bson_t* document);

std::string text_in(const bson_t* document, const char* key);
std::int64_t integer_in(const bson_t* document, const char* key);
bool is_ok(const bson_t* answer);

// What a server's "ok": 0 is: Error(permission) for what the user may not do, else Error(program). `said` is what it said.
Error refusal(const bson_t* command, const bson_t* answer, std::string said);
Error login_refused(const std::string& username, const std::string& said);
bool is_login_refusal(const bson_t* answer);

void replace_all(std::string& text, std::string_view from, std::string_view to);

}  // namespace jujubackup::database
