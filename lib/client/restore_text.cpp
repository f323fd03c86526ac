#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <jujubackup/client_backup.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"

namespace jujubackup {

std::string_view name_of(ClientAction action) noexcept {
  switch (action) {
    case ClientAction::create: return "create";
    case ClientAction::overwrite: return "overwrite";
    case ClientAction::same: return "same";
    case ClientAction::leave: return "leave";
    case ClientAction::merge: return "merge";
    case ClientAction::refuse: return "refuse";
  }
  return "unknown";
}

std::string_view name_of(ClientDifference difference) noexcept {
  switch (difference) {
    case ClientDifference::only_in_backup: return "only-in-backup";
    case ClientDifference::only_here: return "only-here";
    case ClientDifference::same: return "same";
    case ClientDifference::differs: return "differs";
  }
  return "unknown";
}

std::string_view name_of(ClientRestoreState state) noexcept {
  switch (state) {
    case ClientRestoreState::staged: return "staged";
    case ClientRestoreState::stopped: return "stopped";
    case ClientRestoreState::restored: return "restored";
    case ClientRestoreState::committing: return "committing";
    case ClientRestoreState::undoing: return "undoing";
    case ClientRestoreState::changed: return "changed";
  }
  return "unknown";
}

bool ClientRestorePlan::needs_force() const noexcept {
  const bool overwrites =
      std::any_of(paths.begin(), paths.end(), [](const ClientRestorePath& path) { return path.action == ClientAction::overwrite; });
  // The files stay; the entries in them would be lost.
  const bool loses_entries = merge && std::any_of(controllers.begin(), controllers.end(), [](const ClientRestoreController& controller) {
                               return controller.wanted && controller.difference == ClientDifference::differs;
                             });
  return overwrites || loses_entries;
}

bool ClientRestorePlan::changes() const noexcept {
  return std::any_of(paths.begin(), paths.end(), [](const ClientRestorePath& path) {
    return path.action == ClientAction::create || path.action == ClientAction::overwrite || path.action == ClientAction::merge;
  });
}

namespace {

Value value_of(const ClientRestorePlan& plan) {
  Value::Array paths;
  for (const ClientRestorePath& path : plan.paths) {
    Value::Object object{{"path", path.path}, {"action", name_of(path.action)}};
    if (path.type == EntryType::directory) object.emplace_back("type", "directory");
    if (path.type == EntryType::symlink) object.emplace_back("type", "link");
    if (!path.note.empty()) object.emplace_back("note", path.note);
    paths.emplace_back(std::move(object));
  }
  Value::Array controllers;
  for (const ClientRestoreController& controller : plan.controllers) {
    Value::Object object{
        {"name", controller.name}, {"difference", name_of(controller.difference)}, {"account", name_of(controller.account)}};
    if (!controller.user_in_backup.empty()) object.emplace_back("user-in-backup", controller.user_in_backup);
    if (!controller.user_here.empty()) object.emplace_back("user-here", controller.user_here);
    object.emplace_back("wanted", controller.wanted);
    controllers.emplace_back(std::move(object));
  }
  return Value::Object{{"directory", plan.directory},
                       {"merge", plan.merge},
                       {"needs-force", plan.needs_force()},
                       {"changes", plan.changes()},
                       {"paths", std::move(paths)},
                       {"controllers", std::move(controllers)},
                       {"warnings", Value::Array(plan.warnings.begin(), plan.warnings.end())}};
}

}  // namespace

std::string to_json(const ClientRestorePlan& plan) { return write_json(value_of(plan), JsonStyle::indented); }
std::string to_yaml(const ClientRestorePlan& plan) { return write_yaml(value_of(plan)); }

std::string to_text(const ClientRestorePlan& plan) {
  std::string text = fmt::format("{} {}\n", plan.merge ? "merge into" : "restore to", printable(plan.directory));
  for (const ClientRestorePath& path : plan.paths) {
    text += fmt::format("  {:<10}{}{}{}\n", name_of(path.action), printable(path.path), path.type == EntryType::directory ? "/" : "",
                        path.note.empty() ? "" : " (" + path.note + ")");
  }
  for (const ClientRestoreController& controller : plan.controllers) {
    if (!controller.wanted) continue;
    text += fmt::format("controller {}: {}", printable(controller.name), name_of(controller.difference));
    if (controller.account == ClientDifference::differs) text += ", another account";
    if (controller.user_here != controller.user_in_backup && !controller.user_here.empty() && !controller.user_in_backup.empty()) {
      text += fmt::format(" (user {} here, {} in the backup)", printable(controller.user_here), printable(controller.user_in_backup));
    }
    text += "\n";
  }
  for (const std::string& warning : plan.warnings) text += "warning: " + printable(warning) + "\n";
  if (!plan.changes()) text += "nothing would change\n";
  if (plan.needs_force()) text += "what differs is overwritten only with force\n";
  return text;
}

}  // namespace jujubackup
