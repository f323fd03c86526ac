#include "database/extended_json.hpp"

#include <algorithm>
#include <memory>

#include <bson/bson.h>

#include <jujubackup/error.hpp>

namespace jujubackup::database {
namespace {

class Parsed {
 public:
  explicit Parsed(std::string_view json)
      : document_(bson_new_from_json(reinterpret_cast<const std::uint8_t*>(json.data()), static_cast<ssize_t>(json.size()), nullptr)) {
    if (document_ == nullptr) throw Error(ErrorCode::invalid_argument, "a command is not Extended JSON");
  }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;
  ~Parsed() { bson_destroy(document_); }
  const bson_t* get() const noexcept { return document_; }

 private:
  bson_t* document_;
};

}  // namespace

std::string json_of_bson(std::span<const std::byte> document) {
  // libbson cuts what is nested too deeply, and trusts lengths inside of it.
  bson::check_document(document);
  bson_t view;
  if (!bson_init_static(&view, reinterpret_cast<const std::uint8_t*>(document.data()), document.size())) {
    throw Error(ErrorCode::corrupt, "invalid BSON: not a document");
  }
  std::size_t length = 0;
  const std::unique_ptr<char, void (*)(void*)> text(bson_as_canonical_extended_json(&view, &length), &bson_free);
  if (!text) throw Error(ErrorCode::corrupt, "a document cannot be written as JSON");
  return {text.get(), length};
}

bson::Bytes bson_of_json(std::string_view json) {
  if (json.size() > bson::max_document_bytes) throw Error(ErrorCode::limit, "a command of more than 48 MiB");
  const Parsed document(json);
  const auto bytes = std::as_bytes(std::span(bson_get_data(document.get()), document.get()->len));
  bson::Bytes result(bytes.begin(), bytes.end());
  bson::check_document(result);
  return result;
}

std::array<std::byte, 12> new_object_id() {
  bson_oid_t id;
  bson_oid_init(&id, nullptr);
  std::array<std::byte, 12> bytes{};
  std::ranges::copy(std::as_bytes(std::span(id.bytes)), bytes.begin());
  return bytes;
}

}  // namespace jujubackup::database
