// What is known here of backups on a controller.
#include <jujubackup/controller.hpp>

#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::Metadata;
using jujubackup::RemoteBackup;
using jujubackup::RemoveResult;

namespace {

const char* text(const jjb_remote_backup* handle, std::string RemoteBackup::*member) {
  return handle == nullptr ? nullptr : (handle->backup.*member).c_str();
}

const char* text(const jjb_remove_results* handle, std::size_t index, std::string RemoveResult::*member) {
  const RemoveResult* found = handle == nullptr ? nullptr : capi::at(handle->results, index);
  return found == nullptr ? nullptr : (found->*member).c_str();
}

}  // namespace

jjb_remote_create_options* jjb_remote_create_options_new(void) { return new (std::nothrow) jjb_remote_create_options(); }
void jjb_remote_create_options_free(jjb_remote_create_options* options) { delete options; }

int32_t jjb_remote_create_options_set_notes(jjb_remote_create_options* options, const char* notes) {
  return guard(nullptr, [&] { capi::require(options, "options").options.notes = capi::require_text(notes, "notes"); });
}
int32_t jjb_remote_create_options_set_download(jjb_remote_create_options* options, int32_t download) {
  return guard(nullptr, [&] { capi::require(options, "options").options.download = download != 0; });
}
int32_t jjb_remote_create_options_set_keep_copy(jjb_remote_create_options* options, int32_t keep_copy) {
  return guard(nullptr, [&] { capi::require(options, "options").options.keep_copy = keep_copy != 0; });
}

int32_t jjb_remote_backup_dup_metadata(const jjb_remote_backup* backup, jjb_metadata** metadata, jjb_error** error) {
  return guard(error, [&] {
    jjb_metadata*& out = capi::result(metadata, "metadata");
    out = new jjb_metadata(capi::require(backup, "backup").backup.metadata);
  });
}
const char* jjb_remote_backup_get_download_id(const jjb_remote_backup* backup) { return text(backup, &RemoteBackup::download_id); }
const char* jjb_remote_backup_get_remote_path(const jjb_remote_backup* backup) { return text(backup, &RemoteBackup::remote_path); }
int32_t jjb_remote_backup_get_one_shot(const jjb_remote_backup* backup) { return backup != nullptr && backup->backup.one_shot ? 1 : 0; }
void jjb_remote_backup_free(jjb_remote_backup* backup) { delete backup; }

size_t jjb_metadata_list_get_count(const jjb_metadata_list* list) { return list == nullptr ? 0 : list->items.size(); }
const char* jjb_metadata_list_get_id(const jjb_metadata_list* list, size_t index) {
  const Metadata* found = list == nullptr ? nullptr : capi::at(list->items, index);
  return found == nullptr ? nullptr : found->id.c_str();
}
int32_t jjb_metadata_list_dup_metadata(const jjb_metadata_list* list, size_t index, jjb_metadata** metadata, jjb_error** error) {
  return guard(error, [&] {
    jjb_metadata*& out = capi::result(metadata, "metadata");
    const Metadata* found = capi::at(capi::require(list, "list").items, index);
    if (found == nullptr) capi::refuse("index is beyond the end of the list");
    out = new jjb_metadata(*found);
  });
}
void jjb_metadata_list_free(jjb_metadata_list* list) { delete list; }

size_t jjb_remove_results_get_count(const jjb_remove_results* results) { return results == nullptr ? 0 : results->results.size(); }
const char* jjb_remove_results_get_id(const jjb_remove_results* results, size_t index) { return text(results, index, &RemoveResult::id); }
const char* jjb_remove_results_get_error(const jjb_remove_results* results, size_t index) {
  return text(results, index, &RemoveResult::error);
}
void jjb_remove_results_free(jjb_remove_results* results) { delete results; }
