// BackupStore::open: declared with the stores, defined above all kinds of them, since it knows each.
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <jujubackup/client.hpp>
#include <jujubackup/controller.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/store.hpp>
#include <jujubackup/store_backend.hpp>

#include "controller/controller_backend.hpp"
#include "controller/controller_state.hpp"
#include "controller/offers.hpp"
#include "controller/store_url.hpp"

namespace jujubackup {
namespace {

// Keeps alive the controller that an archive comes from. What is kept there can be downloaded again, so it can be read again.
class HeldSource final : public Source {
 public:
  HeldSource(std::shared_ptr<Controller> controller, std::string_view id, const Metadata* expected, Job* job)
      : controller_(std::move(controller)), id_(id), job_(job) {
    if (expected != nullptr) expected_ = *expected;
    open();
  }
  std::size_t read(std::span<std::byte> into) override {
    begun_ = true;
    return source_->read(into);
  }
  void rewind() override {
    if (begun_) open();
  }
  std::optional<std::uint64_t> size() const override { return source_->size(); }
  std::string name() const override { return source_->name(); }

 private:
  void open() {
    source_ = controller_->download(id_, expected_ ? &*expected_ : nullptr, job_);
    begun_ = false;
  }

  std::shared_ptr<Controller> controller_;
  std::string id_;
  std::optional<Metadata> expected_;
  Job* job_;
  std::unique_ptr<Source> source_;
  bool begun_ = false;
};

class ConnectedBackups final : public RemoteBackups {
 private:
  Controller& connected(Job* job) {
    if (!controller_) controller_ = std::make_shared<Controller>(connect_(job));
    return *controller_;
  }
  // What only asks is asked once more over a new connection: while an archive was verified or sent, the old one lay idle.
  template <typename F>
  auto repeatable(F&& ask, Job* job) {
    const bool old_connection = controller_ != nullptr && connect_;
    try {
      return ask(connected(job));
    } catch (const Error& error) {
      if (!old_connection || error.code() != ErrorCode::io) throw;
    }
    controller_ = nullptr;
    return ask(connected(job));
  }

 public:
  using Connect = std::function<Controller(Job*)>;
  // Of `controller` and `connect` one may be missing.
  ConnectedBackups(std::string url, std::shared_ptr<Controller> controller, Connect connect)
      : url_(std::move(url)), controller_(std::move(controller)), connect_(std::move(connect)) {}

  std::string url() const override { return url_; }
  void check_takes_uploads(Job* job) override {
    const Controller& controller = connected(job);
    if (!controller.offers().upload) throw lacks(Wanted::upload, controller.info());
  }
  std::vector<Metadata> list(Job* job) override {
    return repeatable([job](Controller& controller) { return controller.list(job); }, job);
  }
  Metadata show(std::string_view id, Job* job) override {
    return repeatable([id, job](Controller& controller) { return controller.show(id, job); }, job);
  }
  RemoveResult remove(const std::string& id) override {
    const auto results = connected(nullptr).remove(std::span(&id, 1), nullptr);
    if (results.size() != 1) throw Error(ErrorCode::corrupt, "the controller answers for another number of backups than was asked");
    return results.front();
  }
  std::unique_ptr<Source> download(std::string_view id, const Metadata* expected, Job* job) override {
    connected(job);
    return std::make_unique<HeldSource>(controller_, id, expected, job);
  }
  std::string upload(Source& archive, const Metadata& metadata, ArchiveCheck check, Job* job) override {
    return StoreUploads::upload(connected(job), archive, metadata, check, job);
  }

 private:
  std::string url_;
  std::shared_ptr<Controller> controller_;
  Connect connect_;
};

BackupStore store_of(std::unique_ptr<RemoteBackups> remote) { return BackupStore(make_controller_backend(std::move(remote))); }

}  // namespace

BackupStore open_controller_store(Controller controller) {
  const ControllerInfo& info = controller.info();
  std::string url = "juju+wss://" + (info.user.empty() ? "" : info.user + "@") + info.endpoint + "/" + info.model_uuid;
  return store_of(std::make_unique<ConnectedBackups>(std::move(url), std::make_shared<Controller>(std::move(controller)), nullptr));
}

namespace {

ConnectOptions options_of(const ControllerUrl& url, Job* job) {
  if (!url.from_client_directory) return connect_options(url);
  const ClientDirectory directory = ClientDirectory::read(default_client_dir(), job);
  return connect_options(directory.resolve_controller(url.controller));
}

Controller connect_to(const ControllerUrl& url, Job* job) { return Controller::connect(options_of(url, job), job); }

}  // namespace

ConnectOptions connect_options(const std::string& url, Job* job) { return options_of(parse_controller_url(url), job); }

Controller Controller::connect(const std::string& url, Job* job) { return connect_to(parse_controller_url(url), job); }

BackupStore open_controller_store(const std::string& url) {
  const ControllerUrl parsed = parse_controller_url(url);
  const auto connect = [parsed](Job* job) { return connect_to(parsed, job); };
  return store_of(std::make_unique<ConnectedBackups>(url, nullptr, connect));
}

BackupStore BackupStore::open(const std::string& url) {
  if (is_controller_url(url)) return open_controller_store(url);
  StoreRegistry registry;
  // They never get here, but belong to what there is.
  const auto no_blobs = [](const std::string&) -> std::unique_ptr<BlobStore> {
    throw Error(ErrorCode::internal, "a controller is no store of blobs");
  };
  registry.add("juju", no_blobs);
  registry.add("juju+wss", no_blobs);
  return BackupStore(registry.open(url));
}

}  // namespace jujubackup
