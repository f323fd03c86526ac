#include "machine/place.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <jujubackup/error.hpp>

#include "io/tree_writer.hpp"
#include "io/walk.hpp"

namespace jujubackup::machine {

std::string under(const std::string& root, std::string path) {
  path.erase(0, path.find_first_not_of('/'));
  return join_path(root, path);
}

std::string data_name(const ControllerPlace& place) {
  std::string name = place.data_dir;
  const bool absolute = name.starts_with('/');
  while (name.ends_with('/')) name.pop_back();
  name.erase(0, name.find_first_not_of('/'));
  bool safe = absolute;
  try {
    check_relative_path(name);
  } catch (const Error&) {
    safe = false;
  }
  if (!safe) throw Error(ErrorCode::invalid_argument, "the data directory must be an absolute path without \"..\"");
  return name;
}

std::vector<std::string> machine_ids(const ControllerPlace& place) {
  const std::string agents = join_path(place.root, data_name(place) + "/agents");
  constexpr std::string_view prefix = "machine-";
  std::vector<std::string> ids;
  for (const std::string& name : glob_names(agents, "machine-*")) {
    if (look_at(join_path(join_path(agents, name), "agent.conf")).kind == FileKind::missing) continue;
    std::string id = name.substr(prefix.size());
    std::replace(id.begin(), id.end(), '-', '/');
    ids.push_back(std::move(id));
  }
  return ids;
}

std::string agent_name(std::string machine_id) {
  std::replace(machine_id.begin(), machine_id.end(), '/', '-');
  return "machine-" + machine_id;
}

}  // namespace jujubackup::machine
