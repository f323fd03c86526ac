#include <jujubackup/metadata.hpp>

namespace jujubackup {
namespace {

JujuVersion release(std::uint32_t major, std::uint32_t minor, std::uint32_t patch) { return {major, minor, "", patch, 0}; }
JujuVersion tagged(std::uint32_t major, std::uint32_t minor, const char* tag, std::uint32_t number) {
  return {major, minor, tag, number, 0};
}

std::int64_t format_of(const JujuVersion& version) {
  if (version < tagged(2, 8, "beta", 1)) return 0;
  // Two branches got version 2 at about the same time: 2.9.58 and 3.6.22. 3.0 - 3.5 never did.
  if (version.major == 2) return version >= release(2, 9, 58) ? 2 : 1;
  return version >= release(3, 6, 22) ? 2 : 1;
}

bool has_ca_keys(const JujuVersion& version) { return version >= tagged(2, 0, "beta", 3) && version < release(2, 9, 32); }
bool has_base(const JujuVersion& version) { return version >= tagged(3, 0, "rc", 1); }
bool has_series(const JujuVersion& version) { return version >= tagged(2, 0, "beta", 9) && !has_base(version); }

void keep_if(bool wanted, std::optional<std::string>& field) {
  if (!wanted) {
    field.reset();
  } else if (!field) {
    field.emplace();
  }
}

}  // namespace

Metadata with_flavour_of(const JujuVersion& version, Metadata metadata) {
  if (version.is_zero() || version.is_unknown()) {
    metadata.format_version = 1;
    return metadata;
  }
  metadata.format_version = format_of(version);
  keep_if(has_series(version), metadata.series);
  keep_if(has_base(version), metadata.base);
  keep_if(has_ca_keys(version), metadata.ca_cert);
  keep_if(has_ca_keys(version), metadata.ca_private_key);
  if (metadata.format_version == 0) {
    metadata.controller_uuid.clear();
    metadata.ha_nodes = 0;
    metadata.controller_machine_id.clear();
    metadata.controller_machine_instance_id.clear();
  }
  if (metadata.format_version == 2) {
    metadata.checksum.clear();
    metadata.checksum_format.clear();
    metadata.size_bytes = 0;
  }
  return metadata;
}

Metadata metadata_from_file(std::int64_t size_bytes, std::string_view checksum, const Timestamp& file_changed) {
  Metadata metadata;
  metadata.format_version = metadata_unknown_integer;
  metadata.checksum = checksum;
  if (!checksum.empty()) metadata.checksum_format = checksum_format_sha1;
  metadata.size_bytes = size_bytes;
  metadata.finished = Timestamp::from_unix(file_changed.unix_seconds());
  metadata.model_uuid = metadata_unknown_string;
  metadata.machine = metadata_unknown_string;
  metadata.hostname = metadata_unknown_string;
  metadata.version = JujuVersion::unknown();
  metadata.controller_uuid = metadata_unknown_string;
  metadata.ha_nodes = metadata_unknown_integer;
  metadata.controller_machine_id = metadata_unknown_string;
  metadata.controller_machine_instance_id = metadata_unknown_string;
  return metadata;
}

}  // namespace jujubackup
