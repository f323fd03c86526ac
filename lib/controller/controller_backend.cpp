#include "controller/controller_backend.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <tuple>
#include <utility>

#include <jujubackup/backup_id.hpp>
#include <jujubackup/encryption.hpp>
#include <jujubackup/error.hpp>

#include "archive/verify_archive.hpp"
#include "archive/write_verified.hpp"
#include "base/text.hpp"
#include "controller/rpc.hpp"
#include "crypto/decrypted.hpp"
#include "crypto/same_bytes.hpp"
#include "io/wrapped_source.hpp"
#include "store/catalog.hpp"
#include "store/spool.hpp"
#include "store/verify_on_the_way.hpp"

namespace jujubackup {
namespace {

// For the progress of reading what is not compared with its record on the way.
class SizedSource final : public Source {
 public:
  SizedSource(std::unique_ptr<Source> source, std::uint64_t size_bytes) : source_(std::move(source)), size_bytes_(size_bytes) {}
  std::size_t read(std::span<std::byte> into) override { return source_->read(into); }
  void rewind() override { source_->rewind(); }
  std::optional<std::uint64_t> size() const override { return size_bytes_; }
  std::string name() const override { return source_->name(); }

 private:
  std::unique_ptr<Source> source_;
  std::uint64_t size_bytes_;
};

// An ID becomes a part of file names and messages: one that does not look like one is not let in.
BackupRecord record_of(Metadata metadata) {
  if (!is_backup_id(metadata.id)) {
    throw Error(ErrorCode::corrupt, quoted_name(metadata.id) + ": the controller names a backup by what is no backup ID");
  }
  BackupRecord record;
  metadata.ca_private_key.reset();
  record.id = metadata.id;
  record.file_name = archive_file_name(record.id);
  record.size_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(metadata.size_bytes, 0));
  if (metadata.checksum_format.empty() || metadata.checksum_format == checksum_format_sha1) record.sha1_base64 = metadata.checksum;
  record.metadata = std::move(metadata);
  return record;
}

void set_file_facts(Metadata& metadata, std::uint64_t size_bytes, const std::string& sha1_base64) {
  metadata.ca_private_key.reset();
  metadata.id.clear();
  metadata.stored = {};
  metadata.size_bytes = static_cast<std::int64_t>(size_bytes);
  metadata.checksum = sha1_base64;
  metadata.checksum_format = checksum_format_sha1;
  if (metadata.finished.is_zero()) metadata.finished = Timestamp::now();
}

Error not_taken_encrypted() {
  return {ErrorCode::unsupported,
          "a Juju controller takes no encrypted backup: it reads the record inside when it is sent one, and keeps nothing it cannot read"};
}

class ControllerBackend final : public BackupBackend {
 public:
  explicit ControllerBackend(std::unique_ptr<RemoteBackups> remote) : remote_(std::move(remote)) {}
  std::string url() const override { return remote_->url(); }
  Listing list(Job* job) override;
  BackupRecord show(std::string_view id, Job* job) override;
  BackupRecord create(const ArchiveInput& input, const WriteOptions& options, Job* job, const StoreEncryption& encryption) override;
  BackupRecord add(Source& source, const AddOptions& options, Job* job) override;
  // Nothing that a controller keeps is encrypted.
  void set_identities(std::shared_ptr<const Identities>) override {}
  std::unique_ptr<Source> open_archive(std::string_view id) override;
  std::unique_ptr<Source> open_content(std::string_view id) override { return open_archive(id); }
  VerifyReport verify(std::string_view id, Depth depth, Job* job) override;
  void remove(std::string_view id) override;

 private:
  // What is not there is told the same way by all kinds of stores, and not asked for again.
  std::optional<BackupRecord> find(std::string_view id, Job* job);
  BackupRecord send(Source& archive, const Metadata& metadata, ArchiveCheck check, Job* job);

  std::unique_ptr<RemoteBackups> remote_;
};

Listing ControllerBackend::list(Job* job) {
  Listing listing;
  for (Metadata& metadata : remote_->list(job)) {
    try {
      listing.backups.push_back(record_of(std::move(metadata)));
    } catch (const Error& error) {
      listing.problems.push_back(error.message());
    }
  }
  // The controller's order is that of its database.
  std::sort(listing.backups.begin(), listing.backups.end(), [](const BackupRecord& a, const BackupRecord& b) {
    return std::tie(a.metadata.started, a.id) < std::tie(b.metadata.started, b.id);
  });
  return listing;
}

std::optional<BackupRecord> ControllerBackend::find(std::string_view id, Job* job) {
  // What has a path's form makes a controller of 2.4 and later delete files.
  const bool possible = is_backup_id(id);
  try {
    // Asked in any case, since a release that keeps nothing answers otherwise.
    Metadata metadata = remote_->show(possible ? id : "none", job);
    if (!possible) return std::nullopt;
    if (metadata.id != id)
      throw Error(ErrorCode::corrupt, "asked for backup " + quoted_name(id) + ", the controller shows " + quoted_name(metadata.id));
    return record_of(std::move(metadata));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return std::nullopt;
    throw;
  }
}

BackupRecord ControllerBackend::show(std::string_view id, Job* job) {
  auto record = find(id, job);
  if (!record) throw backup_not_found(id);
  return std::move(*record);
}

BackupRecord ControllerBackend::create(const ArchiveInput& input, const WriteOptions& options, Job* job,
                                       const StoreEncryption& encryption) {
  if (encryption.recipients) throw not_taken_encrypted();
  remote_->check_takes_uploads(job);
  if (!input.metadata.started.is_zero()) {
    const std::string id = id_of(input.metadata);
    if (find(id, job)) throw backup_exists(id);
  }
  Spool spool(0);
  VerifyReport report;
  const WriteResult result = write_verified(input, spool, options, report, job);
  if (report.verdict() == Verdict::bad) {
    throw Error(ErrorCode::corrupt, "the new archive does not verify: " + first_error(report));
  }
  Metadata metadata = input.metadata;
  metadata.finished = result.finished;
  set_file_facts(metadata, result.size_bytes, result.sha1_base64);
  const auto archive = spool.open("the new archive");
  BackupRecord record = send(*archive, metadata, ArchiveCheck::by_digest, job);
  record.sha256_hex = result.sha256_hex;
  record.warnings = result.warnings;
  return record;
}

BackupRecord ControllerBackend::add(Source& source, const AddOptions& options, Job* job) {
  if (options.encryption.recipients) throw not_taken_encrypted();
  remote_->check_takes_uploads(job);
  // The archive is read twice: its checksum has to be sent before it. So it is verified in the first reading, where cores would be idle
  // otherwise, and no byte of a bad one goes on the wire.
  const auto promised = source.size();
  std::optional<Spool> spool;
  if (!source.random_access()) spool.emplace(promised.value_or(0));
  PeekedSource pipe(borrowed(source), spool ? encrypted_head_bytes : 0);
  if (is_encrypted(spool ? pipe.head() : head_of(source, encrypted_head_bytes))) throw not_taken_encrypted();
  SameBytes same;
  const auto first = same.first(spool ? static_cast<Source&>(pipe) : source);
  const VerifyReport report = spool ? verify_on_the_way(*first, *spool, nullptr, job) : verify_archive(*first, {}, job);
  const std::string name = printable(source.name());
  if (promised && *promised != report.size_bytes) {
    throw Error(ErrorCode::io, name + ": ended after " + std::to_string(report.size_bytes) + " of " + std::to_string(*promised) + " bytes",
                true);
  }
  check_expected(source, report, options.expected_sha1_base64);
  if (report.verdict() == Verdict::bad && !options.accept_bad) {
    throw Error(ErrorCode::corrupt, name + " does not verify: " + first_error(report));
  }
  const Metadata made_up = metadata_from_file(static_cast<std::int64_t>(report.size_bytes), report.sha1_base64, Timestamp::now());
  Metadata metadata = report.metadata.value_or(made_up);
  set_file_facts(metadata, report.size_bytes, report.sha1_base64);
  if (!metadata.started.is_zero()) {
    const std::string id = id_of(metadata);
    // Else the controller says so when it has received all of it.
    if (find(id, job)) throw backup_exists(id);
  }
  const auto copy = spool ? spool->open(source.name()) : nullptr;
  Source& archive = copy ? *copy : source;
  archive.rewind();
  const auto second = same.second(archive);
  BackupRecord record = send(*second, metadata, ArchiveCheck::by_source, job);
  record.sha256_hex = report.sha256_hex;
  return record;
}

BackupRecord ControllerBackend::send(Source& archive, const Metadata& metadata, ArchiveCheck check, Job* job) {
  std::string id;
  try {
    id = remote_->upload(archive, metadata, check, job);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::exists) throw backup_exists(id_of(metadata));
    throw;
  }
  const auto record = find(id, job);
  const std::string copy = "the copy on the controller, " + quoted_name(id) + ", ";
  const std::string untouched = "; " + printable(archive.name()) + " was not touched";
  if (!record) throw Error(ErrorCode::corrupt, copy + "cannot be found there" + untouched);
  if (record->size_bytes != static_cast<std::uint64_t>(metadata.size_bytes) || record->sha1_base64 != metadata.checksum) {
    throw Error(ErrorCode::corrupt, copy + "is bad: it has " + std::to_string(record->size_bytes) + " bytes with SHA-1 " +
                                        quoted_name(record->sha1_base64) + ", not " + std::to_string(metadata.size_bytes) +
                                        " bytes with SHA-1 " + quoted_name(metadata.checksum) + untouched);
  }
  return *record;
}

std::unique_ptr<Source> ControllerBackend::open_archive(std::string_view id) {
  const BackupRecord record = show(id, nullptr);
  return remote_->download(record.id, &record.metadata, nullptr);
}

VerifyReport ControllerBackend::verify(std::string_view id, Depth depth, Job* job) {
  const BackupRecord record = show(id, job);
  VerifyOptions options;
  options.depth = depth;
  options.recorded_size_bytes = record.size_bytes;
  options.recorded_sha1_base64 = record.sha1_base64;
  // Without the record: what differs from it is for the report to say.
  SizedSource source(remote_->download(record.id, nullptr, job), record.size_bytes);
  return verify_archive(source, options, job);
}

void ControllerBackend::remove(std::string_view id) {
  if (!is_backup_id(id)) {
    show(id, nullptr);
    throw backup_not_found(id);
  }
  const RemoveResult result = remote_->remove(std::string(id));
  if (result.error.empty()) return;
  // Facade 2 says no more than these two words, facade 1 has them as the code.
  if (result.error == "not found" || result.error.ends_with("(not found)")) throw backup_not_found(id);
  throw Error(ErrorCode::program, "removing backup " + quoted_name(id) + ": " + printable(result.error));
}

}  // namespace

std::unique_ptr<BackupBackend> make_controller_backend(std::unique_ptr<RemoteBackups> remote) {
  return std::make_unique<ControllerBackend>(std::move(remote));
}

}  // namespace jujubackup
