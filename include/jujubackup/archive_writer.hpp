// Writing a backup archive in one pass, with no staging copy (docs/format.md describes the layout).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <jujubackup/io.hpp>
#include <jujubackup/job.hpp>
#include <jujubackup/level.hpp>
#include <jujubackup/metadata.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

// One path on disk and what it is to be called. Directories are not descended into: list what lies below as well
// (find_files in machine.hpp and gather_dump do that).
struct InputFile {
  std::string disk_path;
  std::string name;       // relative, with "/": "var/lib/juju/server.pem" or "juju/models.bson"
  bool required = false;  // its absence is an error even without `strict`
};

struct ArchiveInput {
  Metadata metadata;                  // written as juju-backup/metadata.json, first
  std::vector<InputFile> root_files;  // the content of root.tar, in order; names relative to /
  std::vector<InputFile> dump_files;  // below juju-backup/dump/, directories before what is in them
  std::vector<std::string> warnings;  // what the gathering left out; goes into the manifest
};

// All below a dump folder in sorted order, but the databases that a restore must not see ("admin", "backups").
// Fewer than two entries is Error(invalid_argument) `too few files in dump dir (N)`.
std::vector<InputFile> gather_dump(const std::string& dump_dir, Job* job = nullptr);

struct WriteOptions {
  Level level = Level::standard;
  // Whatever would otherwise be skipped or padded with a warning is an Error.
  bool strict = false;
};

struct WriteResult {
  std::uint64_t size_bytes = 0;  // of the .tar.gz
  std::string sha1_base64;       // of the .tar.gz, as Juju records it
  std::string sha256_hex;
  std::uint64_t content_bytes = 0;  // of the tar inside
  std::uint64_t files = 0;          // in dump and root.tar
  std::vector<std::string> warnings;
  Timestamp finished;
};

// Sockets, FIFOs and devices are left out; a file that vanished or cannot be read is left out, or padded with zero bytes when it was
// already announced; one that shrank is padded, one that grew is cut: each with a warning in the result and in the manifest.
WriteResult write_archive(const ArchiveInput& input, Sink& sink, const WriteOptions& options = {}, Job* job = nullptr);

}  // namespace jujubackup
