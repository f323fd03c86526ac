#include <utility>

#include <jujubackup/error.hpp>
#include <jujubackup/metadata.hpp>

#include "base/json.hpp"
#include "base/text.hpp"

namespace jujubackup {
namespace {

// Looks keys up as Go's decoder does. Its errors name the key and never the value, which may be a secret.
class Fields {
 public:
  explicit Fields(const Value::Object& members) : members_(members) {}

  bool get(std::string_view key, std::string& out) const {
    const Value* value = last(key);
    if (value == nullptr) return false;
    out = *value->string();
    return true;
  }

  void get(std::string_view key, std::optional<std::string>& out) const {
    std::string text;
    if (get(key, text)) out = std::move(text);
  }

  void get(std::string_view key, std::int64_t& out) const {
    for_each(key, [&](const Value& value) {
      if (value.integer() == nullptr) throw wrong(key, "is not a whole number of 64 bits");
      out = *value.integer();
    });
  }

  void get(std::string_view key, Timestamp& out) const {
    for_each(key, [&](const Value& value) {
      const std::string& text = text_of(key, value);
      try {
        out = Timestamp::parse_rfc3339(text);
      } catch (const Error&) {
        throw wrong(key, "is not a time");
      }
    });
  }

  void get(std::string_view key, JujuVersion& out) const {
    for_each(key, [&](const Value& value) {
      const std::string& text = text_of(key, value);
      try {
        out = JujuVersion::parse(text);
      } catch (const Error&) {
        throw wrong(key, "is not a Juju version");
      }
    });
  }

 private:
  static Error wrong(std::string_view key, std::string_view what) {
    return {ErrorCode::corrupt, std::string(key) + " in the backup metadata " + std::string(what)};
  }

  static const std::string& text_of(std::string_view key, const Value& value) {
    if (value.string() == nullptr) throw wrong(key, "is not a string");
    return *value.string();
  }

  // Every value is looked at, since a wrong one is an error also where a later one replaces it. Null leaves things as they are.
  template <typename Visit>
  void for_each(std::string_view key, Visit visit) const {
    for (const auto& [name, value] : members_) {
      if (!value.is_null() && equal_ignoring_case(name, key)) visit(value);
    }
  }

  const Value* last(std::string_view key) const {
    const Value* found = nullptr;
    for_each(key, [&](const Value& value) {
      text_of(key, value);
      found = &value;
    });
    return found;
  }

  const Value::Object& members_;
};

void read_file_information(const Fields& fields, Metadata& metadata) {
  fields.get("Checksum", metadata.checksum);
  fields.get("ChecksumFormat", metadata.checksum_format);
  fields.get("Size", metadata.size_bytes);
  if (metadata.checksum.empty() == metadata.checksum_format.empty()) return;
  throw Error(ErrorCode::corrupt, metadata.checksum.empty() ? "missing checksum" : "missing checksum format");
}

void read_controller(const Fields& fields, Metadata& metadata) {
  fields.get("ControllerUUID", metadata.controller_uuid);
  fields.get("HANodes", metadata.ha_nodes);
  fields.get("ControllerMachineID", metadata.controller_machine_id);
  fields.get("ControllerMachineInstanceID", metadata.controller_machine_instance_id);
}

}  // namespace

Metadata parse_metadata(std::string_view json) {
  const Value root = parse_json(json);
  if (root.object() == nullptr) throw Error(ErrorCode::corrupt, "the backup metadata is not a JSON object");
  const Fields fields(*root.object());

  Metadata metadata;
  metadata.format_version = 0;
  fields.get("FormatVersion", metadata.format_version);
  if (metadata.format_version < 0 || metadata.format_version > 2) {
    throw Error(ErrorCode::unsupported, "backup format " + std::to_string(metadata.format_version) + " not supported");
  }

  fields.get("ID", metadata.id);
  if (metadata.format_version < 2) read_file_information(fields, metadata);
  fields.get("Stored", metadata.stored);
  fields.get("Started", metadata.started);
  fields.get("Finished", metadata.finished);
  fields.get("Notes", metadata.notes);
  fields.get(metadata.format_version == 0 ? "Environment" : "ModelUUID", metadata.model_uuid);
  fields.get("Machine", metadata.machine);
  fields.get("Hostname", metadata.hostname);
  fields.get("Version", metadata.version);
  fields.get("Series", metadata.series);
  fields.get("Base", metadata.base);
  if (metadata.format_version > 0) read_controller(fields, metadata);
  if (metadata.format_version < 2) {
    fields.get("CACert", metadata.ca_cert);
    fields.get("CAPrivateKey", metadata.ca_private_key);
  }
  return metadata;
}

}  // namespace jujubackup
