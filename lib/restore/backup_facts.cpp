#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include <jujubackup/error.hpp>
#include <jujubackup/restore.hpp>

#include "archive/layout.hpp"
#include "machine/host_facts.hpp"
#include "machine/place.hpp"
#include "restore/agent_conf_addresses.hpp"
#include "restore/dangers.hpp"
#include "restore/dump_machines.hpp"
#include "restore/owned_paths.hpp"
#include "restore/services.hpp"

namespace jujubackup {
namespace {

constexpr std::size_t max_conf_bytes = std::size_t{1} << 20;
constexpr std::string_view agent_conf_name = "/agent.conf";

// A damaged archive still has facts that are worth showing; the damage itself is in the verification.
template <typename F>
void if_readable(F&& read) {
  try {
    read();
  } catch (const Error& error) {
    // A device in it is "unsupported", and to the verification a finding.
    constexpr ErrorCode of_the_archive[] = {ErrorCode::corrupt, ErrorCode::limit, ErrorCode::not_found, ErrorCode::unsupported};
    if (std::find(std::begin(of_the_archive), std::end(of_the_archive), error.code()) == std::end(of_the_archive)) throw;
  }
}

// "juju-backup/dump/juju/models.bson"
void take_dump_file(BackupFacts& facts, const Entry& entry) {
  facts.has_dump = true;
  facts.dump_bytes += entry.size_bytes;
  std::string name = entry.path.substr(layout::dump.size() + 1);
  constexpr std::string_view suffix = ".bson";
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos || !name.ends_with(suffix)) return;
  name.resize(name.size() - suffix.size());
  facts.collections.push_back({name.substr(0, slash), name.substr(slash + 1), entry.size_bytes});
}

void take_entry(BackupFacts& facts, const Entry& entry) {
  const std::string& path = entry.path;
  if (path == layout::root_tar) facts.has_root_tar = true;
  if (path == layout::oplog) facts.has_oplog = true;
  const bool in_root = path.starts_with(layout::root_tar) && path.size() > layout::root_tar.size() + 1;
  if (in_root) {
    facts.root_bytes += entry.size_bytes;
    Entry inside = entry;
    inside.path.erase(0, layout::root_tar.size() + 1);
    facts.root_entries.push_back(std::move(inside));
  } else if (entry.type == EntryType::file && path.starts_with(layout::dump) && path.size() > layout::dump.size() + 1) {
    take_dump_file(facts, entry);
  }
}

// The path of the agent.conf of machine `id` in root.tar, or of the only one if `id` is "".
std::string conf_in_root(const BackupFacts& facts, const std::string& id) {
  std::string only;
  for (const Entry& entry : facts.root_entries) {
    if (!entry.path.ends_with(agent_conf_name)) continue;
    const std::string folder = entry.path.substr(0, entry.path.size() - agent_conf_name.size());
    if (folder.find("/agents/machine-") == std::string::npos) continue;
    if (!id.empty() && folder.ends_with("/agents/" + machine::agent_name(id))) return entry.path;
    only = only.empty() ? entry.path : "several";
  }
  return only == "several" ? "" : only;
}

void take_agent_conf(BackupFacts& facts, Archive& archive, Job* job) {
  const std::string path = conf_in_root(facts, facts.machine_id);
  if (path.empty()) return;
  facts.data_dir = path.substr(0, path.find("/agents/machine-"));
  if_readable([&] {
    MemorySink sink(max_conf_bytes);
    archive.read_entry(std::string(layout::root_tar) + "/" + path, sink, job);
    const std::string text = sink.text();
    const AgentConf conf = parse_agent_conf(text);
    const restore::AgentConfAddresses addresses = restore::addresses_in_agent_conf(text);
    facts.has_agent_conf = true;
    facts.has_ca_key = facts.has_ca_key || conf.ca_private_key.has_value();
    facts.mongo_version = conf.mongo_version;
    facts.state_port = conf.state_port;
    facts.api_port = addresses.api_port;
    facts.api_addresses = addresses.api_addresses;
    if (facts.machine_id.empty()) facts.machine_id = conf.machine_id;
    if (facts.version.is_zero()) facts.version = conf.version;
    if (facts.model_uuid.empty()) facts.model_uuid = conf.model_uuid;
    if (facts.controller_uuid.empty()) facts.controller_uuid = conf.controller_uuid;
  });
}

std::string known(const std::string& text) { return text == metadata_unknown_string ? "" : text; }

void take_record(BackupFacts& facts, Metadata record) {
  facts.has_ca_key = record.ca_private_key.has_value() && !record.ca_private_key->empty();
  record.ca_cert.reset();
  record.ca_private_key.reset();
  if (!record.version.is_unknown()) facts.version = record.version;
  facts.controller_uuid = known(record.controller_uuid);
  facts.model_uuid = known(record.model_uuid);
  facts.machine_id = known(record.controller_machine_id);
  if (facts.machine_id.empty()) facts.machine_id = known(record.machine);
  facts.hostname = known(record.hostname);
  facts.instance_id = known(record.controller_machine_instance_id);
  facts.series = known(record.series.value_or(""));
  facts.base = known(record.base.value_or(""));
  if (record.format_version > 0 && record.ha_nodes != metadata_unknown_integer) facts.ha_nodes = record.ha_nodes;
  facts.started = record.started;
  facts.metadata = std::move(record);
}

// What the record and agent.conf leave open. Version 0 has no number of nodes.
void take_dump_facts(BackupFacts& facts) {
  const DumpFacts& dump = facts.dump;
  if (facts.model_uuid.empty()) facts.model_uuid = dump.controller_model_uuid;
  if (facts.version.is_zero() && !dump.agent_version.empty()) facts.version = JujuVersion::parse(dump.agent_version);
  if (facts.ha_nodes <= 0) facts.ha_nodes = dump.ha_nodes();
  for (const MachineFact& machine : dump.controller_machines) {
    if (machine.id != facts.machine_id || !facts.series.empty() || !facts.base.empty()) continue;
    facts.series = machine.series;
    facts.base = machine.base;
  }
  if (facts.series.empty()) facts.series = machine::series_of_base(facts.base);
  if (facts.base.empty()) facts.base = machine::base_of_series(facts.series);
}

void take_tools(BackupFacts& facts) {
  std::map<std::string, AgentTools> found;
  const std::string prefix = facts.data_dir + "/tools/";
  for (const Entry& entry : facts.root_entries) {
    if (!entry.path.starts_with(prefix) || entry.type == EntryType::symlink) continue;
    const std::string name = entry.path.substr(prefix.size(), entry.path.find('/', prefix.size()) - prefix.size());
    if (const auto tools = restore::agent_tools_named(name)) found.emplace(name, *tools);
  }
  for (auto& [name, tools] : found) facts.tools.push_back(std::move(tools));
}

void take_what_is_odd(BackupFacts& facts) {
  for (const Entry& entry : facts.root_entries) {
    if (!restore::owned_unit(entry.path, facts.data_dir).empty()) continue;
    if (entry.type == EntryType::directory && restore::leads_to_owned(entry.path, facts.data_dir)) continue;
    facts.outside.push_back(entry.path);
  }
  facts.dangers = restore::find_dangers(facts);
  const std::pair<bool, const char*> parts[] = {{facts.metadata.has_value(), "metadata"},
                                                {facts.has_root_tar, "root.tar"},
                                                {facts.has_agent_conf, "agent.conf"},
                                                {facts.has_dump, "dump"},
                                                {facts.has_oplog, "oplog"}};
  for (const auto& [there, name] : parts) {
    if (!there) facts.missing.emplace_back(name);
  }
}

}  // namespace

BackupFacts read_backup_facts(Archive& archive, const VerifyOptions& verify, Job* job) {
  BackupFacts facts;
  facts.source = archive.name();
  facts.data_dir = "var/lib/juju";
  VerifyOptions in_full = verify;
  in_full.depth = Depth::full;
  facts.verification = archive.verify(in_full, job);
  std::optional<Metadata> record = std::exchange(facts.verification.metadata, std::nullopt);
  if (record) take_record(facts, std::move(*record));

  if_readable([&] {
    archive.for_each(
        true, [&](const Entry& entry) { take_entry(facts, entry); }, job);
  });
  std::sort(facts.collections.begin(), facts.collections.end(), [](const DumpCollection& a, const DumpCollection& b) {
    return std::pair(a.database, a.collection) < std::pair(b.database, b.collection);
  });
  take_agent_conf(facts, archive, job);
  if_readable([&] { facts.dump = read_dump_facts(archive, job); });
  if_readable([&] { take_dump_facts(facts); });
  if_readable([&] {
    restore::DumpMachines machines = restore::read_dump_machines(archive, facts.dump.controller_model_uuid, job);
    facts.controllers = std::move(machines.controllers);
    facts.agents = std::move(machines.agents);
  });
  take_tools(facts);
  take_what_is_odd(facts);
  return facts;
}

}  // namespace jujubackup
