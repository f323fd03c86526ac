#include <jujubackup/restore.hpp>

#include "base/text.hpp"
#include "restore/checks.hpp"

namespace jujubackup {
namespace {

std::string known(const std::string& text) { return text.empty() ? "not known" : printable(text); }
std::string known(const JujuVersion& version) { return version.is_zero() ? "not known" : version.to_string(); }

std::string line(std::string_view name, const std::string& value) {
  constexpr std::size_t width = 14;
  std::string text = "  " + std::string(name) + ":";
  text.append(text.size() < width + 2 ? width + 2 - text.size() : 1, ' ');
  return text + value + "\n";
}

std::string backup_text(const BackupFacts& backup) {
  std::string text = "Backup " + printable(backup.source) + "\n";
  text += line("created at", backup.started.is_zero() ? "not known" : backup.started.rfc3339());
  text += line("controller", known(backup.controller_uuid));
  text += line("model", known(backup.model_uuid));
  text += line("machine", known(backup.machine_id) + (backup.hostname.empty() ? "" : ", " + printable(backup.hostname)));
  text += line("Juju", known(backup.version));
  text += line("base", known(backup.base.empty() ? backup.series : backup.base));
  text += line("mongod", known(backup.mongo_version));
  text += line("HA nodes", backup.ha_nodes > 0 ? std::to_string(backup.ha_nodes) : "not known");
  text += line("models", std::to_string(backup.dump.models.size()));
  text += line("clouds", std::to_string(backup.dump.clouds.size()));
  if (!backup.missing.empty()) text += line("missing", restore::listed(backup.missing));
  return text;
}

std::string target_text(const TargetFacts& target) {
  std::string text = "Target " + printable(target.root) + "\n";
  const auto& database = target.database;
  const std::string& controller = database && !database->controller_uuid.empty() ? database->controller_uuid : target.controller_uuid;
  const std::string& model = database && !database->controller_model_uuid.empty() ? database->controller_model_uuid : target.model_uuid;
  text += line("controller", known(controller));
  text += line("model", known(model));
  text += line("machine", known(target.machine_id) + (target.hostname.empty() ? "" : ", " + printable(target.hostname)));
  text += line("Juju", known(database && !database->version.is_zero() ? database->version : target.version));
  text += line("base", known(target.base.empty() ? target.series : target.base));
  text += line("mongod", known(database && !database->mongo_version.empty() ? database->mongo_version : target.mongo_version));
  if (!database) return text + line("database", "not known: " + printable(target.database_problem));
  text += line("HA nodes", std::to_string(database->controller_machines.size()));
  return text + line("models", std::to_string(database->models.size()));
}

std::string steps_text(const std::vector<RestoreStep>& steps) {
  std::string text;
  std::size_t number = 0;
  for (const RestoreStep& step : steps) {
    text += std::to_string(++number) + ". " + step.name + ": " + step.what + "\n";
    text += "   on: " + step.target + "\n";
    if (!step.needs.empty()) text += "   needs: " + restore::listed(step.needs) + "\n";
    if (!step.undoable) text += "   undo: not possible; can be run again\n";
    if (!step.undo.empty()) text += "   undo: " + step.undo + "\n";
  }
  return text;
}

}  // namespace

std::string checks_to_text(const RestorePlan& plan) {
  std::string text;
  for (const RestoreCheck& check : plan.checks) {
    text += std::string(name_of(check.state)) + " " + check.name + ": " + check.explanation;
    if (check.state == CheckState::blocker && !check.override_option.empty()) text += " [" + check.override_option + "]";
    text += "\n";
  }
  return text;
}

std::string to_text(const RestorePlan& plan) {
  std::string text = backup_text(plan.backup) + "\n" + target_text(plan.target);
  text += "\nChecks\n" + checks_to_text(plan);
  if (!plan.commands_before.empty()) text += "\nRun before\n";
  for (const std::string& command : plan.commands_before) text += "  " + printable(command) + "\n";
  text += "\nSteps of " + std::string(name_of(plan.kind)) + "\n" + steps_text(plan.steps);
  if (!plan.commands_after.empty()) text += "\nRun afterwards\n";
  for (const std::string& command : plan.commands_after) text += "  " + printable(command) + "\n";
  if (plan.blocked()) text += "\nThis restore is blocked: see the checks.\n";
  return text;
}

}  // namespace jujubackup
