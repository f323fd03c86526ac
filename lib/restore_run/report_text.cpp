#include <jujubackup/restore_run.hpp>

#include "base/json.hpp"
#include "base/text.hpp"

namespace jujubackup {
namespace {

std::string text_of(const MachineReport& machine) {
  std::string text = "       machine " + printable(machine.machine_id);
  if (!machine.address.empty()) text += " at " + printable(machine.address);
  text += machine.updated ? ": updated" : ": not updated";
  if (!machine.text.empty()) text += ", " + printable(machine.text);
  return text + "\n";
}

std::string text_of(const StepReport& step, std::size_t number) {
  std::string text = std::to_string(number) + ". " + step.step.name + ": " + std::string(name_of(step.state));
  if (!step.step.target.empty()) text += " (" + step.step.target + ")";
  text += "\n";
  if (!step.message.empty()) text += "   " + printable(step.message) + "\n";
  for (const std::string& warning : step.warnings) text += "   warning: " + printable(warning) + "\n";
  for (const MachineReport& machine : step.machines) text += text_of(machine);
  return text;
}

// What a person can do next.
std::string advice_of(const RestoreReport& report) {
  const std::string place = printable(report.work_dir);
  switch (report.state) {
    case RestoreState::interrupted: return "It stopped in the midst; resume or undo it.\n";
    case RestoreState::failed: return "Nothing was undone yet; resume or undo it.\n";
    case RestoreState::restored: return "What was replaced is kept in " + place + ": commit the restore to remove it, or undo it.\n";
    case RestoreState::undone: return "Everything is as it was before.\n";
    case RestoreState::undo_failed: return "Not everything was undone; what was kept is in " + place + ". Undo it again.\n";
    case RestoreState::committed: return "What was replaced is not kept any more.\n";
  }
  return "";
}

Value texts(const std::vector<std::string>& items) {
  Value::Array array;
  for (const std::string& item : items) array.emplace_back(item);
  return array;
}

Value value_of(const StepReport& step) {
  Value::Object object{{"name", step.step.name},
                       {"what", step.step.what},
                       {"target", step.step.target},
                       {"undoable", step.step.undoable},
                       {"state", name_of(step.state)}};
  if (!step.message.empty()) object.emplace_back("message", step.message);
  if (!step.warnings.empty()) object.emplace_back("warnings", texts(step.warnings));
  if (step.machines.empty()) return object;
  Value::Array machines;
  for (const MachineReport& machine : step.machines) {
    machines.emplace_back(Value::Object{{"machine", machine.machine_id},
                                        {"model-uuid", machine.model_uuid},
                                        {"address", machine.address},
                                        {"updated", machine.updated},
                                        {"text", machine.text}});
  }
  object.emplace_back("machines", std::move(machines));
  return object;
}

}  // namespace

std::string_view name_of(StepState state) noexcept {
  switch (state) {
    case StepState::pending: return "pending";
    case StepState::begun: return "begun";
    case StepState::done: return "done";
    case StepState::failed: return "failed";
    case StepState::undone: return "undone";
    case StepState::undo_failed: return "undo-failed";
  }
  return "unknown";
}

std::string_view name_of(RestoreState state) noexcept {
  switch (state) {
    case RestoreState::interrupted: return "interrupted";
    case RestoreState::restored: return "restored";
    case RestoreState::failed: return "failed";
    case RestoreState::undone: return "undone";
    case RestoreState::undo_failed: return "undo-failed";
    case RestoreState::committed: return "committed";
  }
  return "unknown";
}

std::string to_text(const RestoreReport& report) {
  std::string text = "Restore (" + std::string(name_of(report.kind)) + ") from " + printable(report.source) + ": " +
                     std::string(name_of(report.state)) + "\n";
  std::size_t number = 0;
  for (const StepReport& step : report.steps) text += text_of(step, ++number);
  if (!report.error.empty()) text += "Error: " + printable(report.error) + "\n";
  text += advice_of(report);
  if (!report.commands_after.empty()) text += "Run afterwards\n";
  for (const std::string& command : report.commands_after) text += "  " + printable(command) + "\n";
  return text;
}

std::string to_json(const RestoreReport& report) {
  Value::Array steps;
  for (const StepReport& step : report.steps) steps.push_back(value_of(step));
  Value::Object object{{"state", name_of(report.state)}, {"kind", name_of(report.kind)},        {"source", report.source},
                       {"work-dir", report.work_dir},    {"started", report.started.rfc3339()}, {"ended", report.ended.rfc3339()}};
  if (!report.error.empty()) object.emplace_back("error", report.error);
  object.emplace_back("steps", std::move(steps));
  object.emplace_back("commands-after", texts(report.commands_after));
  return write_json(object, JsonStyle::indented);
}

}  // namespace jujubackup
