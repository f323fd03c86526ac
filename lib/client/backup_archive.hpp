// Reading a backup of a client directory, of ours or of tar: one pass over all of it, which keeps names, digests and Juju's own small
// files.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <jujubackup/client_backup.hpp>
#include <jujubackup/io.hpp>
#include <jujubackup/job.hpp>

#include "archive/findings.hpp"
#include "archive/gzip_reader.hpp"
#include "archive/manifest.hpp"
#include "archive/manifest_check.hpp"
#include "archive/tar_reader.hpp"
#include "client/backup_record.hpp"

namespace jujubackup::client {

struct ArchivedEntry {
  Entry entry;         // under its name in the archive; a hard link has the size of what it leads to
  std::string digest;  // of a file or hard link: SHA-256, 32 bytes
  bool restorable() const { return entry.type != EntryType::hardlink || !digest.empty(); }
};

struct ArchiveContent {
  ClientBackupRecord record;                     // without the digests of the file
  std::map<std::string, ArchivedEntry> entries;  // by their path in the directory, which is "" itself; without what never is in a backup
  std::optional<ArchivedEntry> cookie_jar;
  Texts texts;  // Juju's YAML files and the cookies of each controller. SECRET
};

class ArchiveReading {
 public:
  static constexpr std::size_t max_entries = 200'000;
  static constexpr std::size_t max_texts_bytes = std::size_t{64} << 20;

  // Names that no backup has and entries that cannot be unpacked are findings, and passed over.
  ArchiveReading(Source& source, Findings& findings, Job* job);
  // To the end of the file. Throws ArchiveFault.
  void run();
  // What follows a fault of the tar, for its checksums. Throws ArchiveFault.
  void run_on();
  // After run: what it was. Compares with the manifest. Error(unsupported) if there is no client directory in it.
  ArchiveContent finish();
  // What was read of the file, for a report; also after a fault.
  void report(VerifyReport& into);

 private:
  void take(Entry entry, tar::TarReader& reader);
  void take_file(ArchivedEntry& file, tar::TarReader& reader);
  std::string find_directory() const;

  Findings& findings_;
  gzip::GzipReader content_;
  Job* job_;
  std::map<std::string, ArchivedEntry> all_;
  Texts texts_;
  std::size_t texts_bytes_ = 0;
  ManifestCheck check_;
  HashList hashes_;
  std::optional<Manifest> manifest_;
  bool checked_ = false;
};

// The whole of it for a restore: findings that are errors are thrown. Anything beside the directory is passed over.
ArchiveContent read_client_archive(Source& source, Job* job);

// Once more over the files: `visit` sees each entry under its name in the archive, and may read it.
void walk_client_archive(Source& source, Job* job, const std::function<void(const Entry&, tar::TarReader&)>& visit);

}  // namespace jujubackup::client
