// Reading a backup archive of any origin: Juju's own, ours, or one that GNU tar repacked.
//
// An Archive is used by one thread at a time. It reads the file once for each call, except that archives of our own writing
// (docs/format.md) let metadata, list and read_entry look at just the parts they need.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/io.hpp>
#include <jujubackup/job.hpp>
#include <jujubackup/metadata.hpp>
#include <jujubackup/verify.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

enum class EntryType : std::int32_t { file = 1, directory = 2, symlink = 3, hardlink = 4 };

struct Entry {
  // Without a leading "./" or a trailing slash: "juju-backup/dump/juju/models.bson". What lies inside of root.tar is named
  // below it: "juju-backup/root.tar/var/lib/juju/server.pem".
  std::string path;
  EntryType type = EntryType::file;
  std::uint64_t size_bytes = 0;
  std::uint32_t mode = 0;  // permission bits, 07777
  std::int64_t uid = 0;
  std::int64_t gid = 0;
  std::int64_t mtime_s = 0;  // seconds since 1970
  std::string link_target;   // as stored; for a hard link a path of the archive
};

enum class RootTar : std::int32_t {
  unpack = 1,  // its files go to juju-backup/root/ below the target
  keep = 2,    // it is written as the file juju-backup/root.tar
};

struct ExtractOptions {
  // Paths as list() gives them; a directory (or root.tar) stands for all below it. Empty: everything. A name that nothing
  // in the archive matches is Error(not_found), after the others were extracted.
  std::vector<std::string> names;
  RootTar root_tar = RootTar::unpack;
  bool owners = false;  // restore uid and gid; needs root
};

struct ExtractReport {
  std::uint64_t files = 0;
  std::uint64_t directories = 0;
  std::uint64_t links = 0;
  std::uint64_t bytes = 0;
  std::vector<std::string> warnings;  // e.g. "owner not restored: ..."
};

class Archive {
 public:
  // Looks at the first bytes only: Error(corrupt) if that is no gzip.
  static Archive open(const std::string& path);
  static Archive open(std::unique_ptr<Source> source);
  Archive(Archive&&) noexcept;
  Archive& operator=(Archive&&) noexcept;
  ~Archive();

  // The record in juju-backup/metadata.json; nothing if the archive has none. Stops reading when it was found.
  std::optional<Metadata> metadata(Job* job = nullptr);
  // The same, and what upload-backup would add: size and, if `with_checksum`, SHA-1 of the file; Finished from the file's
  // change time where unset; a made-up record for an archive without one.
  Metadata metadata_with_file_facts(bool with_checksum, Job* job = nullptr);

  // Every entry in the order of the archive; `inside_root_tar` also those of root.tar.
  std::vector<Entry> list(bool inside_root_tar = true, Job* job = nullptr);
  void for_each(bool inside_root_tar, const std::function<void(const Entry&)>& visit, Job* job = nullptr);

  // The content of the file at `path`. Error(not_found) if there is none.
  void read_entry(std::string_view path, Sink& into, Job* job = nullptr);

  // Unpacks below `target`, which is made if missing. Never writes outside of it, never follows a link that is in it, never
  // replaces a file that exists. On an Error what was unpacked so far stays.
  ExtractReport extract(const std::string& target, const ExtractOptions& options = {}, Job* job = nullptr);

  // See verify.hpp. Throws only when the file cannot be read.
  VerifyReport verify(const VerifyOptions& options = {}, Job* job = nullptr);

  // SHA-256 of the file, in hex: what verify says of it, without a look at what is in it.
  std::string sha256_hex(Job* job = nullptr);

  // Size of the file, where known.
  std::optional<std::uint64_t> size_bytes() const;
  std::string name() const;

 private:
  struct State;
  explicit Archive(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace jujubackup
