#include "store/record.hpp"

#include <optional>
#include <utility>

#include <jujubackup/backup_id.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/store_backend.hpp>

#include "base/json.hpp"
#include "base/yaml.hpp"

namespace jujubackup {
namespace {

constexpr std::string_view age_ending = ".age";
constexpr std::string_view endings[] = {".tar.gz", ".tgz", ".tar.gz.age", ".tgz.age"};
constexpr std::size_t max_warnings = 1000;
constexpr std::size_t max_warning_bytes = std::size_t{512} << 10;

// "" if the name is no archive's.
std::string_view ending_of(std::string_view blob_name) {
  for (const std::string_view ending : endings) {
    if (blob_name.ends_with(ending) && blob_name.size() > ending.size()) return ending;
  }
  return {};
}

Value::Array warnings_value(const std::vector<std::string>& warnings) {
  Value::Array out;
  std::size_t bytes = 0;
  for (const std::string& warning : warnings) {
    bytes += warning.size();
    if (out.size() == max_warnings || bytes > max_warning_bytes) {
      out.emplace_back("and " + std::to_string(warnings.size() - out.size()) + " more");
      break;
    }
    out.emplace_back(warning);
  }
  return out;
}

// Every field but the CA private key, also those that are unset: what is read back is what was written.
Value metadata_value(const Metadata& metadata) {
  Value::Object out{
      {"format-version", metadata.format_version},
      {"id", metadata.id},
      {"checksum", metadata.checksum},
      {"checksum-format", metadata.checksum_format},
      {"size-bytes", metadata.size_bytes},
      {"stored", metadata.stored.rfc3339()},
      {"started", metadata.started.rfc3339()},
      {"finished", metadata.finished.rfc3339()},
      {"notes", metadata.notes},
      {"model-uuid", metadata.model_uuid},
      {"machine", metadata.machine},
      {"hostname", metadata.hostname},
      {"juju-version", metadata.version.to_string()},
  };
  if (metadata.series) out.emplace_back("series", *metadata.series);
  if (metadata.base) out.emplace_back("base", *metadata.base);
  out.emplace_back("controller-uuid", metadata.controller_uuid);
  out.emplace_back("ha-nodes", metadata.ha_nodes);
  out.emplace_back("controller-machine-id", metadata.controller_machine_id);
  out.emplace_back("controller-machine-instance-id", metadata.controller_machine_instance_id);
  if (metadata.ca_cert) out.emplace_back("ca-cert", *metadata.ca_cert);
  return out;
}

[[noreturn]] void bad(std::string_view key) {
  throw Error(ErrorCode::corrupt, "the record's \"" + std::string(key) + "\" is missing or not what it should be");
}

const std::string& string_in(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  if (value == nullptr || value->string() == nullptr) bad(key);
  return *value->string();
}

std::optional<std::string> optional_string_in(const Value& object, std::string_view key) {
  if (object.find(key) == nullptr) return std::nullopt;
  return string_in(object, key);
}

std::int64_t integer_in(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  if (value == nullptr || value->integer() == nullptr) bad(key);
  return *value->integer();
}

std::int64_t size_in(const Value& object, std::string_view key) {
  const std::int64_t size = integer_in(object, key);
  if (size < 0) bad(key);
  return size;
}

bool boolean_in(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  if (value == nullptr || value->boolean() == nullptr) bad(key);
  return *value->boolean();
}

Timestamp time_in(const Value& object, std::string_view key) {
  const std::string& text = string_in(object, key);
  try {
    return Timestamp::parse_rfc3339(text);
  } catch (const Error&) {
    bad(key);
  }
}

Metadata metadata_of(const Value& object) {
  if (object.object() == nullptr) bad("metadata");
  Metadata metadata;
  metadata.format_version = integer_in(object, "format-version");
  metadata.id = string_in(object, "id");
  metadata.checksum = string_in(object, "checksum");
  metadata.checksum_format = string_in(object, "checksum-format");
  metadata.size_bytes = size_in(object, "size-bytes");
  metadata.stored = time_in(object, "stored");
  metadata.started = time_in(object, "started");
  metadata.finished = time_in(object, "finished");
  metadata.notes = string_in(object, "notes");
  metadata.model_uuid = string_in(object, "model-uuid");
  metadata.machine = string_in(object, "machine");
  metadata.hostname = string_in(object, "hostname");
  try {
    metadata.version = JujuVersion::parse(string_in(object, "juju-version"));
  } catch (const Error&) {
    bad("juju-version");
  }
  metadata.series = optional_string_in(object, "series");
  metadata.base = optional_string_in(object, "base");
  metadata.controller_uuid = string_in(object, "controller-uuid");
  metadata.ha_nodes = integer_in(object, "ha-nodes");
  metadata.controller_machine_id = string_in(object, "controller-machine-id");
  metadata.controller_machine_instance_id = string_in(object, "controller-machine-instance-id");
  metadata.ca_cert = optional_string_in(object, "ca-cert");
  return metadata;
}

Value script_form(const BackupRecord& record) {
  Value::Object out{{"id", record.id}, {"file-name", record.file_name}, {"size-bytes", record.size_bytes}};
  if (!record.sha1_base64.empty()) out.emplace_back("sha1", record.sha1_base64);
  if (!record.sha256_hex.empty()) out.emplace_back("sha256", record.sha256_hex);
  if (!record.verified.is_zero()) out.emplace_back("verified", record.verified.rfc3339());
  if (record.encrypted) out.emplace_back("encrypted", true);
  out.emplace_back("adopted", record.adopted);
  if (!record.warnings.empty()) out.emplace_back("warnings", warnings_value(record.warnings));
  out.emplace_back("metadata", parse_json(to_json(record.metadata), {max_record_bytes, 4}));
  return out;
}

}  // namespace

bool is_archive_name(std::string_view blob_name) { return !ending_of(blob_name).empty(); }

bool is_encrypted_name(std::string_view blob_name) { return ending_of(blob_name).ends_with(age_ending); }

std::string encrypted_file_name(std::string_view id) { return archive_file_name(id) + std::string(age_ending); }

std::optional<std::string> id_in_encrypted_name(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  // Of an ID like any other.
  const std::string around = encrypted_file_name("*");
  const std::size_t before = around.find('*');
  if (name.size() < around.size()) return std::nullopt;
  const std::string id(name.substr(before, name.size() - around.size() + 1));
  if (!is_backup_id(id) || name != encrypted_file_name(id)) return std::nullopt;
  return id;
}

std::string record_name(std::string_view archive_name) {
  archive_name.remove_suffix(ending_of(archive_name).size());
  return std::string(archive_name) + ".json";
}

std::string write_record(const BackupRecord& record) {
  const Value::Object out{
      {"format", record_format},
      {"id", record.id},
      {"file-name", record.file_name},
      {"size-bytes", record.size_bytes},
      {"sha1", record.sha1_base64},
      {"sha256", record.sha256_hex},
      {"verified", record.verified.rfc3339()},
      {"encrypted", record.encrypted},
      {"adopted", record.adopted},
      {"warnings", warnings_value(record.warnings)},
      {"metadata", metadata_value(record.metadata)},
  };
  std::string json = write_json(out, JsonStyle::indented);
  if (json.size() > max_record_bytes) throw Error(ErrorCode::limit, "the record is too long");
  return json;
}

BackupRecord parse_record(std::string_view json) {
  const Value value = parse_json(json, {max_record_bytes, 4});
  if (value.object() == nullptr) throw Error(ErrorCode::corrupt, "the record is no JSON object");
  const std::int64_t format = integer_in(value, "format");
  if (format != record_format) throw Error(ErrorCode::unsupported, "record format " + std::to_string(format) + " not supported");

  BackupRecord record;
  record.id = string_in(value, "id");
  if (!is_backup_id(record.id)) bad("id");
  record.file_name = string_in(value, "file-name");
  try {
    check_blob_name(record.file_name);
  } catch (const Error&) {
    bad("file-name");
  }
  if (!is_archive_name(record.file_name)) bad("file-name");
  record.size_bytes = static_cast<std::uint64_t>(size_in(value, "size-bytes"));
  record.sha1_base64 = string_in(value, "sha1");
  record.sha256_hex = string_in(value, "sha256");
  record.verified = time_in(value, "verified");
  // Not in records that were written before there was encryption.
  if (value.find("encrypted") != nullptr) record.encrypted = boolean_in(value, "encrypted");
  if (record.encrypted != is_encrypted_name(record.file_name)) bad("encrypted");
  record.adopted = boolean_in(value, "adopted");
  const Value* warnings = value.find("warnings");
  if (warnings == nullptr || warnings->array() == nullptr) bad("warnings");
  for (const Value& warning : *warnings->array()) {
    if (warning.string() == nullptr) bad("warnings");
    record.warnings.push_back(*warning.string());
  }
  const Value* metadata = value.find("metadata");
  if (metadata == nullptr) bad("metadata");
  record.metadata = metadata_of(*metadata);
  return record;
}

std::string to_json(const BackupRecord& record) { return write_json(script_form(record)); }
std::string to_yaml(const BackupRecord& record) { return write_yaml(script_form(record)); }

}  // namespace jujubackup
