#include "restore_run/service_steps.hpp"

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "restore_run/hosts_and_services.hpp"

namespace jujubackup::restore_run {
namespace {

// What undo has to know: an agent that was stopped before is stopped after.
Value whether_active(const ControllerHost& host, const std::string& service, StepContext& context) {
  return Value::Object{{"active", services_of(context).is_active(host, service, context.job)}};
}

bool was_active(const Value& prepared) {
  const Value* active = prepared.find("active");
  return active != nullptr && active->boolean() != nullptr && *active->boolean();
}

void stop(const ControllerHost& host, const std::string& service, const Value& prepared, StepContext& context) {
  if (!was_active(prepared)) {
    context.report->warnings.push_back(printable(service) + " was not running on " + place_of(host) + ", and undo would not start it");
  }
  services_of(context).stop(host, service, context.job);
}

void undo_stop(const ControllerHost& host, const std::string& service, const Value& prepared, StepContext& context) {
  if (was_active(prepared)) services_of(context).start(host, service, context.job);
}

void undo_start(const ControllerHost& host, const std::string& service, const Value& prepared, StepContext& context) {
  if (!was_active(prepared)) services_of(context).stop(host, service, context.job);
}

std::vector<std::string> texts_in(const Value* list) {
  std::vector<std::string> texts;
  if (list == nullptr || list->array() == nullptr) return texts;
  for (const Value& each : *list->array()) {
    if (each.string() != nullptr) texts.push_back(*each.string());
  }
  return texts;
}

std::string service_of(const std::string& unit_file) {
  const std::string name = unit_file.substr(unit_file.rfind('/') + 1);
  return name.substr(0, name.rfind(".service"));
}

}  // namespace

Value prepare(const StopAgent& step, StepContext& context) { return whether_active(step.host, step.service, context); }
void act(const StopAgent& step, const Value& prepared, StepContext& context) { stop(step.host, step.service, prepared, context); }
void undo(const StopAgent& step, const Value& prepared, StepContext& context) { undo_stop(step.host, step.service, prepared, context); }

Value prepare(const StartAgent& step, StepContext& context) { return whether_active(step.host, step.service, context); }
void act(const StartAgent& step, const Value&, StepContext& context) { services_of(context).start(step.host, step.service, context.job); }
void undo(const StartAgent& step, const Value& prepared, StepContext& context) { undo_start(step.host, step.service, prepared, context); }

Value prepare(const StopDatabase& step, StepContext& context) { return whether_active(this_machine(), step.service, context); }
void act(const StopDatabase& step, const Value& prepared, StepContext& context) { stop(this_machine(), step.service, prepared, context); }
void undo(const StopDatabase& step, const Value& prepared, StepContext& context) {
  undo_stop(this_machine(), step.service, prepared, context);
}

Value prepare(const StartDatabase& step, StepContext& context) { return whether_active(this_machine(), step.service, context); }
void act(const StartDatabase& step, const Value&, StepContext& context) {
  services_of(context).start(this_machine(), step.service, context.job);
  wait_for_mongod(step, context);
}
void undo(const StartDatabase& step, const Value& prepared, StepContext& context) {
  undo_start(this_machine(), step.service, prepared, context);
}

Value prepare(const InstallServices& step, StepContext& context) {
  Value::Array added;
  for (const std::string& file : step.unit_files) {
    const std::string service = service_of(file);
    if (!services_of(context).is_known(service, context.job)) added.emplace_back(service);
  }
  return Value::Object{{"added", std::move(added)}};
}
void act(const InstallServices& step, const Value&, StepContext& context) {
  // As the init system sees them, which for another root is told of it.
  std::vector<std::string> files;
  for (const std::string& file : step.unit_files) files.push_back(file.starts_with('/') ? file : "/" + file);
  services_of(context).install(files, context.job);
}
void undo(const InstallServices&, const Value& prepared, StepContext& context) {
  const std::vector<std::string> added = texts_in(prepared.find("added"));
  if (!added.empty()) services_of(context).uninstall(added, context.job);
}

Value prepare(const WaitAgents&, StepContext&) { return {}; }
void act(const WaitAgents& step, const Value&, StepContext& context) { wait_for_agents(step, context); }
void undo(const WaitAgents&, const Value&, StepContext&) {}

}  // namespace jujubackup::restore_run
