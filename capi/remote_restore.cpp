// Restoring a controller through its own API.
#include <jujubackup/controller_restore.hpp>

#include <jujubackup/encryption.hpp>
#include <jujubackup/io.hpp>

#include "callbacks.hpp"
#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::ControllerRestoreEvent;
using jujubackup::ControllerRestoreOptions;
using jujubackup::ControllerRestoreResult;

namespace {

std::int32_t set(jjb_remote_restore_options* handle, std::chrono::milliseconds ControllerRestoreOptions::*every, std::uint32_t every_ms,
                 std::chrono::milliseconds ControllerRestoreOptions::*longest, std::uint32_t for_ms) {
  return guard(nullptr, [&] {
    if (every_ms == 0) capi::refuse("every_ms is 0");
    ControllerRestoreOptions& into = capi::require(handle, "options").options;
    into.*every = std::chrono::milliseconds(every_ms);
    into.*longest = std::chrono::milliseconds(for_ms);
  });
}

std::int32_t flag(const jjb_remote_restore_result* handle, bool ControllerRestoreResult::*member) {
  return handle != nullptr && handle->result.*member ? 1 : 0;
}

}  // namespace

jjb_remote_restore_options* jjb_remote_restore_options_new(void) { return new (std::nothrow) jjb_remote_restore_options(); }
void jjb_remote_restore_options_free(jjb_remote_restore_options* options) { delete options; }

int32_t jjb_remote_restore_options_set_backup_id(jjb_remote_restore_options* options, const char* id) {
  return guard(nullptr, [&] {
    std::string text = capi::require_text(id, "id");
    jjb_remote_restore_options& into = capi::require(options, "options");
    into.options.backup_id = std::move(text);
    into.path.clear();
    into.identities = nullptr;
  });
}

int32_t jjb_remote_restore_options_set_file(jjb_remote_restore_options* options, const char* path, jjb_identities* identities) {
  return guard(nullptr, [&] {
    std::string text = capi::require_text(path, "path");
    if (text.empty()) capi::refuse("path is empty");
    jjb_remote_restore_options& into = capi::require(options, "options");
    into.identities = capi::share(identities);
    into.path = std::move(text);
    into.options.backup_id.clear();
  });
}

int32_t jjb_remote_restore_options_set_dial_ms(jjb_remote_restore_options* options, uint32_t every_ms, uint32_t for_ms) {
  return set(options, &ControllerRestoreOptions::dial_every, every_ms, &ControllerRestoreOptions::dial_for, for_ms);
}
int32_t jjb_remote_restore_options_set_busy_ms(jjb_remote_restore_options* options, uint32_t every_ms, uint32_t for_ms) {
  return set(options, &ControllerRestoreOptions::busy_every, every_ms, &ControllerRestoreOptions::busy_for, for_ms);
}

int32_t jjb_remote_restore_options_set_callback(jjb_remote_restore_options* options, jjb_remote_restore_callback callback, void* user,
                                                jjb_destroy_callback destroy, jjb_error** error) {
  capi::User owner(user, destroy);
  return guard(error, [&] {
    auto& into = capi::require(options, "options").options.on_event;
    if (callback == nullptr) {
      into = nullptr;
      return;
    }
    auto shared = std::make_shared<capi::User>(std::move(owner));
    into = [callback, shared](const ControllerRestoreEvent& event) {
      const std::int32_t answer = callback(shared->get(), static_cast<std::int32_t>(event.stage), std::string(event.text).c_str(),
                                           event.warning ? 1 : 0, static_cast<std::uint32_t>(event.waited.count()));
      if (answer != 0) throw jujubackup::Error(jujubackup::ErrorCode::cancelled, "stopped by the callback of the restore");
    };
  });
}

int32_t jjb_controller_restore(const jjb_connect_options* connect, const jjb_remote_restore_options* options, jjb_job* job,
                               jjb_remote_restore_result** result, jjb_error** error) {
  return guard(error, [&] {
    capi::clear(result);
    const auto shared = capi::share(job);
    const jujubackup::ConnectOptions& to = capi::require(connect, "connect").options;
    const jjb_remote_restore_options chosen = capi::require(options, "options");
    ControllerRestoreOptions call = chosen.options;
    std::unique_ptr<jujubackup::Source> archive;
    if (!chosen.path.empty()) {
      archive = jujubackup::decrypted(jujubackup::open_file(chosen.path), chosen.identities.get());
      call.archive = archive.get();
    }
    auto made = std::make_unique<jjb_remote_restore_result>(jujubackup::restore_controller(to, call, shared.get()));
    if (result != nullptr) *result = made.release();
  });
}

const char* jjb_remote_restore_result_get_backup_id(const jjb_remote_restore_result* result) {
  return result == nullptr ? nullptr : result->result.backup_id.c_str();
}
int32_t jjb_remote_restore_result_get_uploaded(const jjb_remote_restore_result* result) {
  return flag(result, &ControllerRestoreResult::uploaded);
}
int32_t jjb_remote_restore_result_get_reused(const jjb_remote_restore_result* result) {
  return flag(result, &ControllerRestoreResult::reused);
}
int32_t jjb_remote_restore_result_get_connection_lost(const jjb_remote_restore_result* result) {
  return flag(result, &ControllerRestoreResult::connection_lost);
}
const char* jjb_remote_restore_result_get_version(const jjb_remote_restore_result* result) {
  return result == nullptr ? nullptr : result->version.c_str();
}
const char* jjb_remote_restore_result_get_version_after(const jjb_remote_restore_result* result) {
  return result == nullptr ? nullptr : result->version_after.c_str();
}
void jjb_remote_restore_result_free(jjb_remote_restore_result* result) { delete result; }

int32_t jjb_controller_finish_restore(const jjb_connect_options* connect, jjb_job* job, int32_t* end, jjb_error** error) {
  return guard(error, [&] {
    capi::clear(end);
    const auto shared = capi::share(job);
    const auto came = jujubackup::finish_controller_restore(capi::require(connect, "connect").options, shared.get());
    if (end != nullptr) *end = static_cast<std::int32_t>(came);
  });
}

// The names are literals, so they end with a zero byte.
const char* jjb_remote_stage_get_name(int32_t stage) {
  return jujubackup::name_of(static_cast<jujubackup::ControllerRestoreStage>(stage)).data();
}
