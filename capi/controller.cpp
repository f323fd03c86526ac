#include <jujubackup/controller.hpp>

#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::Controller;
using jujubackup::ControllerInfo;
using jujubackup::Metadata;
using jujubackup::Offers;
using jujubackup::Source;

namespace {

Controller connect(const jjb_connect_options* handle, jjb_job* job) {
  const auto shared = capi::share(job);
  return Controller::connect(capi::require(handle, "options").options, shared.get());
}

const char* text(const jjb_controller* handle, std::string ControllerInfo::*member) {
  return handle == nullptr ? nullptr : (handle->controller.info().*member).c_str();
}

// An archive's metadata is read from the source that is sent afterwards, so that both are of the same file whatever happens to its name.
class SharedSource final : public Source {
 public:
  explicit SharedSource(std::shared_ptr<Source> source) : source_(std::move(source)) {}
  std::size_t read(std::span<std::byte> into) override { return source_->read(into); }
  void rewind() override { source_->rewind(); }
  std::optional<std::uint64_t> size() const override { return source_->size(); }
  bool random_access() const noexcept override { return source_->random_access(); }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const override { return source_->read_at(offset, into); }
  std::string name() const override { return source_->name(); }

 private:
  std::shared_ptr<Source> source_;
};

Metadata metadata_of(const std::shared_ptr<Source>& source, jujubackup::Job* job) {
  auto metadata = jujubackup::Archive::open(std::make_unique<SharedSource>(source)).metadata_with_file_facts(true, job);
  source->rewind();
  return metadata;
}

}  // namespace

int32_t jjb_controller_connect(const jjb_connect_options* options, jjb_job* job, jjb_controller** controller, jjb_error** error) {
  return guard(error, [&] {
    jjb_controller*& out = capi::result(controller, "controller");
    out = new jjb_controller(connect(options, job));
  });
}

int32_t jjb_store_open_controller(const jjb_connect_options* options, jjb_job* job, jjb_store** store, jjb_error** error) {
  return guard(error, [&] {
    jjb_store*& out = capi::result(store, "store");
    auto opened = jujubackup::open_controller_store(connect(options, job));
    std::string url = opened.url();
    out = new jjb_store{std::move(opened), std::move(url)};
  });
}

void jjb_controller_free(jjb_controller* controller) { delete controller; }

const char* jjb_controller_get_version(const jjb_controller* controller) {
  return controller == nullptr ? nullptr : controller->version.c_str();
}
const char* jjb_controller_get_controller_uuid(const jjb_controller* controller) {
  return text(controller, &ControllerInfo::controller_uuid);
}
const char* jjb_controller_get_model_uuid(const jjb_controller* controller) { return text(controller, &ControllerInfo::model_uuid); }
const char* jjb_controller_get_user(const jjb_controller* controller) { return text(controller, &ControllerInfo::user); }
const char* jjb_controller_get_access(const jjb_controller* controller) { return text(controller, &ControllerInfo::access); }
const char* jjb_controller_get_endpoint(const jjb_controller* controller) { return text(controller, &ControllerInfo::endpoint); }

uint32_t jjb_controller_get_offers(const jjb_controller* controller) {
  if (controller == nullptr) return 0;
  const Offers& offers = controller->controller.offers();
  const std::pair<bool, std::uint32_t> bits[] = {
      {offers.create, JJB_OFFER_CREATE}, {offers.keep_copy, JJB_OFFER_KEEP_COPY}, {offers.always_keeps, JJB_OFFER_ALWAYS_KEEPS},
      {offers.stored, JJB_OFFER_STORED}, {offers.remove, JJB_OFFER_REMOVE},       {offers.remove_many, JJB_OFFER_REMOVE_MANY},
      {offers.upload, JJB_OFFER_UPLOAD}, {offers.one_shot, JJB_OFFER_ONE_SHOT},   {offers.restore, JJB_OFFER_RESTORE},
  };
  std::uint32_t all = 0;
  for (const auto& [offered, bit] : bits) all |= offered ? bit : 0;
  return all;
}

int32_t jjb_controller_create(jjb_controller* controller, const jjb_remote_create_options* options, jjb_job* job,
                              jjb_remote_backup** backup, jjb_error** error) {
  return guard(error, [&] {
    jjb_remote_backup*& out = capi::result(backup, "backup");
    const auto shared = capi::share(job);
    const auto chosen = options == nullptr ? jujubackup::RemoteCreateOptions{} : options->options;
    auto made = std::make_unique<jjb_remote_backup>();
    made->backup = capi::require(controller, "controller").controller.create(chosen, shared.get());
    out = made.release();
  });
}

int32_t jjb_controller_list(jjb_controller* controller, jjb_job* job, jjb_metadata_list** list, jjb_error** error) {
  return guard(error, [&] {
    jjb_metadata_list*& out = capi::result(list, "list");
    const auto shared = capi::share(job);
    out = new jjb_metadata_list{capi::require(controller, "controller").controller.list(shared.get())};
  });
}

int32_t jjb_controller_show(jjb_controller* controller, const char* id, jjb_job* job, jjb_metadata** metadata, jjb_error** error) {
  return guard(error, [&] {
    jjb_metadata*& out = capi::result(metadata, "metadata");
    const auto shared = capi::share(job);
    out = new jjb_metadata(capi::require(controller, "controller").controller.show(capi::require_text(id, "id"), shared.get()));
  });
}

int32_t jjb_controller_remove(jjb_controller* controller, const char* const* ids, size_t count, jjb_job* job, jjb_remove_results** results,
                              jjb_error** error) {
  return guard(error, [&] {
    jjb_remove_results*& out = capi::result(results, "results");
    const auto shared = capi::share(job);
    if (count > 0) capi::require(ids, "ids");
    std::vector<std::string> wanted;
    for (std::size_t index = 0; index < count; ++index) wanted.push_back(capi::require_text(ids[index], "an ID"));
    auto made = std::make_unique<jjb_remove_results>();
    made->results = capi::require(controller, "controller").controller.remove(wanted, shared.get());
    out = made.release();
  });
}

int32_t jjb_controller_download_file(jjb_controller* controller, const char* download_id, const jjb_metadata* expected, const char* path,
                                     int32_t replace, jjb_job* job, uint64_t* size_bytes, jjb_error** error) {
  return guard(error, [&] {
    capi::clear(size_bytes);
    const auto shared = capi::share(job);
    const std::string to = capi::require_text(path, "path");
    const Metadata* told = expected == nullptr ? nullptr : &expected->metadata;
    const auto source =
        capi::require(controller, "controller").controller.download(capi::require_text(download_id, "download_id"), told, shared.get());
    const std::uint64_t saved = jujubackup::save_file(*source, to, replace != 0, shared.get());
    if (size_bytes != nullptr) *size_bytes = saved;
  });
}

int32_t jjb_controller_download_into(jjb_controller* controller, const char* download_id, const jjb_metadata* expected, jjb_store* store,
                                     int32_t accept_bad, jjb_job* job, jjb_record** record, jjb_error** error) {
  jjb_add_options options;
  options.options.accept_bad = accept_bad != 0;
  return jjb_controller_download_into_with(controller, download_id, expected, store, &options, job, record, error);
}

int32_t jjb_controller_download_into_with(jjb_controller* controller, const char* download_id, const jjb_metadata* expected,
                                          jjb_store* store, const jjb_add_options* options, jjb_job* job, jjb_record** record,
                                          jjb_error** error) {
  return guard(error, [&] {
    capi::clear(record);
    const auto shared = capi::share(job);
    jujubackup::BackupStore& into = capi::require(store, "store").store;
    const Metadata* told = expected == nullptr ? nullptr : &expected->metadata;
    const auto source =
        capi::require(controller, "controller").controller.download(capi::require_text(download_id, "download_id"), told, shared.get());
    auto added = std::make_unique<jjb_record>();
    added->record = into.add(*source, options == nullptr ? jujubackup::AddOptions{} : options->options, shared.get());
    if (record != nullptr) *record = added.release();
  });
}

int32_t jjb_controller_upload_file(jjb_controller* controller, const char* path, const jjb_metadata* metadata, jjb_job* job, char** id,
                                   jjb_error** error) {
  return guard(error, [&] {
    char*& out = capi::result(id, "id");
    const auto shared = capi::share(job);
    Controller& to = capi::require(controller, "controller").controller;
    const std::shared_ptr<Source> source = jujubackup::open_file(capi::require_text(path, "path"));
    const Metadata told = metadata == nullptr ? metadata_of(source, shared.get()) : metadata->metadata;
    out = capi::dup_text(to.upload(*source, told, shared.get()));
  });
}
