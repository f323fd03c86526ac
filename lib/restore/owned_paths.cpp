#include "restore/owned_paths.hpp"

#include <algorithm>
#include <set>

namespace jujubackup::restore {
namespace {

constexpr std::string_view snap_secret = "var/snap/juju-db/common/shared-secret";
constexpr std::string_view authorized_keys = "home/ubuntu/.ssh/authorized_keys";

bool is_at_or_below(std::string_view path, std::string_view place) {
  return path.starts_with(place) && (path.size() == place.size() || path[place.size()] == '/');
}

}  // namespace

std::string owned_unit(std::string_view path, std::string_view data_dir) {
  if (path == snap_secret || path == authorized_keys) return std::string(path);
  if (!is_at_or_below(path, data_dir) || path.size() <= data_dir.size() + 1) return "";
  const std::string_view inside = path.substr(data_dir.size() + 1);
  const auto below_data = [&](std::string_view name) { return std::string(data_dir).append("/").append(name); };
  for (const std::string_view folder : {"tools", "init"}) {
    if (is_at_or_below(inside, folder)) return below_data(folder);
  }
  for (const std::string_view file : {"system-identity", "server.pem", "shared-secret", "nonce.txt"}) {
    if (inside == file) return below_data(file);
  }
  constexpr std::string_view agents = "agents/machine-";
  if (inside.starts_with(agents) && inside.size() > agents.size()) return below_data(inside.substr(0, inside.find('/', agents.size())));
  return "";
}

bool leads_to_owned(std::string_view path, std::string_view data_dir) {
  const std::string agents = std::string(data_dir) + "/agents";
  for (const std::string_view owned : {snap_secret, authorized_keys, std::string_view(agents)}) {
    if (is_at_or_below(owned, path)) return true;
  }
  return false;
}

std::vector<std::string> units_of(const BackupFacts& backup) {
  std::set<std::string> units;
  for (const Entry& entry : backup.root_entries) {
    std::string unit = owned_unit(entry.path, backup.data_dir);
    if (!unit.empty()) units.insert(std::move(unit));
  }
  return {units.begin(), units.end()};
}

std::vector<std::string> units_to_save(const BackupFacts& backup, const TargetFacts& target) {
  const std::vector<std::string> in_backup = units_of(backup);
  std::set<std::string> units(in_backup.begin(), in_backup.end());
  for (const std::string& agent : target.machine_agents) units.insert(target.data_dir + "/agents/" + agent);
  units.insert(target.data_dir + "/init");
  units.insert(target.data_dir + "/tools");
  return {units.begin(), units.end()};
}

}  // namespace jujubackup::restore
