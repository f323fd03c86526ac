#include <exception>
#include <utility>

#include <jujubackup/backup_id.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/store.hpp>
#include <jujubackup/store_backend.hpp>

#include "archive/verify_archive.hpp"
#include "archive/write_verified.hpp"
#include "base/text.hpp"
#include "crypto/checked_source.hpp"
#include "store/catalog.hpp"
#include "store/verify_on_the_way.hpp"

namespace jujubackup {

namespace {

// What the bytes were when they were handed to the store.
struct Written {
  std::uint64_t size_bytes = 0;
  std::string sha1_base64, sha256_hex;
};

BackupRecord make_record(Metadata metadata, const Written& written, const Timestamp& stored) {
  BackupRecord record;
  metadata.ca_private_key.reset();
  metadata.size_bytes = static_cast<std::int64_t>(written.size_bytes);
  metadata.checksum = written.sha1_base64;
  metadata.checksum_format = checksum_format_sha1;
  metadata.stored = stored;
  if (metadata.finished.is_zero()) metadata.finished = stored;
  record.id = id_of(metadata);
  metadata.id = record.id;
  record.file_name = archive_file_name(record.id);
  record.size_bytes = written.size_bytes;
  record.sha1_base64 = written.sha1_base64;
  record.sha256_hex = written.sha256_hex;
  record.metadata = std::move(metadata);
  return record;
}

// The archive first: a crash in between leaves a whole archive, which the next listing adopts.
void publish(BlobStore& blobs, Catalog& catalog, BlobWriter& writer, const BackupRecord& record, Job* job) {
  job_begin(job, Phase::publishing, 0);
  const auto lock = blobs.lock();
  try {
    writer.commit(record.file_name, false);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::exists) throw backup_exists(record.id);
    throw;
  }
  try {
    catalog.write(record);
  } catch (...) {
    const std::exception_ptr first = std::current_exception();
    try {
      blobs.remove(record.file_name);
    } catch (const Error&) {
      std::rethrow_exception(first);  // the one to tell
    }
    throw;
  }
}

// Archives and records as blobs.
class BlobBackend final : public BackupBackend {
 public:
  explicit BlobBackend(std::unique_ptr<BlobStore> blobs) : blobs_(std::move(blobs)), catalog_(*blobs_) {}
  std::string url() const override { return blobs_->url(); }
  Listing list(Job* job) override { return catalog_.list(job); }
  BackupRecord show(std::string_view id, Job* job) override;
  BackupRecord create(const ArchiveInput& input, const WriteOptions& options, Job* job) override;
  BackupRecord add(Source& source, const AddOptions& options, Job* job) override;
  std::unique_ptr<Source> open_archive(std::string_view id) override;
  VerifyReport verify(std::string_view id, Depth depth, Job* job) override;
  void remove(std::string_view id) override;

 private:
  std::unique_ptr<BlobStore> blobs_;
  Catalog catalog_;
};

BackupRecord BlobBackend::show(std::string_view id, Job* job) {
  auto record = catalog_.find(id, job);
  if (!record) throw backup_not_found(id);
  return std::move(*record);
}

BackupRecord BlobBackend::create(const ArchiveInput& input, const WriteOptions& options, Job* job) {
  // Of the start time, so it is known before there is anything to lose; without one, only the finishing time tells.
  if (!input.metadata.started.is_zero()) {
    const std::string id = id_of(input.metadata);
    if (catalog_.find(id, job)) throw backup_exists(id);
  }
  const auto writer = blobs_->put(0);
  VerifyReport report;
  const WriteResult result = write_verified(input, *writer, options, report, job);
  const Written written{result.size_bytes, result.sha1_base64, result.sha256_hex};
  if (report.verdict() == Verdict::bad) {
    throw Error(ErrorCode::corrupt, "the new archive does not verify: " + first_error(report));
  }
  const Timestamp now = Timestamp::now();
  Metadata metadata = input.metadata;
  metadata.finished = result.finished;
  BackupRecord record = make_record(std::move(metadata), written, now);
  if (inflates_again(options.level)) record.verified = now;
  record.warnings = result.warnings;
  publish(*blobs_, catalog_, *writer, record, job);
  return record;
}

BackupRecord BlobBackend::add(Source& source, const AddOptions& options, Job* job) {
  const auto writer = blobs_->put(source.size().value_or(0));
  const VerifyReport report = verify_on_the_way(source, *writer, job);
  const Written written{report.size_bytes, report.sha1_base64, report.sha256_hex};
  const bool good = report.verdict() != Verdict::bad;
  if (!good && !options.accept_bad) throw Error(ErrorCode::corrupt, printable(source.name()) + " does not verify: " + first_error(report));
  const Timestamp now = Timestamp::now();
  // A source has no change time; the time of adding stands for it.
  const Metadata made_up = metadata_from_file(static_cast<std::int64_t>(written.size_bytes), written.sha1_base64, now);
  BackupRecord record = make_record(report.metadata.value_or(made_up), written, now);
  if (good) record.verified = now;
  if (catalog_.find(record.id, job)) throw backup_exists(record.id);
  publish(*blobs_, catalog_, *writer, record, job);
  return record;
}

std::unique_ptr<Source> BlobBackend::open_archive(std::string_view id) {
  const auto record = catalog_.find(id, nullptr);
  if (!record) throw backup_not_found(id);
  return expect_digests(blobs_->get(record->file_name), {record->sha1_base64, record->sha256_hex});
}

VerifyReport BlobBackend::verify(std::string_view id, Depth depth, Job* job) {
  auto record = catalog_.find(id, job);
  if (!record) throw backup_not_found(id);
  VerifyOptions options;
  options.depth = depth;
  options.recorded_size_bytes = record->size_bytes;
  options.recorded_sha1_base64 = record->sha1_base64;
  options.recorded_sha256_hex = record->sha256_hex;
  const auto source = blobs_->get(record->file_name);
  VerifyReport report = verify_archive(*source, options, job);
  if (depth != Depth::full || report.verdict() == Verdict::bad || !blobs_->properties().writable) return report;

  record->sha1_base64 = report.sha1_base64;
  record->sha256_hex = report.sha256_hex;
  record->metadata.checksum = report.sha1_base64;
  record->metadata.checksum_format = checksum_format_sha1;
  record->verified = Timestamp::now();
  try {
    const auto lock = blobs_->lock();
    catalog_.update(*record);
  } catch (const Error& error) {
    // The report is what was asked for, also of a store that one may only read.
    job_note(job, std::string("the record was not brought up to date: ") + error.what());
  }
  return report;
}

void BlobBackend::remove(std::string_view id) {
  const auto record = catalog_.find(id, nullptr);
  if (!record) throw backup_not_found(id);
  const auto lock = blobs_->lock();
  try {
    catalog_.remove(*record);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) throw backup_not_found(id);  // another process was faster
    throw;
  }
}

}  // namespace

BackupStore::BackupStore(std::unique_ptr<BlobStore> blobs) : backend_(std::make_unique<BlobBackend>(std::move(blobs))) {}
BackupStore::BackupStore(std::unique_ptr<BackupBackend> backend) : backend_(std::move(backend)) {}
BackupStore::BackupStore(BackupStore&&) noexcept = default;
BackupStore& BackupStore::operator=(BackupStore&&) noexcept = default;
BackupStore::~BackupStore() = default;

std::string BackupStore::url() const { return backend_->url(); }
Listing BackupStore::list(Job* job) { return backend_->list(job); }
BackupRecord BackupStore::show(std::string_view id, Job* job) { return backend_->show(id, job); }
BackupRecord BackupStore::create(const ArchiveInput& input, const WriteOptions& options, Job* job) {
  return backend_->create(input, options, job);
}
BackupRecord BackupStore::add(Source& source, const AddOptions& options, Job* job) { return backend_->add(source, options, job); }
std::unique_ptr<Source> BackupStore::open_archive(std::string_view id) { return backend_->open_archive(id); }
VerifyReport BackupStore::verify(std::string_view id, Depth depth, Job* job) { return backend_->verify(id, depth, job); }
void BackupStore::remove(std::string_view id) { backend_->remove(id); }

}  // namespace jujubackup
