// A new controller in the place of one that is gone.
#include <jujubackup/rebootstrap.hpp>

#include "callbacks.hpp"
#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::RebootstrapOptions;
using jujubackup::RemoteRestoreOptions;

namespace {

std::int32_t set(jjb_rebootstrap_options* handle, std::string RebootstrapOptions::*member, const char* value) {
  return guard(nullptr, [&] { capi::require(handle, "options").options.*member = capi::require_text(value, "value"); });
}

std::int32_t set(jjb_rebootstrap_options* handle, std::string RemoteRestoreOptions::*member, const char* value) {
  return guard(nullptr, [&] { capi::require(handle, "options").remote.*member = capi::require_text(value, "value"); });
}

// Keeps the callback alive for the call, even if the options are freed meanwhile.
jujubackup::RebootstrapEvents events_of(const jjb_rebootstrap_options* options) {
  return options == nullptr ? jujubackup::RebootstrapEvents() : options->on_event;
}

}  // namespace

jjb_rebootstrap_options* jjb_rebootstrap_options_new(void) {
  try {
    return new jjb_rebootstrap_options();
  } catch (...) {
    return nullptr;
  }
}
void jjb_rebootstrap_options_free(jjb_rebootstrap_options* options) { delete options; }

int32_t jjb_rebootstrap_options_set_controller(jjb_rebootstrap_options* options, const char* controller) {
  return set(options, &RebootstrapOptions::controller, controller);
}
int32_t jjb_rebootstrap_options_set_client_dir(jjb_rebootstrap_options* options, const char* client_dir) {
  return set(options, &RebootstrapOptions::client_dir, client_dir);
}
int32_t jjb_rebootstrap_options_set_juju(jjb_rebootstrap_options* options, const char* juju) {
  return set(options, &RebootstrapOptions::juju, juju);
}
int32_t jjb_rebootstrap_options_set_constraints(jjb_rebootstrap_options* options, const char* constraints) {
  return set(options, &RebootstrapOptions::constraints, constraints);
}
int32_t jjb_rebootstrap_options_set_build_agent(jjb_rebootstrap_options* options, int32_t build_agent) {
  return guard(nullptr, [&] { capi::require(options, "options").options.build_agent = build_agent != 0; });
}
int32_t jjb_rebootstrap_options_set_dial_timeout_ms(jjb_rebootstrap_options* options, uint32_t timeout_ms) {
  return guard(nullptr, [&] {
    if (timeout_ms == 0) capi::refuse("timeout_ms is 0");
    capi::require(options, "options").options.dial_timeout = std::chrono::milliseconds(timeout_ms);
  });
}
int32_t jjb_rebootstrap_options_set_program(jjb_rebootstrap_options* options, const char* program) {
  return set(options, &RemoteRestoreOptions::program, program);
}
int32_t jjb_rebootstrap_options_set_archive(jjb_rebootstrap_options* options, const char* path) {
  return set(options, &RemoteRestoreOptions::archive, path);
}
int32_t jjb_rebootstrap_options_add_argument(jjb_rebootstrap_options* options, const char* argument) {
  return guard(nullptr, [&] {
    std::string text = capi::require_text(argument, "argument");
    capi::require(options, "options").remote.arguments.push_back(std::move(text));
  });
}
int32_t jjb_rebootstrap_options_set_scp(jjb_rebootstrap_options* options, const char* scp) {
  return set(options, &RemoteRestoreOptions::scp, scp);
}

int32_t jjb_rebootstrap_options_set_callback(jjb_rebootstrap_options* options, jjb_rebootstrap_callback callback, void* user,
                                             jjb_destroy_callback destroy, jjb_error** error) {
  capi::User owner(user, destroy);
  return guard(error, [&] {
    auto& into = capi::require(options, "options").on_event;
    if (callback == nullptr) {
      into = nullptr;
      return;
    }
    auto shared = std::make_shared<capi::User>(std::move(owner));
    into = [callback, shared](const jujubackup::RebootstrapEvent& event) {
      if (callback(shared->get(), static_cast<std::int32_t>(event.kind), std::string(event.text).c_str()) == 0) return;
      throw jujubackup::Error(jujubackup::ErrorCode::cancelled, "stopped by the callback of the bootstrap");
    };
  });
}

int32_t jjb_rebootstrap_plan_make(jjb_archive* archive, const jjb_rebootstrap_options* options, jjb_job* job, jjb_rebootstrap_plan** plan,
                                  jjb_error** error) {
  return guard(error, [&] {
    jjb_rebootstrap_plan*& out = capi::result(plan, "plan");
    const auto shared = capi::share(job);
    const RebootstrapOptions chosen = options == nullptr ? RebootstrapOptions{} : options->options;
    out = new jjb_rebootstrap_plan{jujubackup::plan_rebootstrap(capi::require(archive, "archive").archive, chosen, shared.get())};
  });
}

const char* jjb_rebootstrap_plan_get_controller(const jjb_rebootstrap_plan* plan) {
  return plan == nullptr ? nullptr : plan->plan.controller.c_str();
}
const char* jjb_rebootstrap_plan_get_controller_uuid(const jjb_rebootstrap_plan* plan) {
  return plan == nullptr ? nullptr : plan->plan.controller_uuid.c_str();
}
int64_t jjb_rebootstrap_plan_get_ha_nodes(const jjb_rebootstrap_plan* plan) { return plan == nullptr ? 0 : plan->plan.ha_nodes; }
int32_t jjb_rebootstrap_plan_get_restores_over_api(const jjb_rebootstrap_plan* plan) {
  return plan != nullptr && plan->plan.restores_over_api ? 1 : 0;
}
size_t jjb_rebootstrap_plan_get_warning_count(const jjb_rebootstrap_plan* plan) { return plan == nullptr ? 0 : plan->plan.warnings.size(); }
const char* jjb_rebootstrap_plan_get_warning(const jjb_rebootstrap_plan* plan, size_t index) {
  const std::string* warning = plan == nullptr ? nullptr : capi::at(plan->plan.warnings, index);
  return warning == nullptr ? nullptr : warning->c_str();
}
int32_t jjb_rebootstrap_plan_dup_text(const jjb_rebootstrap_plan* plan, char** text, jjb_error** error) {
  return guard(error, [&] {
    char*& out = capi::result(text, "text");
    out = capi::dup_text(jujubackup::to_text(capi::require(plan, "plan").plan));
  });
}
void jjb_rebootstrap_plan_free(jjb_rebootstrap_plan* plan) { delete plan; }

int32_t jjb_rebootstrap_run(const jjb_rebootstrap_plan* plan, jjb_archive* archive, const jjb_rebootstrap_options* options, jjb_job* job,
                            jjb_rebootstrapped** made, jjb_error** error) {
  return guard(error, [&] {
    jjb_rebootstrapped*& out = capi::result(made, "made");
    const auto shared = capi::share(job);
    const jujubackup::RebootstrapPlan& planned = capi::require(plan, "plan").plan;
    auto done = std::make_unique<jjb_rebootstrapped>();
    done->made = jujubackup::rebootstrap(planned, capi::require(archive, "archive").archive, events_of(options), shared.get());
    out = done.release();
  });
}

const char* jjb_rebootstrapped_get_client_dir(const jjb_rebootstrapped* made) {
  return made == nullptr ? nullptr : made->made.client_dir.c_str();
}
void jjb_rebootstrapped_free(jjb_rebootstrapped* made) { delete made; }

int32_t jjb_rebootstrap_restore_over_ssh(const jjb_rebootstrap_plan* plan, const jjb_rebootstrapped* made,
                                         const jjb_rebootstrap_options* options, const jjb_restore_tools* tools, jjb_job* job,
                                         jjb_error** error) {
  return guard(error, [&] {
    const auto shared = capi::share(job);
    const jujubackup::RebootstrapPlan& planned = capi::require(plan, "plan").plan;
    RemoteRestoreOptions remote = capi::require(options, "options").remote;
    if (remote.program.empty() || remote.archive.empty()) capi::refuse("options without program or archive");
    if (tools != nullptr) remote.ssh = tools->ssh_options;
    jujubackup::restore_over_ssh(planned, capi::require(made, "made").made, remote, events_of(options), shared.get());
  });
}

int32_t jjb_rebootstrap_adopt(const jjb_rebootstrap_plan* plan, const jjb_rebootstrapped* made, jjb_job* job, jjb_error** error) {
  return guard(error, [&] {
    const auto shared = capi::share(job);
    const jujubackup::RebootstrapPlan& planned = capi::require(plan, "plan").plan;
    jujubackup::adopt_rebootstrap(planned, capi::require(made, "made").made, shared.get());
  });
}
