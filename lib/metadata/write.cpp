#include <jujubackup/error.hpp>
#include <jujubackup/metadata.hpp>

#include "base/json.hpp"

namespace jujubackup {

// Each version is a flat Go structure whose fields are written in the order of their declaration, all of them always.
std::string write_metadata(const Metadata& metadata) {
  const std::int64_t format = metadata.format_version;
  if (format < 0 || format > 2) {
    throw Error(ErrorCode::invalid_argument, "backup format " + std::to_string(format) + " cannot be written");
  }
  Value::Object out;
  const auto put = [&out](const char* key, Value value) { out.emplace_back(key, std::move(value)); };
  const auto put_if_present = [&put](const char* key, const std::optional<std::string>& value) {
    if (value) put(key, *value);
  };

  put("ID", metadata.id);
  if (format > 0) put("FormatVersion", format);
  if (format < 2) {
    put("Checksum", metadata.checksum);
    put("ChecksumFormat", metadata.checksum_format);
    put("Size", metadata.size_bytes);
  }
  put("Stored", metadata.stored.rfc3339());
  put("Started", metadata.started.rfc3339());
  put("Finished", metadata.finished.rfc3339());
  put("Notes", metadata.notes);
  put(format == 0 ? "Environment" : "ModelUUID", metadata.model_uuid);
  put("Machine", metadata.machine);
  put("Hostname", metadata.hostname);
  put("Version", metadata.version.to_string());
  // No Juju has written both, nor a base into version 0.
  if (format > 0 && metadata.base) {
    put("Base", *metadata.base);
  } else {
    put_if_present("Series", metadata.series);
  }
  if (format > 0) {
    put("ControllerUUID", metadata.controller_uuid);
    put("HANodes", metadata.ha_nodes);
    put("ControllerMachineID", metadata.controller_machine_id);
    put("ControllerMachineInstanceID", metadata.controller_machine_instance_id);
  }
  if (format < 2) {
    put_if_present("CACert", metadata.ca_cert);
    put_if_present("CAPrivateKey", metadata.ca_private_key);
  }
  return write_json(Value(std::move(out))) + '\n';
}

}  // namespace jujubackup
