// A backup's metadata as Juju's API carries it (params.BackupsMetadataResult): lower-case keys with hyphens, every key present.
#pragma once

#include <string>

#include <jujubackup/juju_version.hpp>
#include <jujubackup/metadata.hpp>

#include "base/json.hpp"

namespace jujubackup {

struct WireMetadata {
  Metadata metadata;
  std::string file_name;  // key "filename": a path on the controller, since 2.4
};

// Which keys are there depends on the release that speaks: `server`. `with_ca_keys`: Create of 2.0 - 2.9.31 hands them out, Info and
// List leave them empty.
Value wire_metadata(const WireMetadata& wire, const JujuVersion& server, bool with_ca_keys = false);
// Error(corrupt) for wrong types, negative sizes, bad times or versions. Missing keys stay unset. The CA private key is dropped.
WireMetadata parse_wire_metadata(const Value& value);

}  // namespace jujubackup
