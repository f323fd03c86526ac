// What to restore, and where to.
#include <jujubackup/restore.hpp>

#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::ControllerPlace;
using jujubackup::RestoreKind;
using jujubackup::RestoreOptions;

namespace {

std::int32_t set(jjb_restore_options* handle, std::string RestoreOptions::*member, const char* value) {
  return guard(nullptr, [&] { capi::require(handle, "options").options.*member = capi::require_text(value, "value"); });
}

std::int32_t set(jjb_restore_options* handle, bool RestoreOptions::*member, std::int32_t value) {
  return guard(nullptr, [&] { capi::require(handle, "options").options.*member = value != 0; });
}

std::int32_t set_place(jjb_restore_options* handle, std::string ControllerPlace::*member, const char* value) {
  return guard(nullptr, [&] { capi::require(handle, "options").options.place.*member = capi::require_text(value, "value"); });
}

}  // namespace

jjb_restore_options* jjb_restore_options_new(void) {
  try {
    return new jjb_restore_options();
  } catch (...) {
    return nullptr;
  }
}
void jjb_restore_options_free(jjb_restore_options* options) { delete options; }

int32_t jjb_restore_options_set_kind(jjb_restore_options* options, int32_t kind) {
  return guard(nullptr, [&] {
    auto& into = capi::require(options, "options").options.kind;
    if (kind == 0) {
      into.reset();
      return;
    }
    if (!jujubackup::restore_kind_named(jujubackup::name_of(static_cast<RestoreKind>(kind)))) capi::refuse("kind is no JJB_RESTORE_KIND_");
    into = static_cast<RestoreKind>(kind);
  });
}

int32_t jjb_restore_options_set_root(jjb_restore_options* options, const char* root) {
  return set_place(options, &ControllerPlace::root, root);
}
int32_t jjb_restore_options_set_data_dir(jjb_restore_options* options, const char* data_dir) {
  return set_place(options, &ControllerPlace::data_dir, data_dir);
}
int32_t jjb_restore_options_set_machine_id(jjb_restore_options* options, const char* machine_id) {
  return set_place(options, &ControllerPlace::machine_id, machine_id);
}

int32_t jjb_restore_options_set_allow_downgrade(jjb_restore_options* options, int32_t allow_downgrade) {
  return set(options, &RestoreOptions::allow_downgrade, allow_downgrade);
}
int32_t jjb_restore_options_set_copy_controller(jjb_restore_options* options, int32_t copy_controller) {
  return set(options, &RestoreOptions::copy_controller, copy_controller);
}
int32_t jjb_restore_options_set_include_status_history(jjb_restore_options* options, int32_t include_status_history) {
  return set(options, &RestoreOptions::include_status_history, include_status_history);
}
int32_t jjb_restore_options_set_manual_agent_control(jjb_restore_options* options, int32_t manual_agent_control) {
  return set(options, &RestoreOptions::manual_agent_control, manual_agent_control);
}
int32_t jjb_restore_options_set_update_agents(jjb_restore_options* options, int32_t update_agents) {
  return set(options, &RestoreOptions::update_agents, update_agents);
}

int32_t jjb_restore_options_add_override(jjb_restore_options* options, const char* check) {
  return guard(nullptr, [&] {
    std::string name = capi::require_text(check, "check");
    if (name.empty()) capi::refuse("check is empty");
    capi::require(options, "options").options.overrides.push_back(std::move(name));
  });
}

int32_t jjb_restore_options_set_private_address(jjb_restore_options* options, const char* address) {
  return set(options, &RestoreOptions::private_address, address);
}
int32_t jjb_restore_options_set_public_address(jjb_restore_options* options, const char* address) {
  return set(options, &RestoreOptions::public_address, address);
}
int32_t jjb_restore_options_set_instance_id(jjb_restore_options* options, const char* instance_id) {
  return set(options, &RestoreOptions::instance_id, instance_id);
}
int32_t jjb_restore_options_set_work_dir(jjb_restore_options* options, const char* work_dir) {
  return set(options, &RestoreOptions::work_dir, work_dir);
}
int32_t jjb_restore_options_set_staging_dir(jjb_restore_options* options, const char* staging_dir) {
  return set(options, &RestoreOptions::staging_dir, staging_dir);
}
int32_t jjb_restore_options_set_mongorestore(jjb_restore_options* options, const char* program) {
  return set(options, &RestoreOptions::mongorestore, program);
}
int32_t jjb_restore_options_set_mongo_host(jjb_restore_options* options, const char* host) {
  return set(options, &RestoreOptions::mongo_host, host);
}

int32_t jjb_restore_options_set_verify(jjb_restore_options* options, const jjb_verify_options* verify) {
  return guard(nullptr, [&] {
    capi::require(options, "options").options.verify = verify == nullptr ? jujubackup::VerifyOptions{} : verify->options;
  });
}
