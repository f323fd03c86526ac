#include "server/restore_status.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "io/temp_file.hpp"
#include "io/walk.hpp"

namespace jujubackup {
namespace {

constexpr std::string_view file_name = "restore.json";
constexpr std::size_t max_file_bytes = 4096;

constexpr std::array all_statuses{RestoreStatus::none,     RestoreStatus::pending, RestoreStatus::restoring,
                                  RestoreStatus::restored, RestoreStatus::checked, RestoreStatus::failed};

bool is_allowed(RestoreStatus from, RestoreStatus to) {
  using S = RestoreStatus;
  switch (to) {
    case S::none: return false;
    case S::pending: return from == S::none || from == S::failed || from == S::checked || from == S::pending;
    case S::restoring: return from == S::pending;
    case S::restored: return from == S::none || from == S::pending || from == S::restoring || from == S::checked;
    case S::checked: return from == S::restored;
    case S::failed: return from != S::none && from != S::checked;
  }
  return false;
}

RestoreStatus parse(std::string_view text) {
  const Value value = parse_json(text, {max_file_bytes, 4});
  const Value* status = value.find("status");
  const std::string* name = status == nullptr ? nullptr : status->string();
  if (name == nullptr) throw Error(ErrorCode::corrupt, "status is missing or no text");
  const auto found = std::find_if(all_statuses.begin(), all_statuses.end(), [&](RestoreStatus each) { return name_of(each) == *name; });
  if (found == all_statuses.end()) throw Error(ErrorCode::corrupt, "unknown restore status: " + printable(*name));
  return *found;
}

}  // namespace

std::string_view name_of(RestoreStatus status) noexcept {
  switch (status) {
    case RestoreStatus::none: return "NOT-RESTORING";
    case RestoreStatus::pending: return "PENDING";
    case RestoreStatus::restoring: return "RESTORING";
    case RestoreStatus::restored: return "RESTORED";
    case RestoreStatus::checked: return "CHECKED";
    case RestoreStatus::failed: return "FAILED";
  }
  return "";
}

void require_allowed(RestoreStatus at_login, const RpcRequest& request, const Generation& generation) {
  if (at_login == RestoreStatus::restoring) throw RpcError("juju restore is in progress - API is disabled to prevent data loss", "");
  if (at_login != RestoreStatus::pending) return;
  constexpr std::array<std::string_view, 8> allowed{"Client.FullStatus",     "Client.ModelGet",      "Client.PrivateAddress",
                                                    "Client.PublicAddress",  "Client.WatchDebugLog", "Backups.Restore",
                                                    "Backups.FinishRestore", "Pinger.Ping"};
  const std::string call = request.type + '.' + request.request;
  if (std::find(allowed.begin(), allowed.end(), call) != allowed.end()) return;
  if (generation.at_least(2, 8) && call == "Bundle.GetChanges") return;
  throw RpcError("juju restore is in progress - functionality is limited to avoid data loss", "");
}

RestoreRecord::RestoreRecord(std::string directory) : directory_(std::move(directory)) {
  const std::string path = join_path(directory_, std::string(file_name));
  if (look_at(path).kind == FileKind::missing) return;
  try {
    status_ = parse(read_small_file(path, max_file_bytes));
  } catch (Error& error) {
    error.add_context("reading " + path);
    throw;
  }
}

RestoreStatus RestoreRecord::get() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void RestoreRecord::set(RestoreStatus to) {
  const std::lock_guard lock(mutex_);
  if (!is_allowed(status_, to)) {
    throw RpcError("setting status \"" + std::string(name_of(to)) + "\": invalid restore transition: " + std::string(name_of(status_)) +
                       " => " + std::string(name_of(to)),
                   "");
  }
  if (to == status_) return;
  write(to);
  status_ = to;
}

void RestoreRecord::write(RestoreStatus status) const {
  const std::string text = write_json(Value::Object{{"status", name_of(status)}}, JsonStyle::indented);
  TempFile file(directory_);
  file.write(std::as_bytes(std::span(text)));
  file.publish(std::string(file_name), true);
}

}  // namespace jujubackup
