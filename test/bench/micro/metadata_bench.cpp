#include <jujubackup/metadata.hpp>

#include <string>

#include "rate.hpp"
#include "samples.hpp"

namespace jujubackup::bench {

void register_metadata() {
  for (std::int64_t version = 0; version <= 2; ++version) {
    Metadata metadata;
    metadata.format_version = version;
    metadata.id = "20240601-000000.6d0c1a52-1111-4222-8333-94c7d2f0aa01";
    metadata.notes = "before the upgrade";
    metadata.model_uuid = "6d0c1a52-1111-4222-8333-94c7d2f0aa01";
    metadata.machine = "0";
    metadata.hostname = "juju-controller-0";
    metadata.series = "jammy";
    metadata.ca_cert = std::string(1500, 'A');
    const std::string json = write_metadata(metadata);
    const std::string name = "/version-" + std::to_string(version);
    measure("metadata/parse" + name, json.size(), [json](benchmark::State&) { benchmark::DoNotOptimize(parse_metadata(json)); });
    measure("metadata/write" + name, json.size(), [metadata](benchmark::State&) { benchmark::DoNotOptimize(write_metadata(metadata)); });
  }
}

}  // namespace jujubackup::bench
