#include <algorithm>
#include <array>
#include <utility>

#include <jujubackup/restore.hpp>

namespace jujubackup {
namespace {

constexpr std::array<std::pair<RestoreKind, std::string_view>, 6> kinds{{
    {RestoreKind::database_only, "database-only"},
    {RestoreKind::full_machine, "full-machine"},
    {RestoreKind::copy_controller, "copy-controller"},
    {RestoreKind::files_only, "files-only"},
    {RestoreKind::recover_survivor, "recover-survivor"},
    {RestoreKind::single_then_enable_ha, "single-then-enable-ha"},
}};

struct ActionName {
  std::string_view operator()(const StopAgent&) const noexcept { return "stop-agent"; }
  std::string_view operator()(const StartAgent&) const noexcept { return "start-agent"; }
  std::string_view operator()(const StopDatabase&) const noexcept { return "stop-database"; }
  std::string_view operator()(const StartDatabase&) const noexcept { return "start-database"; }
  std::string_view operator()(const SaveCollections&) const noexcept { return "save-collections"; }
  std::string_view operator()(const SaveFiles&) const noexcept { return "save-files"; }
  std::string_view operator()(const UnpackRoot&) const noexcept { return "unpack-root"; }
  std::string_view operator()(const RewriteAgentConf&) const noexcept { return "rewrite-agent-conf"; }
  std::string_view operator()(const InstallServices&) const noexcept { return "install-services"; }
  std::string_view operator()(const InitiateReplicaSet&) const noexcept { return "initiate-replica-set"; }
  std::string_view operator()(const SetDatabaseUser&) const noexcept { return "set-database-user"; }
  std::string_view operator()(const RestoreDatabase&) const noexcept { return "restore-database"; }
  std::string_view operator()(const MergeController&) const noexcept { return "merge-controller"; }
  std::string_view operator()(const FixDatabase&) const noexcept { return "fix-database"; }
  std::string_view operator()(const SetAgentVersion&) const noexcept { return "set-agent-version"; }
  std::string_view operator()(const UpdateAgents&) const noexcept { return "update-agents"; }
  std::string_view operator()(const WaitDatabase&) const noexcept { return "wait-database"; }
  std::string_view operator()(const WaitAgents&) const noexcept { return "wait-agents"; }
};

}  // namespace

std::string_view name_of(RestoreKind kind) noexcept {
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const auto& each) { return each.first == kind; });
  return found == kinds.end() ? "unknown" : found->second;
}

std::optional<RestoreKind> restore_kind_named(std::string_view name) noexcept {
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const auto& each) { return each.second == name; });
  if (found == kinds.end()) return std::nullopt;
  return found->first;
}

std::string_view name_of(CheckState state) noexcept {
  switch (state) {
    case CheckState::ok: return "ok";
    case CheckState::warning: return "warning";
    case CheckState::blocker: return "blocker";
  }
  return "unknown";
}

std::string_view name_of(const RestoreAction& action) { return std::visit(ActionName(), action); }

bool RestorePlan::blocked() const noexcept {
  return std::any_of(checks.begin(), checks.end(), [](const RestoreCheck& check) { return check.state == CheckState::blocker; });
}

const RestoreCheck* RestorePlan::check(std::string_view name) const noexcept {
  const auto found = std::find_if(checks.begin(), checks.end(), [&](const RestoreCheck& check) { return check.name == name; });
  return found == checks.end() ? nullptr : &*found;
}

}  // namespace jujubackup
