// What the database dump in an archive says about the controller, from a bounded walk over its BSON documents.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <jujubackup/archive.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

struct ModelFact {
  std::string uuid, name, owner, cloud, type;
};
struct CloudFact {
  std::string name, type;
};
struct MachineFact {
  std::string id, model_uuid, series, base;  // base as "ubuntu@22.04"
};

struct DumpFacts {
  std::string controller_model_uuid;             // juju.controllers, document "e"; "" if not there
  std::vector<ModelFact> models;                 // juju.models
  std::vector<CloudFact> clouds;                 // juju.clouds
  std::vector<MachineFact> controller_machines;  // juju.machines with job 2 (JobManageModel) in the controller model
  std::vector<std::string> controller_nodes;     // juju.controllerNodes (2.7+): ids
  std::string agent_version;                     // juju.settings "<model>:e" agent-version; "" if not there
  // controller_nodes if there are any, else controller_machines: what juju-restore counts for version 0 archives.
  std::int64_t ha_nodes() const noexcept;
};

// From an archive (any origin) or from a dump folder. A collection that is missing leaves its part empty; a document that is
// not BSON is Error(corrupt). At most 100,000 documents of a collection are looked at.
DumpFacts read_dump_facts(Archive& archive, Job* job = nullptr);
DumpFacts read_dump_facts(const std::string& dump_dir, Job* job = nullptr);

}  // namespace jujubackup
