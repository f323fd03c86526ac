// What is behind the opaque handles. A handle owns what it needs, or shares it: no handle points into another one, so that they can be
// freed in any order.
#pragma once

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <jujubackup/jujubackup.h>
#include <jujubackup/archive.hpp>
#include <jujubackup/archive_writer.hpp>
#include <jujubackup/client_backup.hpp>
#include <jujubackup/controller.hpp>
#include <jujubackup/controller_restore.hpp>
#include <jujubackup/database.hpp>
#include <jujubackup/dump_facts.hpp>
#include <jujubackup/encryption.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/hosts.hpp>
#include <jujubackup/job.hpp>
#include <jujubackup/machine.hpp>
#include <jujubackup/metadata.hpp>
#include <jujubackup/rebootstrap.hpp>
#include <jujubackup/restore.hpp>
#include <jujubackup/restore_run.hpp>
#include <jujubackup/server.hpp>
#include <jujubackup/store.hpp>
#include <jujubackup/verify.hpp>

struct jjb_error {
  std::int32_t code = 0;
  std::string message;
  std::string text;
  std::vector<std::string> context;
  bool retry = false;
  std::int32_t system_error = 0;
};

struct jjb_job {
  std::shared_ptr<jujubackup::Job> job;
};

struct jjb_metadata {
  explicit jjb_metadata(jujubackup::Metadata from) : metadata(std::move(from)), version(metadata.version.to_string()) {}
  jujubackup::Metadata metadata;
  std::string version;
};

struct jjb_archive {
  jujubackup::Archive archive;
  std::string name;
};

struct jjb_archive_input {
  jujubackup::ArchiveInput input;
};

struct jjb_write_options {
  jujubackup::WriteOptions options;
  jujubackup::StoreEncryption encryption;
};

struct jjb_write_result {
  jujubackup::WriteResult result;
};

struct jjb_entry_list {
  std::vector<jujubackup::Entry> entries;
};

struct jjb_extract_options {
  jujubackup::ExtractOptions options;
};

struct jjb_extract_report {
  jujubackup::ExtractReport report;
};

struct jjb_verify_options {
  jujubackup::VerifyOptions options;
};

struct jjb_verify_report {
  jujubackup::VerifyReport report;
};

struct jjb_store {
  jujubackup::BackupStore store;
  std::string url;
};

struct jjb_listing {
  jujubackup::Listing listing;
};

struct jjb_record {
  jujubackup::BackupRecord record;
};

struct jjb_create_options {
  jujubackup::CreateOptions options;
};

struct jjb_dump_facts {
  jujubackup::DumpFacts facts;
};

struct jjb_connect_options {
  jujubackup::ConnectOptions options;
};

struct jjb_controller {
  explicit jjb_controller(jujubackup::Controller from) : controller(std::move(from)), version(controller.info().version.to_string()) {}
  jujubackup::Controller controller;
  std::string version;
};

struct jjb_remote_create_options {
  jujubackup::RemoteCreateOptions options;
};

struct jjb_remote_backup {
  jujubackup::RemoteBackup backup;
};

struct jjb_metadata_list {
  std::vector<jujubackup::Metadata> items;
};

struct jjb_remove_results {
  std::vector<jujubackup::RemoveResult> results;
};

struct jjb_server_options {
  jujubackup::ServerOptions options;
};

struct jjb_server {
  jujubackup::Server server;
  std::string address;
  std::vector<std::pair<std::string, bool>> users;  // name, superuser
};

// Shared with stores and options, which use them on threads of their own: once given away they are not changed any more.
struct jjb_recipients {
  std::shared_ptr<jujubackup::Recipients> recipients = std::make_shared<jujubackup::Recipients>();
  bool given_away = false;
};

struct jjb_identities {
  std::shared_ptr<jujubackup::Identities> identities = std::make_shared<jujubackup::Identities>();
  bool given_away = false;
};

struct jjb_encrypted_facts {
  jujubackup::EncryptedFacts facts;
};

struct jjb_add_options {
  jujubackup::AddOptions options;
};

struct jjb_client_backup_options {
  jujubackup::ClientBackupOptions options;
  std::shared_ptr<const jujubackup::Recipients> recipients;
  bool armor = false;
  bool utc = false;
};

struct jjb_client_record {
  jujubackup::ClientBackupRecord record;
};

struct jjb_client_restore_options {
  jujubackup::ClientRestoreOptions options;
};

struct jjb_client_plan {
  jujubackup::ClientRestorePlan plan;
};

struct jjb_client_restore_result {
  jujubackup::ClientRestoreResult result;
};

struct jjb_client_unfinished {
  jujubackup::UnfinishedClientRestore unfinished;
};

struct jjb_restore_options {
  jujubackup::RestoreOptions options;
};

// What is shared may be in use by a call while the handle is freed. Hosts and systemd are made for each call (RestoreCall).
struct jjb_restore_tools {
  std::shared_ptr<jujubackup::Database> database;
  bool ssh = false;
  jujubackup::SshOptions ssh_options;
  bool systemd = false;
  jujubackup::SystemdOptions systemd_options;
  std::shared_ptr<jujubackup::Services> services;  // of the caller
};

struct jjb_restore_plan {
  jujubackup::RestorePlan plan;
};

struct jjb_restore_report {
  jujubackup::RestoreReport report;
};

struct jjb_remote_restore_options {
  jujubackup::ControllerRestoreOptions options;  // without archive: that is opened for a call
  std::string path;
  std::shared_ptr<const jujubackup::Identities> identities;
};

struct jjb_remote_restore_result {
  explicit jjb_remote_restore_result(jujubackup::ControllerRestoreResult from)
      : result(std::move(from)), version(result.version.to_string()), version_after(result.version_after.to_string()) {}
  jujubackup::ControllerRestoreResult result;
  std::string version, version_after;
};

struct jjb_rebootstrap_options {
  jujubackup::RebootstrapOptions options;
  jujubackup::RemoteRestoreOptions remote;  // without ssh
  jujubackup::RebootstrapEvents on_event;
};

struct jjb_rebootstrap_plan {
  jujubackup::RebootstrapPlan plan;
};

struct jjb_rebootstrapped {
  jujubackup::Rebootstrapped made;
};

namespace jujubackup::capi {

// The job stays alive while the operation runs, even if its handle is freed meanwhile.
inline std::shared_ptr<Job> share(jjb_job* job) { return job == nullptr ? nullptr : job->job; }

// To keep. Null for null; Error(invalid_argument) where there is nobody, so that this cannot be taken for "not encrypted".
std::shared_ptr<const Recipients> share(jjb_recipients* recipients);
// To keep. Null for null.
std::shared_ptr<const Identities> share(jjb_identities* identities);
// For the time of a call.
inline const Identities* of(const jjb_identities* identities) { return identities == nullptr ? nullptr : identities->identities.get(); }

// Error(invalid_argument) for what is no JJB_DEPTH_ value.
inline Depth depth_of(std::int32_t depth) {
  if (depth != JJB_DEPTH_QUICK && depth != JJB_DEPTH_FULL) throw Error(ErrorCode::invalid_argument, "depth is no JJB_DEPTH_ value");
  return static_cast<Depth>(depth);
}

// Error(invalid_argument) for what is neither a JJB_LEVEL_ value nor 1 to 9.
inline Level level_of(std::int32_t level) {
  if (level < JJB_LEVEL_COMPACT || level > 9) throw Error(ErrorCode::invalid_argument, "level is no JJB_LEVEL_ value and not 1 to 9");
  return static_cast<Level>(level);
}

// Error(invalid_argument) for what is no version: here it is no file that is bad, but what the caller gave.
inline JujuVersion version_of(const std::string& text) {
  try {
    return JujuVersion::parse(text);
  } catch (const Error& error) {
    throw Error(ErrorCode::invalid_argument, error.message());
  }
}

// For a secret that is not needed any more.
inline void wipe(std::string& secret) { ::explicit_bzero(secret.data(), secret.size()); }

// Null at and after the end.
template <typename T>
const T* at(const std::vector<T>& items, std::size_t index) {
  return index < items.size() ? &items[index] : nullptr;
}

// Error(invalid_argument) for what is no time of the years 1 to 9999.
inline Timestamp time_of(std::int64_t seconds, std::uint32_t nanoseconds) {
  constexpr std::int64_t first = -62135596800;  // 0001-01-01T00:00:00Z
  constexpr std::int64_t last = 253402300799;   // 9999-12-31T23:59:59Z
  if (seconds < first || seconds > last || nanoseconds > 999'999'999) {
    throw Error(ErrorCode::invalid_argument, "time is not within the years 1 to 9999");
  }
  return Timestamp::from_unix(seconds, nanoseconds);
}

// 1 and the time, or 0 and zeros.
inline std::int32_t give_time(const Timestamp* time, std::int64_t* seconds, std::uint32_t* nanoseconds) {
  const bool set = time != nullptr && !time->is_zero();
  if (seconds != nullptr) *seconds = set ? time->unix_seconds() : 0;
  if (nanoseconds != nullptr) *nanoseconds = set ? time->nanoseconds() : 0;
  return set ? 1 : 0;
}

}  // namespace jujubackup::capi
