// The Backups facade of versions 1 to 3.
#include <jujubackup/controller.hpp>

#include "controller/controller_state.hpp"
#include "controller/facade.hpp"
#include "controller/offers.hpp"
#include "controller/transfer.hpp"
#include "controller/wire_fields.hpp"
#include "controller/wire_metadata.hpp"

namespace jujubackup {
namespace {

Value::Object create_params(const RemoteCreateOptions& options, const Offers& offers) {
  Value::Object params;
  params.emplace_back("notes", options.notes);
  if (offers.keep_copy) params.emplace_back("keep-copy", options.keep_copy || !options.download);
  // Later releases take it without looking at it.
  if (!offers.always_keeps) params.emplace_back("no-download", !options.download);
  return params;
}

// One of Remove's results in version 2: {} or {"error": {"message", "code"}}.
std::string item_error(const Value& result) {
  const Value* error = result.find("error");
  if (error == nullptr || error->is_null()) return {};
  const std::string message = text_at(*error, "message");
  return RpcError(message.empty() ? "not removed" : message, text_at(*error, "code")).message();
}

}  // namespace

Controller::Controller(std::unique_ptr<State> state) : state_(std::move(state)) {}
Controller::Controller(Controller&&) noexcept = default;
Controller& Controller::operator=(Controller&&) noexcept = default;
Controller::~Controller() = default;

const ControllerInfo& Controller::info() const noexcept { return state_->info; }
const Offers& Controller::offers() const noexcept { return state_->offers; }

RemoteBackup Controller::create(const RemoteCreateOptions& options, Job* job) {
  const Offers& offers = state_->offers;
  if (!offers.create) throw lacks(Wanted::create, state_->info);
  if (options.keep_copy && !offers.keep_copy && !offers.always_keeps) throw lacks(Wanted::keep_copy, state_->info);
  WireMetadata wire = parse_wire_metadata(state_->call("Create", create_params(options, offers), job));

  RemoteBackup backup;
  backup.metadata = std::move(wire.metadata);
  // Where it is kept on request, the path is that of a second copy, which is there for one download and was removed if none was wanted.
  if (offers.always_keeps || (offers.keep_copy && !options.download)) wire.file_name.clear();
  backup.remote_path = std::move(wire.file_name);
  backup.download_id = backup.remote_path.empty() ? backup.metadata.id : backup.remote_path;
  backup.one_shot = !backup.remote_path.empty() && backup.metadata.id.empty();
  if (backup.download_id.empty()) throw Error(ErrorCode::corrupt, "the controller made a backup, but does not say where it is");
  return backup;
}

std::vector<Metadata> Controller::list(Job* job) {
  if (!state_->offers.stored) throw lacks(Wanted::list, state_->info);
  const Value response = state_->call("List", Value::Object{}, job);
  std::vector<Metadata> backups;
  for (const Value& entry : array_at(response, "list")) backups.push_back(parse_wire_metadata(entry).metadata);
  return backups;
}

Metadata Controller::show(std::string_view id, Job* job) {
  if (!state_->offers.stored) throw lacks(Wanted::show, state_->info);
  Value::Object params;
  params.emplace_back("id", id);
  return parse_wire_metadata(state_->call("Info", std::move(params), job)).metadata;
}

std::vector<RemoveResult> Controller::remove(std::span<const std::string> ids, Job* job) {
  if (!state_->offers.remove) throw lacks(Wanted::remove, state_->info);
  std::vector<RemoveResult> results;
  if (!state_->offers.remove_many) {
    bool any_removed = false;
    for (const std::string& id : ids) {
      Value::Object params;
      params.emplace_back("id", id);
      RemoveResult result{id, {}};
      try {
        state_->call("Remove", std::move(params), job);
        any_removed = true;
      } catch (const RpcError& error) {
        // What concerns more than this backup is an error of the whole, as it is in version 2; unless some are already gone.
        if (error.code() != ErrorCode::not_found && !any_removed) throw;
        result.error = error.message();
      }
      results.push_back(std::move(result));
    }
    return results;
  }

  if (ids.empty()) return results;
  Value::Object params;
  params.emplace_back("ids", Value::Array(ids.begin(), ids.end()));
  const Value response = state_->call("Remove", std::move(params), job);
  const Value::Array& items = array_at(response, "results");
  if (items.size() != ids.size()) {
    throw Error(ErrorCode::corrupt, "expected " + std::to_string(ids.size()) + " result(s), got " + std::to_string(items.size()));
  }
  for (std::size_t i = 0; i < ids.size(); ++i) results.push_back({ids[i], item_error(items[i])});
  return results;
}

void Controller::prepare_restore(Job* job) {
  if (!state_->offers.restore) throw lacks(Wanted::restore, state_->info);
  state_->call("PrepareRestore", Value::Object{}, job);
}

void Controller::restore(std::string_view id, Job* job) {
  if (!state_->offers.restore) throw lacks(Wanted::restore, state_->info);
  Value::Object params;
  params.emplace_back("backup-id", id);
  state_->call("Restore", std::move(params), job);
}

void Controller::finish_restore(Job* job) {
  if (!state_->offers.restore) throw lacks(Wanted::restore, state_->info);
  state_->call("FinishRestore", Value::Object{}, job);
}

std::size_t Controller::active_controllers(Job* job) { return count_active_controllers(*state_->connection, state_->login, job); }

namespace {

TransferTarget transfer_target(const ConnectOptions& options, const Endpoint& endpoint) {
  TransferTarget target;
  target.dial.endpoints = {endpoint};
  target.dial.ca_cert = options.ca_cert;
  target.dial.public_hostname = options.public_hostname;
  target.dial.timeout = options.connect_timeout;
  target.model_uuid = options.model_uuid;
  target.credentials = http_credentials(options);
  target.idle_timeout = options.idle_timeout;
  return target;
}

}  // namespace

std::unique_ptr<Source> Controller::download(std::string_view download_id, const Metadata* expected, Job* job) {
  if (!state_->offers.stored && !state_->offers.one_shot) throw lacks(Wanted::download, state_->info);
  return open_download(transfer_target(state_->options, state_->endpoint), std::string(download_id), expected, job);
}

std::string Controller::upload(Source& archive, const Metadata& metadata, Job* job) {
  return StoreUploads::upload(*this, archive, metadata, ArchiveCheck::by_digest, job);
}

std::string StoreUploads::upload(Controller& controller, Source& archive, const Metadata& metadata, ArchiveCheck check, Job* job) {
  const Controller::State& state = *controller.state_;
  if (!state.offers.upload) throw lacks(Wanted::upload, state.info);
  return upload_archive(transfer_target(state.options, state.endpoint), archive, metadata, check, job);
}

}  // namespace jujubackup
