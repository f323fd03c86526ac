#include <unistd.h>

#include <sys/stat.h>
#include <algorithm>
#include <cstdlib>
#include <set>

#include <jujubackup/error.hpp>
#include <jujubackup/restore.hpp>

#include "io/walk.hpp"
#include "machine/host_facts.hpp"
#include "machine/place.hpp"
#include "restore/agent_conf_addresses.hpp"
#include "restore/services.hpp"

namespace jujubackup {
namespace {

constexpr std::size_t max_conf_bytes = std::size_t{1} << 20;

void take_agent_conf(TargetFacts& facts, const ControllerPlace& place) {
  try {
    const AgentConf conf = read_agent_conf(place);
    const std::string path = join_path(place.root, facts.data_dir + "/agents/" + machine::agent_name(conf.machine_id) + "/agent.conf");
    const restore::AgentConfAddresses addresses = restore::addresses_in_agent_conf(read_small_file(path, max_conf_bytes));
    facts.has_agent_conf = true;
    facts.machine_id = conf.machine_id;
    facts.controller_uuid = conf.controller_uuid;
    facts.model_uuid = conf.model_uuid;
    facts.version = conf.version;
    facts.mongo_version = conf.mongo_version;
    facts.state_port = conf.state_port;
    facts.api_port = addresses.api_port;
    facts.api_addresses = addresses.api_addresses;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::permission) throw;
    facts.agent_conf_problem = error.what();
  }
}

void take_agents(TargetFacts& facts, const std::string& data) {
  for (const std::string& name : glob_names(data + "/agents", "*")) {
    (name.starts_with("machine-") ? facts.machine_agents : facts.other_agents).push_back(name);
  }
}

void take_services(TargetFacts& facts, const std::string& root) {
  constexpr std::string_view suffix = ".service";
  std::set<std::string> found;
  for (const char* folder : {"/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system", "/run/systemd/system"}) {
    for (const char* pattern : {"jujud-*.service", "juju-db.service", "snap.juju-db.daemon.service"}) {
      for (const std::string& name : glob_names(machine::under(root, folder), pattern)) {
        found.insert(name.substr(0, name.size() - suffix.size()));
      }
    }
  }
  facts.services.assign(found.begin(), found.end());
}

template <typename F>
std::string program_or_nothing(F&& find) {
  try {
    return find();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    return "";
  }
}

// Of the volume that holds `path` or its nearest existing parent.
dev_t volume_of(std::string path) {
  struct stat status = {};
  while (::stat(path.c_str(), &status) != 0) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos || path == "/") return 0;
    path.resize(std::max<std::size_t>(slash, 1));
  }
  return status.st_dev;
}

std::string staging_dir_of(const RestoreOptions& options) {
  if (!options.staging_dir.empty()) return options.staging_dir;
  const char* from_environment = std::getenv("TMPDIR");
  return from_environment != nullptr && *from_environment != '\0' ? from_environment : "/tmp";
}

void take_database(TargetFacts& facts, DatabaseView* database, Job* job) {
  if (database == nullptr) {
    facts.database_problem = "it was not asked";
    return;
  }
  try {
    facts.database = database->facts(job);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    facts.database_problem = error.what();
  }
}

}  // namespace

TargetFacts read_target_facts(const RestoreOptions& options, DatabaseView* database, Job* job) {
  const ControllerPlace& place = options.place;
  TargetFacts facts;
  facts.root = place.root;
  facts.data_dir = machine::data_name(place);
  facts.machine_id = place.machine_id;
  const std::string data = join_path(place.root, facts.data_dir);
  take_agent_conf(facts, place);
  take_agents(facts, data);
  facts.hostname = machine::hostname_at(place.root);
  const machine::Release release = machine::release_at(place.root);
  facts.series = release.series.empty() ? machine::series_of_base(release.base) : release.series;
  facts.base = release.base.empty() ? machine::base_of_series(release.series) : release.base;
  facts.is_root = ::geteuid() == 0;
  for (const std::string& name : glob_names(data + "/tools", "*")) {
    if (look_at(join_path(data + "/tools", name)).kind != FileKind::directory) continue;
    if (auto tools = restore::agent_tools_named(name)) facts.tools.push_back(std::move(*tools));
  }
  take_services(facts, place.root);
  facts.needs_mongo_tools = database == nullptr || database->needs_tools();
  take_database(facts, database, job);

  const JujuVersion version = facts.database && !facts.database->version.is_zero() ? facts.database->version : facts.version;
  facts.mongorestore = options.mongorestore;
  if (facts.mongorestore.empty()) facts.mongorestore = program_or_nothing([&] { return find_mongorestore(place, version); });
  facts.mongodump = program_or_nothing([&] { return find_mongodump(place, version); });

  const std::string staging = staging_dir_of(options);
  facts.staging_dir = staging;
  facts.staging_free_bytes = space_at(staging).free_bytes;
  facts.data_free_bytes = space_at(data).free_bytes;
  facts.same_volume = volume_of(staging) == volume_of(data);
  return facts;
}

}  // namespace jujubackup
