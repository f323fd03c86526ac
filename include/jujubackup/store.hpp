// Keeping backups: what a tool needs to use a store. Those who write a new kind of store need store_backend.hpp.
//
// A BackupStore is used by one thread at a time; any number of them, in any number of processes, may be open on one place.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/archive.hpp>
#include <jujubackup/archive_writer.hpp>
#include <jujubackup/encryption.hpp>
#include <jujubackup/job.hpp>
#include <jujubackup/metadata.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

class BackupBackend;
class BlobStore;

// What a store knows about one backup: the file beside the archive. Holds no secret.
struct BackupRecord {
  std::string id;
  std::string file_name;              // in the store
  std::uint64_t size_bytes = 0;       // of the archive
  std::string sha1_base64;            // "" if never computed (adopted and not verified yet)
  std::string sha256_hex;             // likewise
  Metadata metadata;                  // with ID, size, checksum, stored and finished filled in; never with the CA private key
  Timestamp verified;                 // when it was last found good in full; zero: never
  std::vector<std::string> warnings;  // what was skipped when it was made
  bool encrypted = false;             // size and digests are then those of the encrypted file, metadata.checksum too
  bool adopted = false;               // dropped in by somebody, not added through this library
};

std::string to_json(const BackupRecord& record);
std::string to_yaml(const BackupRecord& record);

struct Listing {
  std::vector<BackupRecord> backups;  // by start time, then ID
  std::vector<std::string> problems;  // files that look like archives and are none, or that repeat an ID: "<file>: <why>"
};

// Whom a backup is encrypted to as it goes into a store. The file is then called <name>.tar.gz.age, and is all that the store has.
struct StoreEncryption {
  std::shared_ptr<const Recipients> recipients;  // null: not encrypted
  // Leave out of the record what only the archive tells (notes, host, UUIDs of the controller, versions): whoever sees the store then
  // learns the ID, times, sizes and digests of the encrypted file, and no more.
  bool bare_record = false;
};

struct AddOptions {
  // By default an archive with findings of severity error is refused with Error(corrupt) that names the first.
  bool accept_bad = false;
  // What somebody else recorded of the source's bytes: Error(corrupt) if they are others. "": nothing is known.
  std::string expected_sha1_base64 = {};
  StoreEncryption encryption = {};  // a source that is encrypted already is stored as it is
};

class BackupStore {
 public:
  // Opens "file:/absolute/path", "file:relative/path" or a plain path; "mem:" is an empty store in memory. A directory that is
  // missing is made, 0700, when something is first put into it. "juju:", "juju:CONTROLLER" and "juju+wss://..." are what a controller
  // keeps (open_controller_store). Other schemes: Error(unsupported) that lists those there are.
  static BackupStore open(const std::string& url);
  explicit BackupStore(std::unique_ptr<BlobStore> blobs);
  explicit BackupStore(std::unique_ptr<BackupBackend> backend);
  BackupStore(BackupStore&&) noexcept;
  BackupStore& operator=(BackupStore&&) noexcept;
  ~BackupStore();

  std::string url() const;

  // Adopts archives that somebody dropped in: their metadata is read and, where the store can be written, a record is made.
  Listing list(Job* job = nullptr);
  // Error(not_found) `backup metadata "x" not found`, the text that Juju's commands print.
  BackupRecord show(std::string_view id, Job* job = nullptr);

  // Writes an archive into the store and verifies it in the same pass; then publishes it. With Level::fast what was compressed is not
  // inflated again, and the record says that the backup was never verified. Error(exists) `backup metadata "x" already exists`.
  BackupRecord create(const ArchiveInput& input, const WriteOptions& options = {}, Job* job = nullptr,
                      const StoreEncryption& encryption = {});
  // Stores the archive read from `source`: copied and, in the same pass, verified in full; then published. Nothing is visible before. The
  // source is read once, from its first byte to its last, so it may be a pipe; Error(io) if it is shorter than it says.
  BackupRecord add(Source& source, const AddOptions& options = {}, Job* job = nullptr);
  // What opens encrypted backups from now on: show, verify, add (of an encrypted source) and open_content use it. Null: nothing.
  void set_identities(std::shared_ptr<const Identities> identities);
  // The stored bytes, encrypted if they are: what to copy. Reading them to the end is Error(corrupt) if they are not those that were
  // recorded.
  std::unique_ptr<Source> open_archive(std::string_view id);
  // The archive, decrypted where it is encrypted; Error(permission) that says so without an identity that fits.
  std::unique_ptr<Source> open_content(std::string_view id);
  // Verifies a backup against its record; at full depth, and when good, the record is brought up to date. Of an encrypted one without an
  // identity the outer form and the digests are looked at, and a finding says that the inside was not.
  VerifyReport verify(std::string_view id, Depth depth, Job* job = nullptr);
  void remove(std::string_view id);

 private:
  std::unique_ptr<BackupBackend> backend_;
};

// The default place of a user's backups: $XDG_DATA_HOME/jujubackup, else ~/.local/share/jujubackup. Error(not_found) without a home.
std::string default_store_url();

}  // namespace jujubackup
