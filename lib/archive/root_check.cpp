#include "archive/root_check.hpp"

#include <string>

#include "archive/layout.hpp"

namespace jujubackup {

namespace {

// The data directory may be configured to lie elsewhere, so paths are told by how they end. The shared secret is in the data
// directory, or in that of the juju-db snap.
struct Wanted {
  std::string_view usual_place;
  bool (*is)(std::string_view path);
};

bool is_agent_conf(std::string_view path) {
  constexpr std::string_view end = "/agent.conf";
  if (!path.ends_with(end)) return false;
  path.remove_suffix(end.size());
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return false;
  return path.substr(0, slash).ends_with("agents") && path.substr(slash + 1).starts_with("machine-");
}

constexpr std::array<Wanted, 5> table{{
    {"var/lib/juju/system-identity", [](std::string_view path) { return path.ends_with("/system-identity"); }},
    {"var/lib/juju/server.pem", [](std::string_view path) { return path.ends_with("/server.pem"); }},
    {"var/lib/juju/shared-secret", [](std::string_view path) { return path.ends_with("/shared-secret"); }},
    {"var/lib/juju/tools",
     [](std::string_view path) { return path.ends_with("/tools") || path.find("/tools/") != std::string_view::npos; }},
    {"var/lib/juju/agents/machine-*/agent.conf", is_agent_conf},
}};

}  // namespace

void RootCheck::entry(const Entry& entry) {
  static_assert(table.size() == wanted);
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (!seen_[i] && table[i].is(entry.path)) seen_[i] = true;
  }
}

void RootCheck::finish(Findings& findings) const {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (!seen_[i]) findings.add("root-file-missing", layout::root_tar, "it holds no " + std::string(table[i].usual_place));
  }
}

}  // namespace jujubackup
