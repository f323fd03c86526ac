#include <jujubackup/archive_writer.hpp>

#include "callbacks.hpp"
#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::WriteOptions;
using jujubackup::WriteResult;

namespace {

WriteOptions chosen(const jjb_write_options* options) { return options == nullptr ? WriteOptions{} : options->options; }

jujubackup::StoreEncryption encryption_of(const jjb_write_options* options) {
  return options == nullptr ? jujubackup::StoreEncryption{} : options->encryption;
}

const char* text(const jjb_write_result* handle, std::string WriteResult::*member) {
  return handle == nullptr ? nullptr : (handle->result.*member).c_str();
}

std::uint64_t number(const jjb_write_result* handle, std::uint64_t WriteResult::*member) {
  return handle == nullptr ? 0 : handle->result.*member;
}

}  // namespace

jjb_write_options* jjb_write_options_new(void) { return new (std::nothrow) jjb_write_options(); }
void jjb_write_options_free(jjb_write_options* options) { delete options; }

int32_t jjb_write_options_set_level(jjb_write_options* options, int32_t level) {
  return guard(nullptr, [&] { capi::require(options, "options").options.level = capi::level_of(level); });
}

int32_t jjb_write_options_set_strict(jjb_write_options* options, int32_t strict) {
  return guard(nullptr, [&] { capi::require(options, "options").options.strict = strict != 0; });
}

int32_t jjb_write_options_set_encryption(jjb_write_options* options, jjb_recipients* recipients, int32_t bare_record) {
  return guard(nullptr, [&] {
    auto& into = capi::require(options, "options").encryption;
    into = {capi::share(recipients), bare_record != 0};
  });
}

int32_t jjb_archive_write(const jjb_archive_input* input, const jjb_write_options* options, jjb_write_callback write, void* user,
                          jjb_job* job, jjb_write_result** result, jjb_error** error) {
  return guard(error, [&] {
    capi::clear(result);
    capi::require(write, "write");
    const auto shared = capi::share(job);
    capi::CallbackSink sink(write, user);
    const auto encryption = encryption_of(options);
    std::unique_ptr<jujubackup::EncryptingSink> encrypting;
    if (encryption.recipients) encrypting = jujubackup::encrypting_sink(sink, *encryption.recipients);
    jujubackup::Sink& into = encrypting ? static_cast<jujubackup::Sink&>(*encrypting) : sink;
    auto done = std::make_unique<jjb_write_result>();
    done->result = jujubackup::write_archive(capi::require(input, "input").input, into, chosen(options), shared.get());
    if (encrypting) encrypting->finish();
    if (result != nullptr) *result = done.release();
  });
}

int32_t jjb_store_create(jjb_store* store, const jjb_archive_input* input, const jjb_write_options* options, jjb_job* job,
                         jjb_record** record, jjb_error** error) {
  return guard(error, [&] {
    capi::clear(record);
    const auto shared = capi::share(job);
    auto made = std::make_unique<jjb_record>();
    made->record = capi::require(store, "store")
                       .store.create(capi::require(input, "input").input, chosen(options), shared.get(), encryption_of(options));
    if (record != nullptr) *record = made.release();
  });
}

uint64_t jjb_write_result_get_size_bytes(const jjb_write_result* result) { return number(result, &WriteResult::size_bytes); }
const char* jjb_write_result_get_sha1_base64(const jjb_write_result* result) { return text(result, &WriteResult::sha1_base64); }
const char* jjb_write_result_get_sha256_hex(const jjb_write_result* result) { return text(result, &WriteResult::sha256_hex); }
uint64_t jjb_write_result_get_content_bytes(const jjb_write_result* result) { return number(result, &WriteResult::content_bytes); }
uint64_t jjb_write_result_get_files(const jjb_write_result* result) { return number(result, &WriteResult::files); }
size_t jjb_write_result_get_warning_count(const jjb_write_result* result) { return result == nullptr ? 0 : result->result.warnings.size(); }
const char* jjb_write_result_get_warning(const jjb_write_result* result, size_t index) {
  const std::string* warning = result == nullptr ? nullptr : capi::at(result->result.warnings, index);
  return warning == nullptr ? nullptr : warning->c_str();
}
int32_t jjb_write_result_get_finished(const jjb_write_result* result, int64_t* seconds, uint32_t* nanoseconds) {
  return capi::give_time(result == nullptr ? nullptr : &result->result.finished, seconds, nanoseconds);
}
void jjb_write_result_free(jjb_write_result* result) { delete result; }
