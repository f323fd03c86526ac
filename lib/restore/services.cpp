#include <algorithm>
#include <charconv>

#include <jujubackup/error.hpp>

#include "machine/place.hpp"
#include "restore/services.hpp"

namespace jujubackup::restore {

std::optional<AgentTools> agent_tools_named(std::string_view name) {
  // <version>-<os or series>-<architecture>; a version may have one "-" of its own.
  const std::size_t last = name.rfind('-');
  if (last == std::string_view::npos || last == 0) return std::nullopt;
  const std::size_t before = name.rfind('-', last - 1);
  if (before == std::string_view::npos || before == 0) return std::nullopt;
  try {
    return AgentTools{JujuVersion::parse(name.substr(0, before)), std::string(name)};
  } catch (const Error&) {
    return std::nullopt;
  }
}

const AgentTools* tools_of(const std::vector<AgentTools>& tools, const JujuVersion& version) noexcept {
  const auto found = std::find_if(tools.begin(), tools.end(), [&](const AgentTools& each) { return each.version == version; });
  return found == tools.end() ? nullptr : &*found;
}

std::string agent_service(const std::string& machine_id) { return "jujud-" + machine::agent_name(machine_id); }

bool has_service(const TargetFacts& target, std::string_view service) noexcept {
  return std::find(target.services.begin(), target.services.end(), service) != target.services.end();
}

std::string database_service(const TargetFacts& target) {
  for (const std::string_view service : {"snap.juju-db.daemon", "juju-db"}) {
    if (has_service(target, service)) return std::string(service);
  }
  return "";
}

std::string mongo_series(std::string_view version) {
  const std::size_t dot = version.find('.');
  if (dot == std::string_view::npos) return "";
  const std::size_t end = std::min(version.find_first_not_of("0123456789", dot + 1), version.size());
  const bool digits = version.find_first_not_of("0123456789") == dot && dot > 0 && end > dot + 1;
  return digits ? std::string(version.substr(0, end)) : "";
}

MongoGeneration generation_of(const std::vector<std::string>& mongo_versions, const JujuVersion& juju) {
  for (const std::string& version : mongo_versions) {
    const std::string series = mongo_series(version);
    if (series.empty()) continue;
    int major = 0;
    std::from_chars(series.data(), series.data() + series.size(), major);
    return major < 3 ? MongoGeneration::offline : major == 3 ? MongoGeneration::oplog : MongoGeneration::modern;
  }
  if (juju.major < 2) return MongoGeneration::offline;
  return juju < JujuVersion{2, 9, "", 0, 0} ? MongoGeneration::oplog : MongoGeneration::modern;
}

bool same_release(const JujuVersion& a, const JujuVersion& b) {
  JujuVersion without_build = a;
  without_build.build = b.build;
  return without_build == b;
}

bool is_older_release(const JujuVersion& a, const JujuVersion& b) {
  JujuVersion without_build = a;
  without_build.build = b.build;
  return without_build < b;
}

}  // namespace jujubackup::restore
