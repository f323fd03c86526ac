// The backup record that Juju keeps in juju-backup/metadata.json: every version that Juju has written.
//
// Format versions (juju state/backups): 0 is flat and has no version key (1.21 - 2.7), 1 adds controller facts (2.8+),
// 2 drops size and checksum (2.9.58+, 3.6.22+). Inside an archive, ID, Checksum, Size, Stored and Finished are always
// unset, since the record is written before the archive exists.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <jujubackup/juju_version.hpp>
#include <jujubackup/time.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

struct Metadata {
  // 0, 1 or 2. metadata_unknown_integer in a record that was made from a file without metadata.
  std::int64_t format_version = 1;

  std::string id;               // "" until a store has given one
  std::string checksum;         // base64 of the SHA-1 of the .tar.gz
  std::string checksum_format;  // checksum_format_sha1, or "" with an empty checksum
  std::int64_t size_bytes = 0;  // of the .tar.gz; 0: not set
  Timestamp stored;
  Timestamp started;
  Timestamp finished;
  std::string notes;
  std::string model_uuid;  // of the controller model; key "Environment" in version 0
  std::string machine;     // "0"
  std::string hostname;
  JujuVersion version;

  // Which of these a file has depends on the Juju that wrote it; absent means that the key was not there.
  std::optional<std::string> series;  // "xenial": 2.0-beta9 - 2.9
  std::optional<std::string> base;    // "ubuntu@22.04": 3.x

  // Version 1 and 2 only.
  std::string controller_uuid;
  std::int64_t ha_nodes = 0;
  std::string controller_machine_id;
  std::string controller_machine_instance_id;

  std::optional<std::string> ca_cert;         // 2.0-beta3 - 2.9.31
  std::optional<std::string> ca_private_key;  // likewise; SECRET: never printed by any text form below

  bool operator==(const Metadata&) const = default;
};

inline constexpr std::string_view checksum_format_sha1 = "SHA-1, base64 encoded";
inline constexpr std::string_view metadata_unknown_string = "<unknown>";
inline constexpr std::int64_t metadata_unknown_integer = INT64_MAX;

// Reads any version. Key names match without regard to case, unknown keys are ignored, missing ones stay unset, the last of
// a repeated key counts: as Go's decoder does. Throws Error(unsupported) `backup format N not supported`, Error(corrupt) for a
// wrong type or bad JSON, Error(limit) beyond 1 MiB. The text of an error never quotes a value.
Metadata parse_metadata(std::string_view json);

// Byte for byte what Go's encoder writes for metadata.format_version, with a newline at the end. `Series`, `Base` and the CA keys
// are written where they are present; `Base` wins over `Series` in versions 1 and 2. Throws Error(invalid_argument) for other versions.
std::string write_metadata(const Metadata& metadata);

// What Juju writes for that Juju version: the format version, and which of Series, Base and the CA keys are there.
// Values that the flavour has no place for are dropped, missing ones are set to "".
Metadata with_flavour_of(const JujuVersion& version, Metadata metadata);

// What upload-backup of Juju makes up for an archive without metadata (archives of 1.20 and older).
Metadata metadata_from_file(std::int64_t size_bytes, std::string_view checksum, const Timestamp& file_changed);

// The twelve lines of show-backup in 2.0 - 2.7; the last ends with a newline.
std::string text_2_0(const Metadata& metadata);
// The block of show-backup in 2.8 - 2.9.21: begins with an empty line, has Juju's trailing spaces, ends with one newline.
// With `with_id` false it is what create-backup prints since 2.9.22; `base:` takes the place of `series:` where a base is present.
std::string text_2_8(const Metadata& metadata, bool with_id = true);

// For scripts: lower-case-hyphen keys in a fixed order, unset and unknown values left out, times in RFC 3339, no CA private key.
std::string to_json(const Metadata& metadata);
std::string to_yaml(const Metadata& metadata);

}  // namespace jujubackup
