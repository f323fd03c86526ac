#include "restore_run/dispatch.hpp"

#include <type_traits>
#include <variant>

#include "restore_run/agent_steps.hpp"
#include "restore_run/database_steps.hpp"
#include "restore_run/file_steps.hpp"
#include "restore_run/fix_steps.hpp"
#include "restore_run/service_steps.hpp"

namespace jujubackup::restore_run {
namespace {

template <typename T, typename... Ts>
constexpr bool is_one_of = (std::is_same_v<T, Ts> || ...);

// No action but these does without tools.
template <typename T>
constexpr bool needs_files_only = is_one_of<T, SaveFiles, UnpackRoot, RewriteAgentConf>;
template <typename T>
constexpr bool needs_services = is_one_of<T, StopAgent, StartAgent, StopDatabase, StartDatabase, InstallServices, WaitAgents>;
template <typename T>
constexpr bool needs_hosts = is_one_of<T, SetAgentVersion, UpdateAgents>;

template <typename T>
std::string lacking(const T& action, const RestoreTools& tools) {
  if constexpr (needs_files_only<T>) {
    return "";
  } else if constexpr (needs_services<T>) {
    return tools.services == nullptr ? "an init system" : "";
  } else if constexpr (needs_hosts<T>) {
    bool here = false;
    if constexpr (std::is_same_v<T, SetAgentVersion>) here = action.host.here;
    return tools.hosts == nullptr && !here ? "a way to other machines" : "";
  } else {
    if (tools.database == nullptr) return "a database";
    if constexpr (std::is_same_v<T, RestoreDatabase>) {
      if (!action.service.empty() && tools.services == nullptr) return "an init system";
    }
    return "";
  }
}

}  // namespace

Value prepare_step(const RestoreAction& action, StepContext& context) {
  return std::visit([&](const auto& each) { return prepare(each, context); }, action);
}

void act_step(const RestoreAction& action, const Value& prepared, StepContext& context) {
  std::visit([&](const auto& each) { act(each, prepared, context); }, action);
}

void undo_step(const RestoreAction& action, const Value& prepared, StepContext& context) {
  std::visit([&](const auto& each) { undo(each, prepared, context); }, action);
}

std::string lacking_tool(const RestoreAction& action, const RestoreTools& tools) {
  return std::visit([&](const auto& each) { return lacking(each, tools); }, action);
}

}  // namespace jujubackup::restore_run
