#include "machine/record.hpp"

#include <initializer_list>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "machine/host_facts.hpp"
#include "machine/place.hpp"

namespace jujubackup::machine {
namespace {

std::string first_known(std::initializer_list<std::string> values) {
  for (const std::string& value : values) {
    if (!value.empty()) return value;
  }
  return "";
}

JujuVersion version_of(const CreateOptions& options, const AgentConf& conf, const DumpFacts& facts) {
  if (options.version) return *options.version;
  if (!conf.version.is_zero()) return conf.version;
  if (facts.agent_version.empty()) {
    throw Error(ErrorCode::invalid_argument,
                "the Juju version is not known: neither agent.conf nor the dump has it, and none was given (juju-version)");
  }
  return JujuVersion::parse(facts.agent_version);
}

std::string model_uuid_of(const CreateOptions& options, const AgentConf& conf, const DumpFacts& facts, std::vector<std::string>& warnings) {
  const std::string& in_dump = facts.controller_model_uuid;
  std::string uuid = first_known({options.model_uuid, conf.model_uuid, in_dump});
  if (uuid.empty()) {
    throw Error(ErrorCode::invalid_argument,
                "the controller model's UUID is not known: neither agent.conf nor the dump has it, and none was given (model-uuid)");
  }
  if (!in_dump.empty() && in_dump != uuid) {
    warnings.push_back("the dump is of another controller: its model is " + printable(in_dump) + ", not " + printable(uuid));
  }
  return uuid;
}

Release release_of(const CreateOptions& options, const DumpFacts& facts, const std::string& machine_id) {
  Release in_dump;
  for (const MachineFact& fact : facts.controller_machines) {
    if (fact.id == machine_id) in_dump = {fact.series, fact.base};
  }
  // What was given decides alone; half of it does not mix with half of what was found.
  if (!options.series.empty() || !options.base.empty()) {
    return {first_known({options.series, series_of_base(options.base)}), first_known({options.base, base_of_series(options.series)})};
  }
  Release found = release_at(options.place.root);
  if (found.base.empty() && found.series.empty()) found = in_dump;
  return {first_known({found.series, series_of_base(found.base)}), first_known({found.base, base_of_series(found.series)})};
}

}  // namespace

Metadata make_record(const CreateOptions& options, const AgentConf& conf, const DumpFacts& facts, std::vector<std::string>& warnings) {
  Metadata record;
  record.started = options.started.value_or(Timestamp::now());
  record.notes = options.notes;
  record.version = version_of(options, conf, facts);
  record.model_uuid = model_uuid_of(options, conf, facts, warnings);
  record.machine = first_known({options.place.machine_id, conf.machine_id});
  record.hostname = first_known({options.hostname, hostname_at(options.place.root)});
  const Release release = release_of(options, facts, record.machine);
  record.series = release.series;
  record.base = release.base;
  record.controller_uuid = first_known({options.controller_uuid, conf.controller_uuid});
  record.ha_nodes = options.ha_nodes.value_or(facts.ha_nodes());
  record.controller_machine_id = record.machine;
  record.controller_machine_instance_id = options.instance_id;
  record.ca_cert = conf.ca_cert;
  record.ca_private_key = conf.ca_private_key;

  const JujuVersion version = record.version;
  record = with_flavour_of(version, std::move(record));
  if (!options.ca_keys) {
    record.ca_cert.reset();
    record.ca_private_key.reset();
  }
  return record;
}

}  // namespace jujubackup::machine
