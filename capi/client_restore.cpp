// Bringing the client's own directory back.
#include <jujubackup/client_backup.hpp>

#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::ClientRestoreController;
using jujubackup::ClientRestoreOptions;
using jujubackup::ClientRestorePath;
using jujubackup::ClientRestorePlan;

namespace {

std::unique_ptr<jujubackup::Source> open(const char* path, const jjb_identities* identities) {
  return jujubackup::decrypted(jujubackup::open_file(capi::require_text(path, "path")), capi::of(identities));
}

ClientRestoreOptions chosen(const jjb_client_restore_options* options) {
  return options == nullptr ? ClientRestoreOptions{} : options->options;
}

std::string directory_of(const char* directory) { return directory == nullptr ? "" : directory; }

const ClientRestorePath* path_at(const jjb_client_plan* handle, std::size_t index) {
  return handle == nullptr ? nullptr : capi::at(handle->plan.paths, index);
}

const ClientRestoreController* controller_at(const jjb_client_plan* handle, std::size_t index) {
  return handle == nullptr ? nullptr : capi::at(handle->plan.controllers, index);
}

const char* controller_text(const jjb_client_plan* handle, std::size_t index, std::string ClientRestoreController::*member) {
  const ClientRestoreController* found = controller_at(handle, index);
  return found == nullptr ? nullptr : (found->*member).c_str();
}

const char* line(const std::vector<std::string>* lines, std::size_t index) {
  const std::string* found = lines == nullptr ? nullptr : capi::at(*lines, index);
  return found == nullptr ? nullptr : found->c_str();
}

template <typename F>
std::int32_t dup(const jjb_client_plan* handle, char** out, jjb_error** error, F&& make) {
  return guard(error, [&] {
    char*& text = capi::result(out, "text");
    text = capi::dup_text(make(capi::require(handle, "plan").plan));
  });
}

}  // namespace

jjb_client_restore_options* jjb_client_restore_options_new(void) { return new (std::nothrow) jjb_client_restore_options(); }
void jjb_client_restore_options_free(jjb_client_restore_options* options) { delete options; }

int32_t jjb_client_restore_options_set_directory(jjb_client_restore_options* options, const char* directory) {
  return guard(nullptr, [&] { capi::require(options, "options").options.directory = capi::require_text(directory, "directory"); });
}
int32_t jjb_client_restore_options_set_cookie_jar(jjb_client_restore_options* options, int32_t cookie_jar) {
  return guard(nullptr, [&] { capi::require(options, "options").options.cookie_jar = cookie_jar != 0; });
}
int32_t jjb_client_restore_options_set_force(jjb_client_restore_options* options, int32_t force) {
  return guard(nullptr, [&] { capi::require(options, "options").options.force = force != 0; });
}
int32_t jjb_client_restore_options_add_controller(jjb_client_restore_options* options, const char* name) {
  return guard(nullptr, [&] {
    std::string text = capi::require_text(name, "name");
    if (text.empty()) capi::refuse("name is empty");
    capi::require(options, "options").options.controllers.push_back(std::move(text));
  });
}

int32_t jjb_client_plan_restore(const char* path, const jjb_identities* identities, const jjb_client_restore_options* options, jjb_job* job,
                                jjb_client_plan** plan, jjb_error** error) {
  return guard(error, [&] {
    jjb_client_plan*& out = capi::result(plan, "plan");
    const auto shared = capi::share(job);
    const auto source = open(path, identities);
    out = new jjb_client_plan{jujubackup::plan_client_restore(*source, chosen(options), shared.get())};
  });
}

const char* jjb_client_plan_get_directory(const jjb_client_plan* plan) { return plan == nullptr ? nullptr : plan->plan.directory.c_str(); }
int32_t jjb_client_plan_get_merge(const jjb_client_plan* plan) { return plan != nullptr && plan->plan.merge ? 1 : 0; }
int32_t jjb_client_plan_get_needs_force(const jjb_client_plan* plan) { return plan != nullptr && plan->plan.needs_force() ? 1 : 0; }
int32_t jjb_client_plan_get_changes(const jjb_client_plan* plan) { return plan != nullptr && plan->plan.changes() ? 1 : 0; }

size_t jjb_client_plan_get_path_count(const jjb_client_plan* plan) { return plan == nullptr ? 0 : plan->plan.paths.size(); }
const char* jjb_client_plan_get_path(const jjb_client_plan* plan, size_t index) {
  const ClientRestorePath* found = path_at(plan, index);
  return found == nullptr ? nullptr : found->path.c_str();
}
int32_t jjb_client_plan_get_path_action(const jjb_client_plan* plan, size_t index) {
  const ClientRestorePath* found = path_at(plan, index);
  return found == nullptr ? 0 : static_cast<std::int32_t>(found->action);
}
int32_t jjb_client_plan_get_path_type(const jjb_client_plan* plan, size_t index) {
  const ClientRestorePath* found = path_at(plan, index);
  return found == nullptr ? 0 : static_cast<std::int32_t>(found->type);
}
const char* jjb_client_plan_get_path_note(const jjb_client_plan* plan, size_t index) {
  const ClientRestorePath* found = path_at(plan, index);
  return found == nullptr ? nullptr : found->note.c_str();
}

size_t jjb_client_plan_get_controller_count(const jjb_client_plan* plan) { return plan == nullptr ? 0 : plan->plan.controllers.size(); }
const char* jjb_client_plan_get_controller_name(const jjb_client_plan* plan, size_t index) {
  return controller_text(plan, index, &ClientRestoreController::name);
}
int32_t jjb_client_plan_get_controller_difference(const jjb_client_plan* plan, size_t index) {
  const ClientRestoreController* found = controller_at(plan, index);
  return found == nullptr ? 0 : static_cast<std::int32_t>(found->difference);
}
int32_t jjb_client_plan_get_controller_account(const jjb_client_plan* plan, size_t index) {
  const ClientRestoreController* found = controller_at(plan, index);
  return found == nullptr ? 0 : static_cast<std::int32_t>(found->account);
}
const char* jjb_client_plan_get_controller_user_in_backup(const jjb_client_plan* plan, size_t index) {
  return controller_text(plan, index, &ClientRestoreController::user_in_backup);
}
const char* jjb_client_plan_get_controller_user_here(const jjb_client_plan* plan, size_t index) {
  return controller_text(plan, index, &ClientRestoreController::user_here);
}
int32_t jjb_client_plan_get_controller_wanted(const jjb_client_plan* plan, size_t index) {
  const ClientRestoreController* found = controller_at(plan, index);
  return found != nullptr && found->wanted ? 1 : 0;
}

size_t jjb_client_plan_get_warning_count(const jjb_client_plan* plan) { return plan == nullptr ? 0 : plan->plan.warnings.size(); }
const char* jjb_client_plan_get_warning(const jjb_client_plan* plan, size_t index) {
  return line(plan == nullptr ? nullptr : &plan->plan.warnings, index);
}

int32_t jjb_client_plan_dup_text(const jjb_client_plan* plan, char** text, jjb_error** error) {
  return dup(plan, text, error, [](const ClientRestorePlan& from) { return jujubackup::to_text(from); });
}
int32_t jjb_client_plan_dup_json(const jjb_client_plan* plan, char** text, jjb_error** error) {
  return dup(plan, text, error, [](const ClientRestorePlan& from) { return jujubackup::to_json(from); });
}
int32_t jjb_client_plan_dup_yaml(const jjb_client_plan* plan, char** text, jjb_error** error) {
  return dup(plan, text, error, [](const ClientRestorePlan& from) { return jujubackup::to_yaml(from); });
}

void jjb_client_plan_free(jjb_client_plan* plan) { delete plan; }

// The names are literals, so they end with a zero byte.
const char* jjb_client_action_get_name(int32_t action) { return jujubackup::name_of(static_cast<jujubackup::ClientAction>(action)).data(); }
const char* jjb_client_difference_get_name(int32_t difference) {
  return jujubackup::name_of(static_cast<jujubackup::ClientDifference>(difference)).data();
}
const char* jjb_client_state_get_name(int32_t state) {
  return jujubackup::name_of(static_cast<jujubackup::ClientRestoreState>(state)).data();
}

int32_t jjb_client_restore(const char* path, const jjb_identities* identities, const jjb_client_restore_options* options, jjb_job* job,
                           jjb_client_restore_result** result, jjb_error** error) {
  return guard(error, [&] {
    capi::clear(result);
    const auto shared = capi::share(job);
    const auto source = open(path, identities);
    auto done = std::make_unique<jjb_client_restore_result>();
    done->result = jujubackup::restore_client(*source, chosen(options), shared.get());
    if (result != nullptr) *result = done.release();
  });
}

int32_t jjb_client_restore_result_get_changed(const jjb_client_restore_result* result) {
  return result != nullptr && result->result.changed ? 1 : 0;
}
const char* jjb_client_restore_result_get_kept(const jjb_client_restore_result* result) {
  return result == nullptr ? nullptr : result->result.kept.c_str();
}
uint64_t jjb_client_restore_result_get_files(const jjb_client_restore_result* result) {
  return result == nullptr ? 0 : result->result.files;
}
size_t jjb_client_restore_result_get_warning_count(const jjb_client_restore_result* result) {
  return result == nullptr ? 0 : result->result.warnings.size();
}
const char* jjb_client_restore_result_get_warning(const jjb_client_restore_result* result, size_t index) {
  return line(result == nullptr ? nullptr : &result->result.warnings, index);
}
void jjb_client_restore_result_free(jjb_client_restore_result* result) { delete result; }

int32_t jjb_client_find_unfinished(const char* directory, jjb_client_unfinished** unfinished, jjb_error** error) {
  return guard(error, [&] {
    jjb_client_unfinished*& out = capi::result(unfinished, "unfinished");
    auto found = jujubackup::find_unfinished_restore(directory_of(directory));
    if (found) out = new jjb_client_unfinished{std::move(*found)};
  });
}

const char* jjb_client_unfinished_get_directory(const jjb_client_unfinished* unfinished) {
  return unfinished == nullptr ? nullptr : unfinished->unfinished.directory.c_str();
}
int32_t jjb_client_unfinished_get_state(const jjb_client_unfinished* unfinished) {
  return unfinished == nullptr ? 0 : static_cast<std::int32_t>(unfinished->unfinished.state);
}
int32_t jjb_client_unfinished_get_new_in_place(const jjb_client_unfinished* unfinished) {
  return unfinished != nullptr && unfinished->unfinished.new_in_place ? 1 : 0;
}
int32_t jjb_client_unfinished_get_can_finish(const jjb_client_unfinished* unfinished) {
  return unfinished != nullptr && unfinished->unfinished.can_finish ? 1 : 0;
}
int32_t jjb_client_unfinished_get_can_undo(const jjb_client_unfinished* unfinished) {
  return unfinished != nullptr && unfinished->unfinished.can_undo ? 1 : 0;
}
int32_t jjb_client_unfinished_get_started(const jjb_client_unfinished* unfinished, int64_t* seconds, uint32_t* nanoseconds) {
  return capi::give_time(unfinished == nullptr ? nullptr : &unfinished->unfinished.started, seconds, nanoseconds);
}
const char* jjb_client_unfinished_get_kept(const jjb_client_unfinished* unfinished) {
  return unfinished == nullptr ? nullptr : unfinished->unfinished.kept.c_str();
}
size_t jjb_client_unfinished_get_leftover_count(const jjb_client_unfinished* unfinished) {
  return unfinished == nullptr ? 0 : unfinished->unfinished.leftovers.size();
}
const char* jjb_client_unfinished_get_leftover(const jjb_client_unfinished* unfinished, size_t index) {
  return line(unfinished == nullptr ? nullptr : &unfinished->unfinished.leftovers, index);
}
const char* jjb_client_unfinished_get_text(const jjb_client_unfinished* unfinished) {
  return unfinished == nullptr ? nullptr : unfinished->unfinished.text.c_str();
}
void jjb_client_unfinished_free(jjb_client_unfinished* unfinished) { delete unfinished; }

int32_t jjb_client_finish_restore(const char* directory, jjb_job* job, jjb_error** error) {
  return guard(error, [&] {
    const auto shared = capi::share(job);
    jujubackup::finish_client_restore(directory_of(directory), shared.get());
  });
}

int32_t jjb_client_commit_restore(const char* directory, jjb_job* job, jjb_error** error) {
  return guard(error, [&] {
    const auto shared = capi::share(job);
    jujubackup::commit_client_restore(directory_of(directory), shared.get());
  });
}

int32_t jjb_client_undo_restore(const char* directory, jjb_job* job, jjb_error** error) {
  return guard(error, [&] {
    const auto shared = capi::share(job);
    jujubackup::undo_client_restore(directory_of(directory), shared.get());
  });
}
