#include <jujubackup/archive.hpp>

#include "callbacks.hpp"
#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::Entry;

namespace {

const Entry* entry_at(const jjb_entry_list* list, std::size_t index) { return list == nullptr ? nullptr : capi::at(list->entries, index); }

}  // namespace

int32_t jjb_archive_open(const char* path, jjb_archive** archive, jjb_error** error) {
  return guard(error, [&] {
    jjb_archive*& out = capi::result(archive, "archive");
    auto opened = jujubackup::Archive::open(capi::require_text(path, "path"));
    std::string name = opened.name();
    out = new jjb_archive{std::move(opened), std::move(name)};
  });
}

int32_t jjb_archive_open_source(const jjb_source_callbacks* source, const char* name, jjb_archive** archive, jjb_error** error) {
  return guard(error, [&] {
    auto reader = capi::make_source(source, name);
    jjb_archive*& out = capi::result(archive, "archive");
    auto opened = jujubackup::Archive::open(std::move(reader));
    std::string opened_name = opened.name();
    out = new jjb_archive{std::move(opened), std::move(opened_name)};
  });
}

void jjb_archive_free(jjb_archive* archive) { delete archive; }

const char* jjb_archive_get_name(const jjb_archive* archive) { return archive == nullptr ? nullptr : archive->name.c_str(); }

int32_t jjb_archive_get_size_bytes(const jjb_archive* archive, uint64_t* size_bytes) {
  if (size_bytes != nullptr) *size_bytes = 0;
  if (archive == nullptr) return 0;
  try {
    const auto size = archive->archive.size_bytes();
    if (size && size_bytes != nullptr) *size_bytes = *size;
    return size ? 1 : 0;
  } catch (...) {
    return 0;
  }
}

int32_t jjb_archive_read_metadata(jjb_archive* archive, jjb_job* job, jjb_metadata** metadata, jjb_error** error) {
  return guard(error, [&] {
    jjb_metadata*& out = capi::result(metadata, "metadata");
    const auto shared = capi::share(job);
    auto found = capi::require(archive, "archive").archive.metadata(shared.get());
    if (found) out = new jjb_metadata(std::move(*found));
  });
}

int32_t jjb_archive_read_metadata_with_file_facts(jjb_archive* archive, int32_t with_checksum, jjb_job* job, jjb_metadata** metadata,
                                                  jjb_error** error) {
  return guard(error, [&] {
    jjb_metadata*& out = capi::result(metadata, "metadata");
    const auto shared = capi::share(job);
    out = new jjb_metadata(capi::require(archive, "archive").archive.metadata_with_file_facts(with_checksum != 0, shared.get()));
  });
}

int32_t jjb_archive_list(jjb_archive* archive, int32_t inside_root_tar, jjb_job* job, jjb_entry_list** entries, jjb_error** error) {
  return guard(error, [&] {
    jjb_entry_list*& out = capi::result(entries, "entries");
    const auto shared = capi::share(job);
    out = new jjb_entry_list{capi::require(archive, "archive").archive.list(inside_root_tar != 0, shared.get())};
  });
}

int32_t jjb_archive_read_entry(jjb_archive* archive, const char* path, jjb_write_callback write, void* user, jjb_job* job,
                               jjb_error** error) {
  return guard(error, [&] {
    capi::require(write, "write");
    const auto shared = capi::share(job);
    capi::CallbackSink sink(write, user);
    capi::require(archive, "archive").archive.read_entry(capi::require_text(path, "path"), sink, shared.get());
  });
}

int32_t jjb_archive_extract(jjb_archive* archive, const char* target, const jjb_extract_options* options, jjb_job* job,
                            jjb_extract_report** report, jjb_error** error) {
  return guard(error, [&] {
    capi::clear(report);
    const auto shared = capi::share(job);
    const jujubackup::ExtractOptions chosen = options == nullptr ? jujubackup::ExtractOptions{} : options->options;
    auto done = std::make_unique<jjb_extract_report>();
    done->report = capi::require(archive, "archive").archive.extract(capi::require_text(target, "target"), chosen, shared.get());
    if (report != nullptr) *report = done.release();
  });
}

int32_t jjb_archive_verify(jjb_archive* archive, const jjb_verify_options* options, jjb_job* job, jjb_verify_report** report,
                           jjb_error** error) {
  return guard(error, [&] {
    jjb_verify_report*& out = capi::result(report, "report");
    const auto shared = capi::share(job);
    const jujubackup::VerifyOptions chosen = options == nullptr ? jujubackup::VerifyOptions{} : options->options;
    out = new jjb_verify_report{capi::require(archive, "archive").archive.verify(chosen, shared.get())};
  });
}

size_t jjb_entry_list_get_count(const jjb_entry_list* entries) { return entries == nullptr ? 0 : entries->entries.size(); }

const char* jjb_entry_list_get_path(const jjb_entry_list* entries, size_t index) {
  const Entry* entry = entry_at(entries, index);
  return entry == nullptr ? nullptr : entry->path.c_str();
}

int32_t jjb_entry_list_get_type(const jjb_entry_list* entries, size_t index) {
  const Entry* entry = entry_at(entries, index);
  return entry == nullptr ? 0 : static_cast<std::int32_t>(entry->type);
}

uint64_t jjb_entry_list_get_size_bytes(const jjb_entry_list* entries, size_t index) {
  const Entry* entry = entry_at(entries, index);
  return entry == nullptr ? 0 : entry->size_bytes;
}

uint32_t jjb_entry_list_get_mode(const jjb_entry_list* entries, size_t index) {
  const Entry* entry = entry_at(entries, index);
  return entry == nullptr ? 0 : entry->mode;
}

int64_t jjb_entry_list_get_uid(const jjb_entry_list* entries, size_t index) {
  const Entry* entry = entry_at(entries, index);
  return entry == nullptr ? 0 : entry->uid;
}

int64_t jjb_entry_list_get_gid(const jjb_entry_list* entries, size_t index) {
  const Entry* entry = entry_at(entries, index);
  return entry == nullptr ? 0 : entry->gid;
}

int64_t jjb_entry_list_get_mtime_s(const jjb_entry_list* entries, size_t index) {
  const Entry* entry = entry_at(entries, index);
  return entry == nullptr ? 0 : entry->mtime_s;
}

const char* jjb_entry_list_get_link_target(const jjb_entry_list* entries, size_t index) {
  const Entry* entry = entry_at(entries, index);
  return entry == nullptr ? nullptr : entry->link_target.c_str();
}

void jjb_entry_list_free(jjb_entry_list* entries) { delete entries; }

jjb_extract_options* jjb_extract_options_new(void) { return new (std::nothrow) jjb_extract_options(); }
void jjb_extract_options_free(jjb_extract_options* options) { delete options; }

int32_t jjb_extract_options_add_name(jjb_extract_options* options, const char* name) {
  return guard(nullptr, [&] { capi::require(options, "options").options.names.push_back(capi::require_text(name, "name")); });
}

int32_t jjb_extract_options_set_root_tar(jjb_extract_options* options, int32_t root_tar) {
  return guard(nullptr, [&] {
    if (root_tar != JJB_ROOT_TAR_UNPACK && root_tar != JJB_ROOT_TAR_KEEP) capi::refuse("no JJB_ROOT_TAR_ value");
    capi::require(options, "options").options.root_tar = static_cast<jujubackup::RootTar>(root_tar);
  });
}

int32_t jjb_extract_options_set_owners(jjb_extract_options* options, int32_t owners) {
  return guard(nullptr, [&] { capi::require(options, "options").options.owners = owners != 0; });
}

uint64_t jjb_extract_report_get_files(const jjb_extract_report* report) { return report == nullptr ? 0 : report->report.files; }
uint64_t jjb_extract_report_get_directories(const jjb_extract_report* report) { return report == nullptr ? 0 : report->report.directories; }
uint64_t jjb_extract_report_get_links(const jjb_extract_report* report) { return report == nullptr ? 0 : report->report.links; }
uint64_t jjb_extract_report_get_bytes(const jjb_extract_report* report) { return report == nullptr ? 0 : report->report.bytes; }
size_t jjb_extract_report_get_warning_count(const jjb_extract_report* report) {
  return report == nullptr ? 0 : report->report.warnings.size();
}
const char* jjb_extract_report_get_warning(const jjb_extract_report* report, size_t index) {
  const std::string* warning = report == nullptr ? nullptr : capi::at(report->report.warnings, index);
  return warning == nullptr ? nullptr : warning->c_str();
}
void jjb_extract_report_free(jjb_extract_report* report) { delete report; }
