#include <jujubackup/store.hpp>

#include "blob_store.hpp"
#include "callbacks.hpp"
#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::BackupStore;

namespace {

jjb_store* make_store(BackupStore store) {
  std::string url = store.url();
  return new jjb_store{std::move(store), std::move(url)};
}

void add(jjb_store& store, jujubackup::Source& source, const jjb_add_options* options, jjb_job* job, jjb_record** record) {
  const auto shared = capi::share(job);
  auto added = std::make_unique<jjb_record>();
  added->record = store.store.add(source, options == nullptr ? jujubackup::AddOptions{} : options->options, shared.get());
  if (record != nullptr) *record = added.release();
}

jjb_add_options accepting(std::int32_t accept_bad) {
  jjb_add_options options;
  options.options.accept_bad = accept_bad != 0;
  return options;
}

void save(jujubackup::Source& source, const std::string& path, std::int32_t replace, jujubackup::Job* job, std::uint64_t* size_bytes) {
  const std::uint64_t saved = jujubackup::save_file(source, path, replace != 0, job);
  if (size_bytes != nullptr) *size_bytes = saved;
}

}  // namespace

int32_t jjb_store_open(const char* url, jjb_store** store, jjb_error** error) {
  return guard(error, [&] {
    jjb_store*& out = capi::result(store, "store");
    out = make_store(BackupStore::open(capi::require_text(url, "url")));
  });
}

int32_t jjb_store_open_custom(const jjb_store_callbacks* callbacks, const char* url, jjb_store** store, jjb_error** error) {
  return guard(error, [&] {
    auto blobs = capi::make_callback_store(callbacks, url);
    jjb_store*& out = capi::result(store, "store");
    out = make_store(BackupStore(std::move(blobs)));
  });
}

void jjb_store_free(jjb_store* store) { delete store; }

const char* jjb_store_get_url(const jjb_store* store) { return store == nullptr ? nullptr : store->url.c_str(); }

int32_t jjb_store_dup_default_url(char** url, jjb_error** error) {
  return guard(error, [&] {
    char*& out = capi::result(url, "url");
    out = capi::dup_text(jujubackup::default_store_url());
  });
}

int32_t jjb_store_list(jjb_store* store, jjb_job* job, jjb_listing** listing, jjb_error** error) {
  return guard(error, [&] {
    jjb_listing*& out = capi::result(listing, "listing");
    const auto shared = capi::share(job);
    out = new jjb_listing{capi::require(store, "store").store.list(shared.get())};
  });
}

int32_t jjb_store_show(jjb_store* store, const char* id, jjb_job* job, jjb_record** record, jjb_error** error) {
  return guard(error, [&] {
    jjb_record*& out = capi::result(record, "record");
    const auto shared = capi::share(job);
    out = new jjb_record{capi::require(store, "store").store.show(capi::require_text(id, "id"), shared.get())};
  });
}

jjb_add_options* jjb_add_options_new(void) { return new (std::nothrow) jjb_add_options(); }
void jjb_add_options_free(jjb_add_options* options) { delete options; }

int32_t jjb_add_options_set_accept_bad(jjb_add_options* options, int32_t accept_bad) {
  return guard(nullptr, [&] { capi::require(options, "options").options.accept_bad = accept_bad != 0; });
}

int32_t jjb_add_options_set_encryption(jjb_add_options* options, jjb_recipients* recipients, int32_t bare_record) {
  return guard(nullptr, [&] {
    auto& into = capi::require(options, "options").options.encryption;
    into = {capi::share(recipients), bare_record != 0};
  });
}

int32_t jjb_store_add(jjb_store* store, const char* path, int32_t accept_bad, jjb_job* job, jjb_record** record, jjb_error** error) {
  const jjb_add_options options = accepting(accept_bad);
  return jjb_store_add_with(store, path, &options, job, record, error);
}

int32_t jjb_store_add_with(jjb_store* store, const char* path, const jjb_add_options* options, jjb_job* job, jjb_record** record,
                           jjb_error** error) {
  return guard(error, [&] {
    capi::clear(record);
    capi::require(store, "store");
    const auto source = jujubackup::open_file(capi::require_text(path, "path"));
    add(*store, *source, options, job, record);
  });
}

int32_t jjb_store_add_source(jjb_store* store, const jjb_source_callbacks* source, const char* name, int32_t accept_bad, jjb_job* job,
                             jjb_record** record, jjb_error** error) {
  const jjb_add_options options = accepting(accept_bad);
  return jjb_store_add_source_with(store, source, name, &options, job, record, error);
}

int32_t jjb_store_add_source_with(jjb_store* store, const jjb_source_callbacks* source, const char* name, const jjb_add_options* options,
                                  jjb_job* job, jjb_record** record, jjb_error** error) {
  return guard(error, [&] {
    const auto reader = capi::make_source(source, name);
    capi::clear(record);
    capi::require(store, "store");
    add(*store, *reader, options, job, record);
  });
}

int32_t jjb_store_set_identities(jjb_store* store, jjb_identities* identities) {
  return guard(nullptr, [&] { capi::require(store, "store").store.set_identities(capi::share(identities)); });
}

int32_t jjb_store_open_archive(jjb_store* store, const char* id, jjb_archive** archive, jjb_error** error) {
  return guard(error, [&] {
    jjb_archive*& out = capi::result(archive, "archive");
    auto opened = jujubackup::Archive::open(capi::require(store, "store").store.open_content(capi::require_text(id, "id")));
    std::string name = opened.name();
    out = new jjb_archive{std::move(opened), std::move(name)};
  });
}

int32_t jjb_store_save_archive(jjb_store* store, const char* id, const char* path, int32_t replace, jjb_job* job, uint64_t* size_bytes,
                               jjb_error** error) {
  return guard(error, [&] {
    capi::clear(size_bytes);
    const auto shared = capi::share(job);
    const std::string to = capi::require_text(path, "path");
    const auto source = capi::require(store, "store").store.open_archive(capi::require_text(id, "id"));
    save(*source, to, replace, shared.get(), size_bytes);
  });
}

int32_t jjb_store_save_content(jjb_store* store, const char* id, const char* path, int32_t replace, jjb_job* job, uint64_t* size_bytes,
                               jjb_error** error) {
  return guard(error, [&] {
    capi::clear(size_bytes);
    const auto shared = capi::share(job);
    const std::string to = capi::require_text(path, "path");
    const auto source = capi::require(store, "store").store.open_content(capi::require_text(id, "id"));
    save(*source, to, replace, shared.get(), size_bytes);
  });
}

int32_t jjb_store_verify(jjb_store* store, const char* id, int32_t depth, jjb_job* job, jjb_verify_report** report, jjb_error** error) {
  return guard(error, [&] {
    jjb_verify_report*& out = capi::result(report, "report");
    const auto shared = capi::share(job);
    auto made = capi::require(store, "store").store.verify(capi::require_text(id, "id"), capi::depth_of(depth), shared.get());
    out = new jjb_verify_report{std::move(made)};
  });
}

int32_t jjb_store_remove(jjb_store* store, const char* id, jjb_error** error) {
  return guard(error, [&] { capi::require(store, "store").store.remove(capi::require_text(id, "id")); });
}

size_t jjb_listing_get_count(const jjb_listing* listing) { return listing == nullptr ? 0 : listing->listing.backups.size(); }

const char* jjb_listing_get_id(const jjb_listing* listing, size_t index) {
  const jujubackup::BackupRecord* record = listing == nullptr ? nullptr : capi::at(listing->listing.backups, index);
  return record == nullptr ? nullptr : record->id.c_str();
}

int32_t jjb_listing_dup_record(const jjb_listing* listing, size_t index, jjb_record** record, jjb_error** error) {
  return guard(error, [&] {
    jjb_record*& out = capi::result(record, "record");
    const auto* found = capi::at(capi::require(listing, "listing").listing.backups, index);
    if (found == nullptr) capi::refuse("index is beyond the end of the listing");
    out = new jjb_record{*found};
  });
}

size_t jjb_listing_get_problem_count(const jjb_listing* listing) { return listing == nullptr ? 0 : listing->listing.problems.size(); }

const char* jjb_listing_get_problem(const jjb_listing* listing, size_t index) {
  const std::string* problem = listing == nullptr ? nullptr : capi::at(listing->listing.problems, index);
  return problem == nullptr ? nullptr : problem->c_str();
}

void jjb_listing_free(jjb_listing* listing) { delete listing; }
