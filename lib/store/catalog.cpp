#include "store/catalog.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <jujubackup/archive.hpp>
#include <jujubackup/backup_id.hpp>

#include "base/text.hpp"
#include "crypto/decrypted.hpp"
#include "io/wrapped_source.hpp"
#include "store/record.hpp"

namespace jujubackup {
namespace {

std::string quoted(std::string_view id) {
  constexpr std::size_t longest_shown = 300;
  return go_quote(id.substr(0, longest_shown));
}

int rank_of(const BackupRecord& record) {
  if (record.file_name == archive_file_name(record.id)) return 2;
  return record.file_name == encrypted_file_name(record.id) ? 1 : 0;
}

// Keeps the canonical name of each ID, the encrypted archive's if there is no other, or else the first by name; the others become problems.
void leave_out_repeated(Listing& listing) {
  std::map<std::string, std::size_t> first;
  for (std::size_t i = 0; i < listing.backups.size(); ++i) {
    const BackupRecord& record = listing.backups[i];
    const auto [known, is_new] = first.try_emplace(record.id, i);
    if (!is_new && rank_of(record) > rank_of(listing.backups[known->second])) known->second = i;
  }
  std::vector<BackupRecord> kept;
  for (std::size_t i = 0; i < listing.backups.size(); ++i) {
    const std::size_t winner = first.at(listing.backups[i].id);
    if (winner == i) continue;
    listing.problems.push_back(listing.backups[i].file_name + ": repeats the backup " + listing.backups[i].id + " of " +
                               listing.backups[winner].file_name);
  }
  for (std::size_t i = 0; i < listing.backups.size(); ++i) {
    if (first.at(listing.backups[i].id) == i) kept.push_back(std::move(listing.backups[i]));
  }
  listing.backups = std::move(kept);
}

bool by_start(const BackupRecord& a, const BackupRecord& b) {
  return std::tie(a.metadata.started, a.id) < std::tie(b.metadata.started, b.id);
}

}  // namespace

Error backup_not_found(std::string_view id) { return {ErrorCode::not_found, "backup metadata " + quoted(id) + " not found"}; }
Error backup_exists(std::string_view id) { return {ErrorCode::exists, "backup metadata " + quoted(id) + " already exists"}; }

std::string id_of(const Metadata& metadata) {
  const Timestamp& stamp = metadata.started.is_zero() ? metadata.finished : metadata.started;
  std::string id = make_backup_id(stamp, metadata.model_uuid);
  if (!is_backup_id(id)) throw Error(ErrorCode::corrupt, "the metadata gives no usable backup ID: model " + quoted(metadata.model_uuid));
  return id;
}

Metadata bare_metadata(std::string_view id) {
  // As make_backup_id puts it together.
  constexpr std::size_t moment_length = 15;
  const std::string digits(id.substr(0, moment_length));
  Metadata metadata;
  metadata.started = Timestamp::parse_rfc3339(digits.substr(0, 4) + "-" + digits.substr(4, 2) + "-" + digits.substr(6, 2) + "T" +
                                              digits.substr(9, 2) + ":" + digits.substr(11, 2) + ":" + digits.substr(13, 2) + "Z");
  if (const std::string_view model = id.substr(moment_length + 1); model != "<unknown>") metadata.model_uuid = model;
  return metadata;
}

Catalog::Beside Catalog::read_beside(const std::string& name) {
  Beside beside;
  try {
    const auto source = blobs_.get(name);
    MemorySink text(max_record_bytes);
    std::vector<std::byte> buffer(16384);
    while (const std::size_t got = source->read(buffer)) text.write(std::span(buffer).first(got));
    beside.record = parse_record(text.text());
    beside.state = Beside::State::readable;
  } catch (const Error& error) {
    switch (error.code()) {
      case ErrorCode::not_found: beside.state = Beside::State::none; break;
      case ErrorCode::corrupt:
      case ErrorCode::limit: beside.state = Beside::State::damaged; break;
      default: beside.state = Beside::State::foreign;
    }
  }
  return beside;
}

// The metadata of an archive that has some. Error(permission) if it is encrypted and no identity fits.
std::optional<Metadata> Catalog::metadata_in(std::unique_ptr<Source> source, Job* job) {
  return Archive::open(decrypted(std::move(source), identities_.get())).metadata(job);
}

BackupRecord Catalog::filled(BackupRecord record, Job* job) {
  // An archive of no version was made by nobody.
  if (!record.encrypted || !identities_ || !record.metadata.version.is_zero()) return record;
  try {
    auto metadata = metadata_in(blobs_.get(record.file_name), job);
    if (!metadata) return record;
    if (id_of(*metadata) != record.id) throw Error(ErrorCode::corrupt, "it holds the backup " + quoted(id_of(*metadata)));
    metadata->ca_private_key.reset();
    metadata->id = record.id;
    metadata->size_bytes = record.metadata.size_bytes;
    metadata->checksum = record.metadata.checksum;
    metadata->checksum_format = record.metadata.checksum_format;
    metadata->stored = record.metadata.stored;
    if (metadata->finished.is_zero()) metadata->finished = record.metadata.finished;
    record.metadata = std::move(*metadata);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    job_note(job, record.file_name + " was not opened: " + printable(error.what()));
  }
  return record;
}

BackupRecord Catalog::adopt(const BlobInfo& blob, Job* job) {
  const Timestamp changed = Timestamp::from_unix(blob.changed.unix_seconds());
  const auto size_bytes = static_cast<std::int64_t>(blob.size_bytes);
  BackupRecord record;
  record.encrypted = is_encrypted_name(blob.name);
  auto source = std::make_unique<PeekedSource>(blobs_.get(blob.name), encrypted_head_bytes);
  if (record.encrypted != is_encrypted(source->head())) {
    throw Error(ErrorCode::corrupt, record.encrypted ? "not an encrypted file" : "it is encrypted, and its name does not end in .age");
  }
  try {
    record.metadata = metadata_in(std::move(source), job).value_or(metadata_from_file(size_bytes, "", changed));
  } catch (const Error& error) {
    const auto id = record.encrypted && error.code() != ErrorCode::cancelled ? id_in_encrypted_name(blob.name) : std::nullopt;
    if (!id) throw;
    record.metadata = bare_metadata(*id);
  }
  record.metadata.ca_private_key.reset();
  if (record.metadata.finished.is_zero()) record.metadata.finished = changed;
  record.metadata.stored = changed;
  record.metadata.size_bytes = size_bytes;
  // What an archive says of its own checksum cannot be right.
  record.metadata.checksum.clear();
  record.metadata.checksum_format.clear();
  record.id = id_of(record.metadata);
  record.metadata.id = record.id;
  record.file_name = blob.name;
  record.size_bytes = blob.size_bytes;
  record.adopted = true;
  return record;
}

Catalog::Names Catalog::names() {
  Names names;
  for (BlobInfo& blob : blobs_.list()) names.insert(std::move(blob.name));
  return names;
}

// Two archives can share the name of a record: a.tar.gz and a.tgz.
bool Catalog::may_write(const BackupRecord& record, const Beside& beside, const Names& names) {
  if (beside.state == Beside::State::foreign) return false;
  if (beside.state != Beside::State::readable) return true;
  return beside.record.file_name == record.file_name || !names.contains(beside.record.file_name);
}

// Records whose archive is gone: a crash came between the two halves of a removal. Only what reads as a record of ours.
std::vector<std::string> Catalog::orphans(const Names& names) {
  Names expected;
  for (const std::string& name : names) {
    if (is_archive_name(name)) expected.insert(record_name(name));
  }
  std::vector<std::string> found;
  for (const std::string& name : names) {
    if (!name.ends_with(".json") || expected.contains(name)) continue;
    const Beside beside = read_beside(name);
    if (beside.state == Beside::State::readable && record_name(beside.record.file_name) == name) found.push_back(name);
  }
  return found;
}

// What a listing improves on its way. A store that cannot be written, or that somebody holds, is listed all the same.
void Catalog::tidy(const std::vector<BackupRecord*>& adopted, bool orphaned) noexcept {
  if ((adopted.empty() && !orphaned) || !blobs_.properties().writable) return;
  try {
    const auto lock = blobs_.lock();
    const Names now = names();
    for (BackupRecord* record : adopted) {
      if (!now.contains(record->file_name)) continue;
      Beside beside = read_beside(record_name(record->file_name));
      // Its adding was finished by another process since we looked.
      if (beside.state == Beside::State::readable && beside.record.file_name == record->file_name) {
        *record = std::move(beside.record);
      } else if (may_write(*record, beside, now)) {
        write(*record);
      }
    }
    if (!orphaned) return;
    for (const std::string& name : orphans(now)) blobs_.remove(name);
  } catch (const std::exception&) {  // the listing stands without
    return;
  }
}

Listing Catalog::list(Job* job) {
  Listing listing;
  Names names;
  std::vector<std::size_t> adopted;
  const std::vector<BlobInfo> blobs = blobs_.list();
  for (const BlobInfo& blob : blobs) names.insert(blob.name);
  for (const BlobInfo& blob : blobs) {
    if (!is_archive_name(blob.name)) continue;
    job_check(job);
    const std::string beside_name = record_name(blob.name);
    Beside beside = names.contains(beside_name) ? read_beside(beside_name) : Beside{};
    if (beside.state == Beside::State::readable && beside.record.file_name == blob.name) {
      // The record is kept: it is what shows that the archive was changed.
      if (beside.record.size_bytes != blob.size_bytes) {
        listing.problems.push_back(blob.name + ": has " + std::to_string(blob.size_bytes) + " bytes, its record says " +
                                   std::to_string(beside.record.size_bytes));
      }
      listing.backups.push_back(std::move(beside.record));
      continue;
    }
    try {
      listing.backups.push_back(adopt(blob, job));
      adopted.push_back(listing.backups.size() - 1);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      if (error.code() != ErrorCode::not_found) listing.problems.push_back(blob.name + ": " + printable(error.what()));
    }
  }
  std::vector<BackupRecord*> unrecorded;
  unrecorded.reserve(adopted.size());
  for (const std::size_t index : adopted) unrecorded.push_back(&listing.backups[index]);
  tidy(unrecorded, !orphans(names).empty());
  leave_out_repeated(listing);
  std::sort(listing.backups.begin(), listing.backups.end(), by_start);
  return listing;
}

bool Catalog::has(const std::string& name) {
  try {
    blobs_.get(name);
    return true;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return false;
    throw;
  }
}

std::optional<BackupRecord> Catalog::find(std::string_view id, Job* job) {
  if (!is_backup_id(id)) return std::nullopt;
  const std::string name = archive_file_name(id);
  Beside beside = read_beside(record_name(name));
  if (beside.state == Beside::State::readable && beside.record.id == id) {
    const bool of_encrypted = beside.record.file_name == encrypted_file_name(id) && !has(name);
    if ((of_encrypted || beside.record.file_name == name) && has(beside.record.file_name)) return std::move(beside.record);
  }
  for (BackupRecord& record : list(job).backups) {
    if (record.id == id) return std::move(record);
  }
  return std::nullopt;
}

void Catalog::write(const BackupRecord& record) {
  const std::string text = write_record(record);
  const auto writer = blobs_.put(text.size());
  writer->write(std::as_bytes(std::span(text)));
  writer->commit(record_name(record.file_name), true);
}

void Catalog::update(const BackupRecord& record) {
  const Names now = names();
  if (!now.contains(record.file_name)) return;
  if (may_write(record, read_beside(record_name(record.file_name)), now)) write(record);
}

void Catalog::remove(const BackupRecord& record) {
  const std::string beside_name = record_name(record.file_name);
  const Beside beside = read_beside(beside_name);
  blobs_.remove(record.file_name);
  if (beside.state == Beside::State::readable && beside.record.file_name == record.file_name) blobs_.remove(beside_name);
}

}  // namespace jujubackup
