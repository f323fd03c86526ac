#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include <jujubackup/backup_id.hpp>
#include <jujubackup/encryption.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/store.hpp>
#include <jujubackup/store_backend.hpp>

#include "archive/findings.hpp"
#include "archive/verify_archive.hpp"
#include "archive/write_verified.hpp"
#include "base/text.hpp"
#include "crypto/checked_source.hpp"
#include "crypto/decrypted.hpp"
#include "crypto/side_digests.hpp"
#include "io/wrapped_source.hpp"
#include "store/catalog.hpp"
#include "store/record.hpp"
#include "store/verify_on_the_way.hpp"

namespace jujubackup {

namespace {

// `written`: what the bytes were when they were handed to the store.
BackupRecord make_record(Metadata metadata, const FileDigests& written, const Timestamp& stored) {
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

void make_encrypted(BackupRecord& record, bool bare) {
  record.encrypted = true;
  record.file_name = encrypted_file_name(record.id);
  if (!bare) return;
  Metadata told = bare_metadata(record.id);
  const Metadata& all = record.metadata;
  told.id = all.id;
  told.size_bytes = all.size_bytes;
  told.checksum = all.checksum;
  told.checksum_format = all.checksum_format;
  told.stored = all.stored;
  told.started = all.started;
  told.finished = all.finished;
  record.metadata = std::move(told);
  record.warnings.clear();  // they name files
}

// The archive first: a crash in between leaves a whole archive, which the next listing adopts.
void publish(BlobStore& blobs, Catalog& catalog, BlobWriter& writer, const BackupRecord& record, Job* job) {
  job_begin(job, Phase::publishing, 0);
  const auto lock = blobs.lock();
  if (catalog.has(record.encrypted ? archive_file_name(record.id) : encrypted_file_name(record.id))) throw backup_exists(record.id);
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

// What is written to it is encrypted into a blob.
class EncryptedBlob {
 public:
  EncryptedBlob(Sink& blob, const Recipients& recipients, Job* job)
      : digests_(blob, job_threads(job)), sink_(encrypting_sink(digests_, recipients)) {}
  Sink& sink() { return *sink_; }
  // Of the encrypted file.
  FileDigests finish() {
    sink_->finish();
    return digests_.finish();
  }

 private:
  DigestingSink digests_;
  std::unique_ptr<EncryptingSink> sink_;
};

// What is to be recorded of a source that was verified.
Metadata metadata_of(const Source& source, const VerifyReport& report, const Timestamp& now) {
  if (report.metadata) return *report.metadata;
  const bool unknown = report.encrypted && (!report.opened || report.has("encrypted-damaged"));
  // A source has no change time; the time of adding stands for it.
  if (!unknown) return metadata_from_file(static_cast<std::int64_t>(report.size_bytes), report.sha1_base64, now);
  if (const auto id = id_in_encrypted_name(source.name())) return bare_metadata(*id);
  throw Error(ErrorCode::unsupported, printable(source.name()) +
                                          " is encrypted: an identity is needed to learn its ID, or the name that it "
                                          "has in a store (juju-backup-<ID>.tar.gz.age)");
}

// Whoever may write to the store could exchange two files with their records, and anybody can encrypt.
void compare_ids(const BackupRecord& record, VerifyReport& report) {
  if (!report.metadata) return;
  std::string inside;
  try {
    inside = id_of(*report.metadata);
  } catch (const Error& error) {
    inside = error.message();
  }
  if (inside == record.id) return;
  std::vector<Finding> found;
  Findings(found).add("recorded-id", "", "inside is " + inside + ", the record says " + record.id);
  report.findings.insert(report.findings.begin(), found.begin(), found.end());
}

// Archives and records as blobs.
class BlobBackend final : public BackupBackend {
 public:
  explicit BlobBackend(std::unique_ptr<BlobStore> blobs) : blobs_(std::move(blobs)), catalog_(*blobs_) {}
  std::string url() const override { return blobs_->url(); }
  Listing list(Job* job) override { return catalog_.list(job); }
  BackupRecord show(std::string_view id, Job* job) override;
  BackupRecord create(const ArchiveInput& input, const WriteOptions& options, Job* job, const StoreEncryption& encryption) override;
  BackupRecord add(Source& source, const AddOptions& options, Job* job) override;
  void set_identities(std::shared_ptr<const Identities> identities) override;
  std::unique_ptr<Source> open_archive(std::string_view id) override;
  std::unique_ptr<Source> open_content(std::string_view id) override;
  VerifyReport verify(std::string_view id, Depth depth, Job* job) override;
  void remove(std::string_view id) override;

 private:
  std::unique_ptr<BlobStore> blobs_;
  Catalog catalog_;
  std::shared_ptr<const Identities> identities_;
};

BackupRecord BlobBackend::show(std::string_view id, Job* job) {
  auto record = catalog_.find(id, job);
  if (!record) throw backup_not_found(id);
  return catalog_.filled(std::move(*record), job);
}

void BlobBackend::set_identities(std::shared_ptr<const Identities> identities) {
  catalog_.set_identities(identities);
  identities_ = std::move(identities);
}

BackupRecord BlobBackend::create(const ArchiveInput& input, const WriteOptions& options, Job* job, const StoreEncryption& encryption) {
  // Of the start time, so it is known before there is anything to lose; without one, only the finishing time tells.
  if (!input.metadata.started.is_zero()) {
    const std::string id = id_of(input.metadata);
    if (catalog_.find(id, job)) throw backup_exists(id);
  }
  const auto writer = blobs_->put(0);
  std::optional<EncryptedBlob> encrypted;
  if (encryption.recipients) encrypted.emplace(*writer, *encryption.recipients, job);
  VerifyReport report;
  const WriteResult result = write_verified(input, encrypted ? encrypted->sink() : *writer, options, report, job,
                                            encrypted ? FileSha1::unwanted : FileSha1::wanted);
  if (report.verdict() == Verdict::bad) {
    throw Error(ErrorCode::corrupt, "the new archive does not verify: " + first_error(report));
  }
  const FileDigests written = encrypted ? encrypted->finish() : FileDigests{result.size_bytes, result.sha1_base64, result.sha256_hex};
  const Timestamp now = Timestamp::now();
  Metadata metadata = input.metadata;
  metadata.finished = result.finished;
  BackupRecord record = make_record(std::move(metadata), written, now);
  if (inflates_again(options.level)) record.verified = now;
  record.warnings = result.warnings;
  if (encrypted) make_encrypted(record, encryption.bare_record);
  publish(*blobs_, catalog_, *writer, record, job);
  return record;
}

BackupRecord BlobBackend::add(Source& source, const AddOptions& options, Job* job) {
  PeekedSource from(borrowed(source), encrypted_head_bytes);
  const auto writer = blobs_->put(source.size().value_or(0));
  std::optional<EncryptedBlob> encrypted;
  if (options.encryption.recipients && !is_encrypted(from.head())) encrypted.emplace(*writer, *options.encryption.recipients, job);
  const VerifyReport report = verify_on_the_way(from, encrypted ? encrypted->sink() : *writer, identities_.get(), job);
  const FileDigests written = encrypted ? encrypted->finish() : FileDigests{report.size_bytes, report.sha1_base64, report.sha256_hex};
  check_expected(source, report, options.expected_sha1_base64);
  const bool good = report.verdict() != Verdict::bad;
  if (!good && !options.accept_bad) throw Error(ErrorCode::corrupt, printable(source.name()) + " does not verify: " + first_error(report));
  const Timestamp now = Timestamp::now();
  BackupRecord record = make_record(metadata_of(source, report, now), written, now);
  if (good && (!report.encrypted || report.opened)) record.verified = now;
  if (encrypted || report.encrypted) make_encrypted(record, options.encryption.bare_record);
  if (catalog_.find(record.id, job)) throw backup_exists(record.id);
  publish(*blobs_, catalog_, *writer, record, job);
  return record;
}

std::unique_ptr<Source> BlobBackend::open_archive(std::string_view id) {
  const auto record = catalog_.find(id, nullptr);
  if (!record) throw backup_not_found(id);
  return expect_digests(blobs_->get(record->file_name), {record->sha1_base64, record->sha256_hex});
}

std::unique_ptr<Source> BlobBackend::open_content(std::string_view id) { return decrypted(open_archive(id), identities_.get()); }

VerifyReport BlobBackend::verify(std::string_view id, Depth depth, Job* job) {
  auto record = catalog_.find(id, job);
  if (!record) throw backup_not_found(id);
  VerifyOptions options;
  options.depth = depth;
  options.recorded_size_bytes = record->size_bytes;
  options.recorded_sha1_base64 = record->sha1_base64;
  options.recorded_sha256_hex = record->sha256_hex;
  const auto source = blobs_->get(record->file_name);
  VerifyReport report = record->encrypted ? verify_file(*source, identities_.get(), options, job) : verify_archive(*source, options, job);
  if (record->encrypted) compare_ids(*record, report);
  if (depth != Depth::full || report.verdict() == Verdict::bad || !blobs_->properties().writable) return report;

  record->sha1_base64 = report.sha1_base64;
  record->sha256_hex = report.sha256_hex;
  record->metadata.checksum = report.sha1_base64;
  record->metadata.checksum_format = checksum_format_sha1;
  if (!record->encrypted || report.opened) record->verified = Timestamp::now();
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
BackupRecord BackupStore::create(const ArchiveInput& input, const WriteOptions& options, Job* job, const StoreEncryption& encryption) {
  return backend_->create(input, options, job, encryption);
}
void BackupStore::set_identities(std::shared_ptr<const Identities> identities) { backend_->set_identities(std::move(identities)); }
std::unique_ptr<Source> BackupStore::open_content(std::string_view id) { return backend_->open_content(id); }
BackupRecord BackupStore::add(Source& source, const AddOptions& options, Job* job) { return backend_->add(source, options, job); }
std::unique_ptr<Source> BackupStore::open_archive(std::string_view id) { return backend_->open_archive(id); }
VerifyReport BackupStore::verify(std::string_view id, Depth depth, Job* job) { return backend_->verify(id, depth, job); }
void BackupStore::remove(std::string_view id) { backend_->remove(id); }

}  // namespace jujubackup
