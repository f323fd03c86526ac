// Facts, checks and steps of a restore, before anything is touched.
#include <jujubackup/restore.hpp>

#include "guard.hpp"
#include "handles.hpp"
#include "restore_tools.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::RestoreCheck;
using jujubackup::RestoreOptions;
using jujubackup::RestorePlan;
using jujubackup::RestoreStep;

namespace {

RestoreOptions chosen(const jjb_restore_options* options) { return options == nullptr ? RestoreOptions{} : options->options; }

const char* check_text(const jjb_restore_plan* handle, std::size_t index, std::string RestoreCheck::*member) {
  const RestoreCheck* check = handle == nullptr ? nullptr : capi::at(handle->plan.checks, index);
  return check == nullptr ? nullptr : (check->*member).c_str();
}

const char* step_text(const jjb_restore_plan* handle, std::size_t index, std::string RestoreStep::*member) {
  const RestoreStep* step = handle == nullptr ? nullptr : capi::at(handle->plan.steps, index);
  return step == nullptr ? nullptr : (step->*member).c_str();
}

const char* line(const jjb_restore_plan* handle, std::vector<std::string> RestorePlan::*lines, std::size_t index) {
  const std::string* found = handle == nullptr ? nullptr : capi::at(handle->plan.*lines, index);
  return found == nullptr ? nullptr : found->c_str();
}

template <typename F>
std::int32_t dup(const jjb_restore_plan* handle, char** out, jjb_error** error, F&& make) {
  return guard(error, [&] {
    char*& text = capi::result(out, "text");
    text = capi::dup_text(make(capi::require(handle, "plan").plan));
  });
}

}  // namespace

int32_t jjb_restore_dup_backup_facts(jjb_archive* archive, const jjb_restore_options* options, jjb_job* job, char** json,
                                     jjb_error** error) {
  return guard(error, [&] {
    char*& out = capi::result(json, "json");
    const auto shared = capi::share(job);
    const auto facts = jujubackup::read_backup_facts(capi::require(archive, "archive").archive, chosen(options).verify, shared.get());
    out = capi::dup_text(jujubackup::to_json(facts));
  });
}

int32_t jjb_restore_dup_target_facts(const jjb_restore_options* options, const jjb_restore_tools* tools, jjb_job* job, char** json,
                                     jjb_error** error) {
  return guard(error, [&] {
    char*& out = capi::result(json, "json");
    const auto shared = capi::share(job);
    const capi::RestoreCall call(tools);
    out = capi::dup_text(jujubackup::to_json(jujubackup::read_target_facts(chosen(options), call.views().database, shared.get())));
  });
}

int32_t jjb_restore_plan_make(jjb_archive* archive, const jjb_restore_options* options, const jjb_restore_tools* tools, jjb_job* job,
                              jjb_restore_plan** plan, jjb_error** error) {
  return guard(error, [&] {
    jjb_restore_plan*& out = capi::result(plan, "plan");
    const auto shared = capi::share(job);
    const capi::RestoreCall call(tools);
    jujubackup::Archive& from = capi::require(archive, "archive").archive;
    out = new jjb_restore_plan{jujubackup::plan_restore(from, chosen(options), call.views(), shared.get())};
  });
}

int32_t jjb_restore_plan_get_kind(const jjb_restore_plan* plan) { return plan == nullptr ? 0 : static_cast<std::int32_t>(plan->plan.kind); }
int32_t jjb_restore_plan_get_blocked(const jjb_restore_plan* plan) { return plan != nullptr && plan->plan.blocked() ? 1 : 0; }
const char* jjb_restore_plan_get_work_dir(const jjb_restore_plan* plan) { return plan == nullptr ? nullptr : plan->plan.work_dir.c_str(); }

size_t jjb_restore_plan_get_check_count(const jjb_restore_plan* plan) { return plan == nullptr ? 0 : plan->plan.checks.size(); }
const char* jjb_restore_plan_get_check_name(const jjb_restore_plan* plan, size_t index) {
  return check_text(plan, index, &RestoreCheck::name);
}
int32_t jjb_restore_plan_get_check_state(const jjb_restore_plan* plan, size_t index) {
  const RestoreCheck* check = plan == nullptr ? nullptr : capi::at(plan->plan.checks, index);
  return check == nullptr ? 0 : static_cast<std::int32_t>(check->state);
}
const char* jjb_restore_plan_get_check_explanation(const jjb_restore_plan* plan, size_t index) {
  return check_text(plan, index, &RestoreCheck::explanation);
}
const char* jjb_restore_plan_get_check_override(const jjb_restore_plan* plan, size_t index) {
  return check_text(plan, index, &RestoreCheck::override_option);
}

size_t jjb_restore_plan_get_step_count(const jjb_restore_plan* plan) { return plan == nullptr ? 0 : plan->plan.steps.size(); }
const char* jjb_restore_plan_get_step_name(const jjb_restore_plan* plan, size_t index) {
  return step_text(plan, index, &RestoreStep::name);
}
const char* jjb_restore_plan_get_step_what(const jjb_restore_plan* plan, size_t index) {
  return step_text(plan, index, &RestoreStep::what);
}
const char* jjb_restore_plan_get_step_target(const jjb_restore_plan* plan, size_t index) {
  return step_text(plan, index, &RestoreStep::target);
}
const char* jjb_restore_plan_get_step_undo(const jjb_restore_plan* plan, size_t index) {
  return step_text(plan, index, &RestoreStep::undo);
}
int32_t jjb_restore_plan_get_step_undoable(const jjb_restore_plan* plan, size_t index) {
  const RestoreStep* step = plan == nullptr ? nullptr : capi::at(plan->plan.steps, index);
  return step != nullptr && step->undoable ? 1 : 0;
}

size_t jjb_restore_plan_get_command_before_count(const jjb_restore_plan* plan) {
  return plan == nullptr ? 0 : plan->plan.commands_before.size();
}
const char* jjb_restore_plan_get_command_before(const jjb_restore_plan* plan, size_t index) {
  return line(plan, &RestorePlan::commands_before, index);
}
size_t jjb_restore_plan_get_command_after_count(const jjb_restore_plan* plan) {
  return plan == nullptr ? 0 : plan->plan.commands_after.size();
}
const char* jjb_restore_plan_get_command_after(const jjb_restore_plan* plan, size_t index) {
  return line(plan, &RestorePlan::commands_after, index);
}

int32_t jjb_restore_plan_dup_text(const jjb_restore_plan* plan, char** text, jjb_error** error) {
  return dup(plan, text, error, [](const RestorePlan& from) { return jujubackup::to_text(from); });
}
int32_t jjb_restore_plan_dup_checks_text(const jjb_restore_plan* plan, char** text, jjb_error** error) {
  return dup(plan, text, error, [](const RestorePlan& from) { return jujubackup::checks_to_text(from); });
}
int32_t jjb_restore_plan_dup_json(const jjb_restore_plan* plan, char** text, jjb_error** error) {
  return dup(plan, text, error, [](const RestorePlan& from) { return jujubackup::to_json(from); });
}

void jjb_restore_plan_free(jjb_restore_plan* plan) { delete plan; }

// The names are literals, so they end with a zero byte.
const char* jjb_restore_kind_get_name(int32_t kind) { return jujubackup::name_of(static_cast<jujubackup::RestoreKind>(kind)).data(); }
const char* jjb_check_get_name(int32_t check) { return jujubackup::name_of(static_cast<jujubackup::CheckState>(check)).data(); }

int32_t jjb_restore_kind_find(const char* name) {
  const auto kind = name == nullptr ? std::nullopt : jujubackup::restore_kind_named(name);
  return kind ? static_cast<std::int32_t>(*kind) : 0;
}
