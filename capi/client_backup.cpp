// Backups of the client's own directory: making, showing, verifying.
#include <jujubackup/client_backup.hpp>

#include <jujubackup/client.hpp>

#include "guard.hpp"
#include "handles.hpp"
#include "output_file.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::ClientBackupController;
using jujubackup::ClientBackupRecord;

namespace {

ClientBackupRecord write_backup(const jjb_client_backup_options& options, jujubackup::Sink& sink, jujubackup::Job* job) {
  if (!options.recipients) return jujubackup::backup_client(options.options, sink, job);
  jujubackup::EncryptionOptions encryption;
  encryption.armor = options.armor;
  const auto encrypting = jujubackup::encrypting_sink(sink, *options.recipients, encryption);
  ClientBackupRecord record = jujubackup::backup_client(options.options, *encrypting, job);
  encrypting->finish();
  return record;
}

std::unique_ptr<jujubackup::Source> open(const char* path, const jjb_identities* identities) {
  return jujubackup::decrypted(jujubackup::open_file(capi::require_text(path, "path")), capi::of(identities));
}

const char* text(const jjb_client_record* handle, std::string ClientBackupRecord::*member) {
  return handle == nullptr ? nullptr : (handle->record.*member).c_str();
}

std::uint64_t number(const jjb_client_record* handle, std::uint64_t ClientBackupRecord::*member) {
  return handle == nullptr ? 0 : handle->record.*member;
}

const char* line(const jjb_client_record* handle, std::vector<std::string> ClientBackupRecord::*lines, std::size_t index) {
  const std::string* found = handle == nullptr ? nullptr : capi::at(handle->record.*lines, index);
  return found == nullptr ? nullptr : found->c_str();
}

const ClientBackupController* controller_at(const jjb_client_record* handle, std::size_t index) {
  return handle == nullptr ? nullptr : capi::at(handle->record.controllers, index);
}

const char* controller_text(const jjb_client_record* handle, std::size_t index, std::string ClientBackupController::*member) {
  const ClientBackupController* found = controller_at(handle, index);
  return found == nullptr ? nullptr : (found->*member).c_str();
}

template <typename F>
std::int32_t dup(const jjb_client_record* handle, char** out, jjb_error** error, F&& make) {
  return guard(error, [&] {
    char*& text = capi::result(out, "text");
    text = capi::dup_text(make(capi::require(handle, "record").record));
  });
}

}  // namespace

int32_t jjb_client_dup_default_dir(char** directory, jjb_error** error) {
  return guard(error, [&] {
    char*& out = capi::result(directory, "directory");
    out = capi::dup_text(jujubackup::default_client_dir());
  });
}

jjb_client_backup_options* jjb_client_backup_options_new(void) { return new (std::nothrow) jjb_client_backup_options(); }
void jjb_client_backup_options_free(jjb_client_backup_options* options) { delete options; }

int32_t jjb_client_backup_options_set_directory(jjb_client_backup_options* options, const char* directory) {
  return guard(nullptr, [&] { capi::require(options, "options").options.directory = capi::require_text(directory, "directory"); });
}
int32_t jjb_client_backup_options_set_cookie_jar(jjb_client_backup_options* options, int32_t cookie_jar) {
  return guard(nullptr, [&] { capi::require(options, "options").options.cookie_jar = cookie_jar != 0; });
}
int32_t jjb_client_backup_options_set_go_on_without_lock(jjb_client_backup_options* options, int32_t go_on) {
  return guard(nullptr, [&] { capi::require(options, "options").options.go_on_without_lock = go_on != 0; });
}
int32_t jjb_client_backup_options_set_strict(jjb_client_backup_options* options, int32_t strict) {
  return guard(nullptr, [&] { capi::require(options, "options").options.write.strict = strict != 0; });
}
int32_t jjb_client_backup_options_set_encryption(jjb_client_backup_options* options, jjb_recipients* recipients, int32_t armor) {
  return guard(nullptr, [&] {
    jjb_client_backup_options& into = capi::require(options, "options");
    into.recipients = capi::share(recipients);
    into.armor = armor != 0;
  });
}
int32_t jjb_client_backup_options_set_utc(jjb_client_backup_options* options, int32_t utc) {
  return guard(nullptr, [&] { capi::require(options, "options").utc = utc != 0; });
}

int32_t jjb_client_backup_file(const jjb_client_backup_options* options, const char* path, int32_t replace, jjb_job* job, char** written,
                               jjb_client_record** record, jjb_error** error) {
  return guard(error, [&] {
    capi::clear(written);
    capi::clear(record);
    const auto shared = capi::share(job);
    const jjb_client_backup_options chosen = options == nullptr ? jjb_client_backup_options{} : *options;
    capi::OutputFile file(capi::require_text(path, "path"), replace != 0, capi::OutputFile::Folder::take);
    auto made = std::make_unique<jjb_client_record>();
    made->record = write_backup(chosen, file, shared.get());
    const std::string name = jujubackup::client_backup_name(made->record.started, chosen.utc) + (chosen.recipients ? ".age" : "");
    jujubackup::job_begin(shared.get(), jujubackup::Phase::publishing, 0);
    const std::string at = file.publish(name);
    if (written != nullptr) *written = capi::dup_text(at);
    if (record != nullptr) *record = made.release();
  });
}

int32_t jjb_client_show_file(const char* path, const jjb_identities* identities, jjb_job* job, jjb_client_record** record,
                             jjb_error** error) {
  return guard(error, [&] {
    jjb_client_record*& out = capi::result(record, "record");
    const auto shared = capi::share(job);
    const auto source = open(path, identities);
    out = new jjb_client_record{jujubackup::show_client_backup(*source, shared.get())};
  });
}

int32_t jjb_client_verify_file(const char* path, const jjb_identities* identities, jjb_job* job, jjb_verify_report** report,
                               jjb_error** error) {
  return guard(error, [&] {
    jjb_verify_report*& out = capi::result(report, "report");
    const auto shared = capi::share(job);
    const auto source = open(path, identities);
    out = new jjb_verify_report{jujubackup::verify_client_backup(*source, {}, shared.get())};
  });
}

int32_t jjb_client_record_get_started(const jjb_client_record* record, int64_t* seconds, uint32_t* nanoseconds) {
  return capi::give_time(record == nullptr ? nullptr : &record->record.started, seconds, nanoseconds);
}
const char* jjb_client_record_get_host(const jjb_client_record* record) { return text(record, &ClientBackupRecord::host); }
const char* jjb_client_record_get_directory(const jjb_client_record* record) { return text(record, &ClientBackupRecord::directory); }
const char* jjb_client_record_get_entry(const jjb_client_record* record) { return text(record, &ClientBackupRecord::entry); }
const char* jjb_client_record_get_cookie_jar(const jjb_client_record* record) { return text(record, &ClientBackupRecord::cookie_jar); }
int32_t jjb_client_record_get_own(const jjb_client_record* record) { return record != nullptr && record->record.own ? 1 : 0; }
uint64_t jjb_client_record_get_files(const jjb_client_record* record) { return number(record, &ClientBackupRecord::files); }
uint64_t jjb_client_record_get_content_bytes(const jjb_client_record* record) { return number(record, &ClientBackupRecord::content_bytes); }
uint64_t jjb_client_record_get_size_bytes(const jjb_client_record* record) { return number(record, &ClientBackupRecord::size_bytes); }
const char* jjb_client_record_get_sha1_base64(const jjb_client_record* record) { return text(record, &ClientBackupRecord::sha1_base64); }
const char* jjb_client_record_get_sha256_hex(const jjb_client_record* record) { return text(record, &ClientBackupRecord::sha256_hex); }

size_t jjb_client_record_get_controller_count(const jjb_client_record* record) {
  return record == nullptr ? 0 : record->record.controllers.size();
}
const char* jjb_client_record_get_controller_name(const jjb_client_record* record, size_t index) {
  return controller_text(record, index, &ClientBackupController::name);
}
const char* jjb_client_record_get_controller_uuid(const jjb_client_record* record, size_t index) {
  return controller_text(record, index, &ClientBackupController::uuid);
}
const char* jjb_client_record_get_controller_user(const jjb_client_record* record, size_t index) {
  return controller_text(record, index, &ClientBackupController::user);
}
int32_t jjb_client_record_get_controller_current(const jjb_client_record* record, size_t index) {
  const ClientBackupController* found = controller_at(record, index);
  return found != nullptr && found->current ? 1 : 0;
}
size_t jjb_client_record_get_model_count(const jjb_client_record* record, size_t controller) {
  const ClientBackupController* found = controller_at(record, controller);
  return found == nullptr ? 0 : found->models.size();
}
const char* jjb_client_record_get_model(const jjb_client_record* record, size_t controller, size_t index) {
  const ClientBackupController* found = controller_at(record, controller);
  const std::string* model = found == nullptr ? nullptr : capi::at(found->models, index);
  return model == nullptr ? nullptr : model->c_str();
}

size_t jjb_client_record_get_left_out_count(const jjb_client_record* record) {
  return record == nullptr ? 0 : record->record.left_out.size();
}
const char* jjb_client_record_get_left_out(const jjb_client_record* record, size_t index) {
  return line(record, &ClientBackupRecord::left_out, index);
}
size_t jjb_client_record_get_warning_count(const jjb_client_record* record) {
  return record == nullptr ? 0 : record->record.warnings.size();
}
const char* jjb_client_record_get_warning(const jjb_client_record* record, size_t index) {
  return line(record, &ClientBackupRecord::warnings, index);
}

int32_t jjb_client_record_dup_text(const jjb_client_record* record, char** text, jjb_error** error) {
  return dup(record, text, error, [](const ClientBackupRecord& from) { return jujubackup::to_text(from); });
}
int32_t jjb_client_record_dup_json(const jjb_client_record* record, char** text, jjb_error** error) {
  return dup(record, text, error, [](const ClientBackupRecord& from) { return jujubackup::to_json(from); });
}
int32_t jjb_client_record_dup_yaml(const jjb_client_record* record, char** text, jjb_error** error) {
  return dup(record, text, error, [](const ClientBackupRecord& from) { return jujubackup::to_yaml(from); });
}

void jjb_client_record_free(jjb_client_record* record) { delete record; }
