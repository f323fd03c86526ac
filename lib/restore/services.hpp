// Names of folders below tools/, and where Juju's services come from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/restore.hpp>

namespace jujubackup::restore {

// "2.9.50-ubuntu-amd64", "2.0-beta1.1-xenial-amd64"; nothing for other names.
std::optional<AgentTools> agent_tools_named(std::string_view name);
const AgentTools* tools_of(const std::vector<AgentTools>& tools, const JujuVersion& version) noexcept;

std::string agent_service(const std::string& machine_id);  // "jujud-machine-0"
bool has_service(const TargetFacts& target, std::string_view service) noexcept;
// The one that runs mongod on the target; "" if there is none.
std::string database_service(const TargetFacts& target);

// "4.4" of "4.4.30" and of "3.2.15/wiredTiger"; "" if it is no version.
std::string mongo_series(std::string_view version);
// The generation of the first of these that says something; else the one that this Juju came with.
MongoGeneration generation_of(const std::vector<std::string>& mongo_versions, const JujuVersion& juju);

bool same_release(const JujuVersion& a, const JujuVersion& b);  // without the build number
bool is_older_release(const JujuVersion& a, const JujuVersion& b);

}  // namespace jujubackup::restore
