#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::BackupRecord;

namespace {

const char* text(const jjb_record* handle, std::string BackupRecord::*member) {
  return handle == nullptr ? nullptr : (handle->record.*member).c_str();
}

}  // namespace

const char* jjb_record_get_id(const jjb_record* record) { return text(record, &BackupRecord::id); }
const char* jjb_record_get_file_name(const jjb_record* record) { return text(record, &BackupRecord::file_name); }
uint64_t jjb_record_get_size_bytes(const jjb_record* record) { return record == nullptr ? 0 : record->record.size_bytes; }
const char* jjb_record_get_sha1_base64(const jjb_record* record) { return text(record, &BackupRecord::sha1_base64); }
const char* jjb_record_get_sha256_hex(const jjb_record* record) { return text(record, &BackupRecord::sha256_hex); }
int32_t jjb_record_get_verified(const jjb_record* record, int64_t* seconds, uint32_t* nanoseconds) {
  return capi::give_time(record == nullptr ? nullptr : &record->record.verified, seconds, nanoseconds);
}
int32_t jjb_record_get_encrypted(const jjb_record* record) { return record != nullptr && record->record.encrypted ? 1 : 0; }
int32_t jjb_record_get_adopted(const jjb_record* record) { return record != nullptr && record->record.adopted ? 1 : 0; }
size_t jjb_record_get_warning_count(const jjb_record* record) { return record == nullptr ? 0 : record->record.warnings.size(); }
const char* jjb_record_get_warning(const jjb_record* record, size_t index) {
  const std::string* warning = record == nullptr ? nullptr : capi::at(record->record.warnings, index);
  return warning == nullptr ? nullptr : warning->c_str();
}

int32_t jjb_record_dup_metadata(const jjb_record* record, jjb_metadata** metadata, jjb_error** error) {
  return guard(error, [&] {
    jjb_metadata*& out = capi::result(metadata, "metadata");
    out = new jjb_metadata(capi::require(record, "record").record.metadata);
  });
}

int32_t jjb_record_dup_json(const jjb_record* record, char** text, jjb_error** error) {
  return guard(error, [&] {
    char*& out = capi::result(text, "text");
    out = capi::dup_text(jujubackup::to_json(capi::require(record, "record").record));
  });
}

int32_t jjb_record_dup_yaml(const jjb_record* record, char** text, jjb_error** error) {
  return guard(error, [&] {
    char*& out = capi::result(text, "text");
    out = capi::dup_text(jujubackup::to_yaml(capi::require(record, "record").record));
  });
}

void jjb_record_free(jjb_record* record) { delete record; }
