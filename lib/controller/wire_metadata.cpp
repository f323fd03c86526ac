#include "controller/wire_metadata.hpp"

#include <jujubackup/error.hpp>

#include "controller/wire_fields.hpp"

namespace jujubackup {
namespace {

// The keys of params.BackupsMetadataResult that came and went. The result is one Go structure for all of Create, Info and List, so every
// key of a release is always there.
struct Keys {
  bool series, base, ca, filename, format_version;
};

Keys keys_of(const JujuVersion& server) {
  const auto since = [&server](std::uint32_t major, std::uint32_t minor, std::uint32_t patch) {
    return server >= JujuVersion{major, minor, "", patch, 0};
  };
  // 3.0 began with its betas, which come before 3.0.0.
  const bool is_three = server.major >= 3;
  return {!is_three, is_three || since(2, 9, 35), !is_three && !since(2, 9, 32), since(2, 4, 0), since(2, 8, 0)};
}

Error wrong(std::string_view key, std::string_view what) {
  return {ErrorCode::corrupt, "\"" + std::string(key) + "\" in the backup metadata of the controller is not " + std::string(what)};
}

Timestamp time_at(const Value& value, std::string_view key) {
  const std::string text = text_at(value, key);
  if (text.empty()) return {};
  try {
    return Timestamp::parse_rfc3339(text);
  } catch (const Error&) {
    throw wrong(key, "a time");
  }
}

std::int64_t count_at(const Value& value, std::string_view key) {
  const std::int64_t count = integer_at(value, key);
  if (count < 0) throw wrong(key, "zero or more");
  return count;
}

std::optional<std::string> optional_text_at(const Value& value, std::string_view key) {
  if (value.find(key) == nullptr) return std::nullopt;
  return text_at(value, key);
}

}  // namespace

Value wire_metadata(const WireMetadata& wire, const JujuVersion& server, bool with_ca_keys) {
  const Metadata& metadata = wire.metadata;
  const Keys keys = keys_of(server);
  Value::Object out;
  const auto put = [&out](const char* key, Value value) { out.emplace_back(key, std::move(value)); };
  put("id", metadata.id);
  put("checksum", metadata.checksum);
  put("checksum-format", metadata.checksum_format);
  put("size", metadata.size_bytes);
  put("stored", metadata.stored.rfc3339());
  put("started", metadata.started.rfc3339());
  put("finished", metadata.finished.rfc3339());
  put("notes", metadata.notes);
  put("model", metadata.model_uuid);
  put("machine", metadata.machine);
  put("hostname", metadata.hostname);
  put("version", metadata.version.to_string());
  if (keys.series) put("series", metadata.series.value_or(""));
  if (keys.base) put("base", metadata.base.value_or(""));
  if (keys.ca) {
    put("ca-cert", with_ca_keys ? metadata.ca_cert.value_or("") : "");
    put("ca-private-key", with_ca_keys ? metadata.ca_private_key.value_or("") : "");
  }
  if (keys.filename) put("filename", wire.file_name);
  if (keys.format_version) {
    put("format-version", metadata.format_version);
    put("controller-uuid", metadata.controller_uuid);
    put("controller-machine-id", metadata.controller_machine_id);
    put("controller-machine-inst-id", metadata.controller_machine_instance_id);
    put("ha-nodes", metadata.ha_nodes);
  }
  return out;
}

WireMetadata parse_wire_metadata(const Value& value) {
  if (value.object() == nullptr) throw Error(ErrorCode::corrupt, "the backup metadata of the controller is not a JSON object");
  WireMetadata wire;
  Metadata& metadata = wire.metadata;
  metadata.id = text_at(value, "id");
  metadata.checksum = text_at(value, "checksum");
  metadata.checksum_format = text_at(value, "checksum-format");
  metadata.size_bytes = count_at(value, "size");
  metadata.stored = time_at(value, "stored");
  metadata.started = time_at(value, "started");
  metadata.finished = time_at(value, "finished");
  metadata.notes = text_at(value, "notes");
  metadata.model_uuid = text_at(value, "model");
  metadata.machine = text_at(value, "machine");
  metadata.hostname = text_at(value, "hostname");
  const std::string version = text_at(value, "version");
  try {
    if (!version.empty()) metadata.version = JujuVersion::parse(version);
  } catch (const Error&) {
    throw wrong("version", "a Juju version");
  }
  metadata.series = optional_text_at(value, "series");
  metadata.base = optional_text_at(value, "base");
  metadata.ca_cert = optional_text_at(value, "ca-cert");
  wire.file_name = text_at(value, "filename");
  metadata.format_version = count_at(value, "format-version");
  metadata.controller_uuid = text_at(value, "controller-uuid");
  metadata.controller_machine_id = text_at(value, "controller-machine-id");
  metadata.controller_machine_instance_id = text_at(value, "controller-machine-inst-id");
  metadata.ha_nodes = count_at(value, "ha-nodes");
  return wire;
}

}  // namespace jujubackup
