#include <jujubackup/machine.hpp>

#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::CreateOptions;
using jujubackup::MongodumpOptions;

namespace {

std::int32_t set(jjb_create_options* handle, std::string CreateOptions::*member, const char* value) {
  return guard(nullptr, [&] { capi::require(handle, "options").options.*member = capi::require_text(value, "value"); });
}

std::int32_t set_place(jjb_create_options* handle, std::string jujubackup::ControllerPlace::*member, const char* value) {
  return guard(nullptr, [&] { capi::require(handle, "options").options.place.*member = capi::require_text(value, "value"); });
}

// The options of mongodump, which the first of them brings into being.
MongodumpOptions& mongodump(jjb_create_options* handle) {
  auto& options = capi::require(handle, "options").options.mongodump;
  if (!options) options.emplace();
  return *options;
}

std::int32_t set_mongodump(jjb_create_options* handle, std::string MongodumpOptions::*member, const char* value) {
  return guard(nullptr, [&] {
    std::string text = capi::require_text(value, "value");
    mongodump(handle).*member = std::move(text);
  });
}

}  // namespace

jjb_create_options* jjb_create_options_new(void) {
  try {
    return new jjb_create_options();
  } catch (...) {
    return nullptr;
  }
}

void jjb_create_options_free(jjb_create_options* options) {
  if (options == nullptr) return;
  if (options->options.mongodump) capi::wipe(options->options.mongodump->password);
  delete options;
}

int32_t jjb_create_options_set_root(jjb_create_options* options, const char* root) {
  return set_place(options, &jujubackup::ControllerPlace::root, root);
}
int32_t jjb_create_options_set_data_dir(jjb_create_options* options, const char* data_dir) {
  return set_place(options, &jujubackup::ControllerPlace::data_dir, data_dir);
}
int32_t jjb_create_options_set_machine_id(jjb_create_options* options, const char* machine_id) {
  return set_place(options, &jujubackup::ControllerPlace::machine_id, machine_id);
}
int32_t jjb_create_options_set_dump_dir(jjb_create_options* options, const char* dump_dir) {
  return set(options, &CreateOptions::dump_dir, dump_dir);
}

int32_t jjb_create_options_set_mongodump(jjb_create_options* options, int32_t run) {
  return guard(nullptr, [&] {
    if (run != 0) {
      mongodump(options);
      return;
    }
    auto& chosen = capi::require(options, "options").options.mongodump;
    if (chosen) capi::wipe(chosen->password);
    chosen.reset();
  });
}

int32_t jjb_create_options_set_mongodump_program(jjb_create_options* options, const char* program) {
  return set_mongodump(options, &MongodumpOptions::program, program);
}
int32_t jjb_create_options_set_mongodump_host(jjb_create_options* options, const char* host) {
  return set_mongodump(options, &MongodumpOptions::host, host);
}
int32_t jjb_create_options_set_mongodump_username(jjb_create_options* options, const char* username) {
  return set_mongodump(options, &MongodumpOptions::username, username);
}
int32_t jjb_create_options_set_mongodump_password(jjb_create_options* options, const char* password) {
  return set_mongodump(options, &MongodumpOptions::password, password);
}
int32_t jjb_create_options_add_mongodump_argument(jjb_create_options* options, const char* argument) {
  return guard(nullptr, [&] {
    std::string text = capi::require_text(argument, "argument");
    mongodump(options).extra_arguments.push_back(std::move(text));
  });
}
int32_t jjb_create_options_set_mongodump_work_dir(jjb_create_options* options, const char* work_dir) {
  return set_mongodump(options, &MongodumpOptions::work_dir, work_dir);
}
int32_t jjb_create_options_set_mongodump_timeout_s(jjb_create_options* options, uint32_t timeout_s) {
  return guard(nullptr, [&] { mongodump(options).timeout = std::chrono::seconds(timeout_s); });
}

int32_t jjb_create_options_set_notes(jjb_create_options* options, const char* notes) { return set(options, &CreateOptions::notes, notes); }
int32_t jjb_create_options_set_hostname(jjb_create_options* options, const char* hostname) {
  return set(options, &CreateOptions::hostname, hostname);
}
int32_t jjb_create_options_set_series(jjb_create_options* options, const char* series) {
  return set(options, &CreateOptions::series, series);
}
int32_t jjb_create_options_set_base(jjb_create_options* options, const char* base) { return set(options, &CreateOptions::base, base); }
int32_t jjb_create_options_set_controller_uuid(jjb_create_options* options, const char* controller_uuid) {
  return set(options, &CreateOptions::controller_uuid, controller_uuid);
}
int32_t jjb_create_options_set_model_uuid(jjb_create_options* options, const char* model_uuid) {
  return set(options, &CreateOptions::model_uuid, model_uuid);
}
int32_t jjb_create_options_set_instance_id(jjb_create_options* options, const char* instance_id) {
  return set(options, &CreateOptions::instance_id, instance_id);
}

int32_t jjb_create_options_set_version(jjb_create_options* options, const char* version) {
  return guard(nullptr, [&] {
    auto& into = capi::require(options, "options").options.version;
    const std::string text = capi::require_text(version, "version");
    if (text.empty()) {
      into.reset();
      return;
    }
    into = capi::version_of(text);
  });
}

int32_t jjb_create_options_set_ha_nodes(jjb_create_options* options, int64_t ha_nodes) {
  return guard(nullptr, [&] {
    if (ha_nodes < 1) capi::refuse("ha_nodes is below 1");
    capi::require(options, "options").options.ha_nodes = ha_nodes;
  });
}

int32_t jjb_create_options_set_started(jjb_create_options* options, int64_t seconds, uint32_t nanoseconds) {
  return guard(nullptr, [&] { capi::require(options, "options").options.started = capi::time_of(seconds, nanoseconds); });
}

int32_t jjb_create_options_set_ca_keys(jjb_create_options* options, int32_t ca_keys) {
  return guard(nullptr, [&] { capi::require(options, "options").options.ca_keys = ca_keys != 0; });
}
int32_t jjb_create_options_set_check_space(jjb_create_options* options, int32_t check_space) {
  return guard(nullptr, [&] { capi::require(options, "options").options.check_space = check_space != 0; });
}

int32_t jjb_create_options_set_level(jjb_create_options* options, int32_t level) {
  return guard(nullptr, [&] { capi::require(options, "options").options.write.level = capi::level_of(level); });
}

int32_t jjb_create_options_set_strict(jjb_create_options* options, int32_t strict) {
  return guard(nullptr, [&] { capi::require(options, "options").options.write.strict = strict != 0; });
}

int32_t jjb_create_options_set_encryption(jjb_create_options* options, jjb_recipients* recipients, int32_t bare_record) {
  return guard(nullptr, [&] {
    auto& into = capi::require(options, "options").options.encryption;
    into = {capi::share(recipients), bare_record != 0};
  });
}

int32_t jjb_create_options_dup_mongodump_program(const jjb_create_options* options, char** program, jjb_error** error) {
  return guard(error, [&] {
    char*& out = capi::result(program, "program");
    const CreateOptions& chosen = capi::require(options, "options").options;
    if (chosen.mongodump && !chosen.mongodump->program.empty()) {
      out = capi::dup_text(chosen.mongodump->program);
      return;
    }
    const auto version = chosen.version ? *chosen.version : jujubackup::read_agent_conf(chosen.place).version;
    out = capi::dup_text(jujubackup::find_mongodump(chosen.place, version));
  });
}

int32_t jjb_store_create_backup(jjb_store* store, const jjb_create_options* options, jjb_job* job, jjb_record** record, jjb_error** error) {
  return guard(error, [&] {
    capi::clear(record);
    const auto shared = capi::share(job);
    auto made = std::make_unique<jjb_record>();
    made->record = jujubackup::create_backup(capi::require(store, "store").store, capi::require(options, "options").options, shared.get());
    if (record != nullptr) *record = made.release();
  });
}
