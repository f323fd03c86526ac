#include "archive/manifest.hpp"

#include <algorithm>

#include <jujubackup/error.hpp>

#include "archive/layout.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/utf8.hpp"

namespace jujubackup {
namespace {

constexpr std::int64_t manifest_format = 1;
constexpr std::string_view digest_name = "xxh128-list";

const Value& required(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  if (value == nullptr) throw Error(ErrorCode::corrupt, "manifest: missing \"" + std::string(key) + "\"");
  return *value;
}

const std::string& required_string(const Value& object, std::string_view key) {
  const std::string* text = required(object, key).string();
  if (text == nullptr) throw Error(ErrorCode::corrupt, "manifest: \"" + std::string(key) + "\" is not a string");
  return *text;
}

std::int64_t required_integer(const Value& object, std::string_view key) {
  const std::int64_t* number = required(object, key).integer();
  if (number == nullptr || *number < 0) throw Error(ErrorCode::corrupt, "manifest: \"" + std::string(key) + "\" is not a size");
  return *number;
}

const Value::Array& required_array(const Value& object, std::string_view key) {
  const Value::Array* array = required(object, key).array();
  if (array == nullptr) throw Error(ErrorCode::corrupt, "manifest: \"" + std::string(key) + "\" is not a list");
  return *array;
}

// JSON holds no bytes that are not UTF-8, file names may.
Value::Object path_field(const std::string& path) {
  if (to_valid_utf8(path) == path) return {{"path", path}};
  return {{"path-base64", to_base64(std::as_bytes(std::span(path)))}};
}

std::string parse_path(const Value& file) {
  if (file.find("path") != nullptr) return required_string(file, "path");
  const auto bytes = from_base64(required_string(file, "path-base64"));
  if (!bytes) throw Error(ErrorCode::corrupt, "manifest: \"path-base64\" is not base64");
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

std::optional<Checksum128> parse_digest(const Value& file) {
  if (file.find("digest") == nullptr) return std::nullopt;
  const auto bytes = from_hex(required_string(file, "digest"));
  Checksum128 digest;
  if (!bytes || bytes->size() != digest.size()) throw Error(ErrorCode::corrupt, "manifest: \"digest\" is not an XXH3-128");
  std::copy(bytes->begin(), bytes->end(), digest.begin());
  return digest;
}

}  // namespace

std::string write_manifest(const Manifest& manifest) {
  Value::Array files;
  files.reserve(manifest.files.size());
  for (const ManifestFile& file : manifest.files) {
    Value::Object fields = path_field(file.path);
    fields.emplace_back("size", file.size_bytes);
    if (file.digest) fields.emplace_back("digest", to_hex(*file.digest));
    files.emplace_back(std::move(fields));
  }
  Value::Array warnings(manifest.warnings.begin(), manifest.warnings.end());
  Value::Object root{
      {"format", manifest_format},
      {"writer", manifest.writer},
      {"finished", manifest.finished.rfc3339()},
      {"digest", digest_name},
      {"chunk-bytes", static_cast<std::int64_t>(manifest.chunk_bytes)},
      {"files", std::move(files)},
      {"warnings", std::move(warnings)},
  };
  if (!manifest.facts.empty()) root.emplace_back("facts", Value::Object(manifest.facts.begin(), manifest.facts.end()));
  return write_json(root) + "\n";
}

Manifest parse_manifest(std::string_view json) {
  TextLimits limits;
  limits.max_bytes = layout::max_manifest_bytes;
  limits.max_depth = 8;
  // A file with its digest is four values in more than seventy bytes.
  limits.max_values = layout::max_manifest_bytes / 16;
  const Value root = parse_json(json, limits);
  if (root.object() == nullptr) throw Error(ErrorCode::corrupt, "manifest: not an object");
  const std::int64_t format = required_integer(root, "format");
  if (format != manifest_format) throw Error(ErrorCode::unsupported, "manifest: format " + std::to_string(format) + " not supported");
  if (required_string(root, "digest") != digest_name) throw Error(ErrorCode::unsupported, "manifest: unknown kind of digest");

  Manifest manifest;
  const std::int64_t chunk_bytes = required_integer(root, "chunk-bytes");
  if (chunk_bytes < 4096 || chunk_bytes > (std::int64_t{1} << 30)) throw Error(ErrorCode::corrupt, "manifest: impossible \"chunk-bytes\"");
  manifest.chunk_bytes = static_cast<std::uint32_t>(chunk_bytes);
  manifest.writer = required_string(root, "writer");
  manifest.finished = Timestamp::parse_rfc3339(required_string(root, "finished"));
  for (const Value& file : required_array(root, "files")) {
    if (file.object() == nullptr) throw Error(ErrorCode::corrupt, "manifest: a file is not an object");
    manifest.files.push_back({parse_path(file), static_cast<std::uint64_t>(required_integer(file, "size")), parse_digest(file)});
  }
  for (const Value& warning : required_array(root, "warnings")) {
    if (warning.string() == nullptr) throw Error(ErrorCode::corrupt, "manifest: a warning is not a string");
    manifest.warnings.push_back(*warning.string());
  }
  if (const Value* facts = root.find("facts"); facts != nullptr && facts->object() != nullptr) {
    for (const auto& [name, fact] : *facts->object()) {
      if (fact.string() != nullptr) manifest.facts.emplace_back(name, *fact.string());
    }
  }
  return manifest;
}

HashList::HashList(std::uint32_t chunk_bytes) : chunk_bytes_(chunk_bytes) {}

void HashList::update(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    if (in_chunk_ == chunk_bytes_) end_chunk();
    const std::size_t count = std::min<std::size_t>(bytes.size(), chunk_bytes_ - in_chunk_);
    chunk_.update(bytes.first(count));
    in_chunk_ += static_cast<std::uint32_t>(count);
    bytes = bytes.subspan(count);
  }
}

void HashList::end_chunk() {
  add_chunk(chunk_.finish());
  in_chunk_ = 0;
}

// Most files are a single chunk and never touch the list.
void HashList::add_chunk(const Checksum128& digest) {
  if (chunks_ == 0) {
    first_ = digest;
  } else {
    if (chunks_ == 1) list_.update(first_);
    list_.update(digest);
  }
  ++chunks_;
}

Checksum128 HashList::finish() {
  if (in_chunk_ != 0 || chunks_ == 0) end_chunk();
  const Checksum128 digest = chunks_ == 1 ? first_ : list_.finish();
  chunks_ = 0;
  return digest;
}

void HashList::reset() {
  chunk_.reset();
  list_.reset();
  in_chunk_ = 0;
  chunks_ = 0;
}

}  // namespace jujubackup
