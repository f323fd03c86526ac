// What became of a restore.
#include <jujubackup/restore_run.hpp>

#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::RestoreReport;
using jujubackup::RestoreStep;
using jujubackup::StepReport;
using jujubackup::StepState;

namespace {

const StepReport* step_at(const jjb_restore_report* handle, std::size_t index) {
  return handle == nullptr ? nullptr : capi::at(handle->report.steps, index);
}

const char* step_text(const jjb_restore_report* handle, std::size_t index, std::string RestoreStep::*member) {
  const StepReport* step = step_at(handle, index);
  return step == nullptr ? nullptr : (step->step.*member).c_str();
}

const char* text(const jjb_restore_report* handle, std::string RestoreReport::*member) {
  return handle == nullptr ? nullptr : (handle->report.*member).c_str();
}

template <typename F>
std::int32_t dup(const jjb_restore_report* handle, char** out, jjb_error** error, F&& make) {
  return guard(error, [&] {
    char*& into = capi::result(out, "text");
    into = capi::dup_text(make(capi::require(handle, "report").report));
  });
}

}  // namespace

int32_t jjb_restore_report_get_state(const jjb_restore_report* report) {
  return report == nullptr ? 0 : static_cast<std::int32_t>(report->report.state);
}
int32_t jjb_restore_report_get_kind(const jjb_restore_report* report) {
  return report == nullptr ? 0 : static_cast<std::int32_t>(report->report.kind);
}
const char* jjb_restore_report_get_source(const jjb_restore_report* report) { return text(report, &RestoreReport::source); }
const char* jjb_restore_report_get_work_dir(const jjb_restore_report* report) { return text(report, &RestoreReport::work_dir); }
int32_t jjb_restore_report_get_started(const jjb_restore_report* report, int64_t* seconds, uint32_t* nanoseconds) {
  return capi::give_time(report == nullptr ? nullptr : &report->report.started, seconds, nanoseconds);
}
int32_t jjb_restore_report_get_ended(const jjb_restore_report* report, int64_t* seconds, uint32_t* nanoseconds) {
  return capi::give_time(report == nullptr ? nullptr : &report->report.ended, seconds, nanoseconds);
}
const char* jjb_restore_report_get_error(const jjb_restore_report* report) { return text(report, &RestoreReport::error); }

size_t jjb_restore_report_get_step_count(const jjb_restore_report* report) { return report == nullptr ? 0 : report->report.steps.size(); }
const char* jjb_restore_report_get_step_name(const jjb_restore_report* report, size_t index) {
  return step_text(report, index, &RestoreStep::name);
}
const char* jjb_restore_report_get_step_what(const jjb_restore_report* report, size_t index) {
  return step_text(report, index, &RestoreStep::what);
}
const char* jjb_restore_report_get_step_target(const jjb_restore_report* report, size_t index) {
  return step_text(report, index, &RestoreStep::target);
}
int32_t jjb_restore_report_get_step_state(const jjb_restore_report* report, size_t index) {
  const StepReport* step = step_at(report, index);
  return step == nullptr ? 0 : static_cast<std::int32_t>(step->state);
}
const char* jjb_restore_report_get_step_message(const jjb_restore_report* report, size_t index) {
  const StepReport* step = step_at(report, index);
  return step == nullptr ? nullptr : step->message.c_str();
}
size_t jjb_restore_report_get_step_warning_count(const jjb_restore_report* report, size_t step) {
  const StepReport* found = step_at(report, step);
  return found == nullptr ? 0 : found->warnings.size();
}
const char* jjb_restore_report_get_step_warning(const jjb_restore_report* report, size_t step, size_t index) {
  const StepReport* found = step_at(report, step);
  const std::string* warning = found == nullptr ? nullptr : capi::at(found->warnings, index);
  return warning == nullptr ? nullptr : warning->c_str();
}

size_t jjb_restore_report_get_command_after_count(const jjb_restore_report* report) {
  return report == nullptr ? 0 : report->report.commands_after.size();
}
const char* jjb_restore_report_get_command_after(const jjb_restore_report* report, size_t index) {
  const std::string* command = report == nullptr ? nullptr : capi::at(report->report.commands_after, index);
  return command == nullptr ? nullptr : command->c_str();
}

int32_t jjb_restore_report_dup_text(const jjb_restore_report* report, char** text, jjb_error** error) {
  return dup(report, text, error, [](const RestoreReport& from) { return jujubackup::to_text(from); });
}
int32_t jjb_restore_report_dup_json(const jjb_restore_report* report, char** text, jjb_error** error) {
  return dup(report, text, error, [](const RestoreReport& from) { return jujubackup::to_json(from); });
}

void jjb_restore_report_free(jjb_restore_report* report) { delete report; }

// The names are literals, so they end with a zero byte.
const char* jjb_step_get_name(int32_t step) { return jujubackup::name_of(static_cast<StepState>(step)).data(); }
const char* jjb_restore_state_get_name(int32_t state) { return jujubackup::name_of(static_cast<jujubackup::RestoreState>(state)).data(); }
