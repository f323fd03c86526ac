// Backing up the Juju client's own directory, and bringing it back. docs/client-directory.md says what is taken and how a restore goes.
//
// A backup is a .tar.gz that `tar xzf` in the home folder restores as well; archives that tar made are taken the same way. No text here
// holds a secret: controllers, models and users are named, nothing else of the files is quoted.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/archive.hpp>
#include <jujubackup/archive_writer.hpp>
#include <jujubackup/io.hpp>
#include <jujubackup/job.hpp>
#include <jujubackup/time.hpp>
#include <jujubackup/verify.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

struct ClientBackupController {
  std::string name;
  std::string uuid;
  std::string user;  // "": none is stored
  std::vector<std::string> models;
  bool current = false;
};

// What a backup of a client directory holds. Times and names that the archive does not tell are unset.
struct ClientBackupRecord {
  Timestamp started;
  std::string host;
  std::string directory;   // where it was taken from; "" of an archive that tar made
  std::string entry;       // what the directory is called in the archive: ".local/share/juju"; "" if its files are at the top
  std::string cookie_jar;  // the same of the cookie jar that Juju 2.0 and 2.1 keep outside of the directory; "": not in it
  bool own = false;        // made by backup_client, with digests of every file
  std::uint64_t files = 0;
  std::uint64_t content_bytes = 0;  // of the files
  std::vector<ClientBackupController> controllers;
  std::uint64_t size_bytes = 0;  // of the archive
  std::string sha1_base64;       // likewise
  std::string sha256_hex;
  std::vector<std::string> left_out;  // by rule: sockets, caches, lock files
  std::vector<std::string> warnings;  // what could not be read, or was not as Juju writes it
};

// For people; and for scripts, with lower-case-hyphen keys in a fixed order, unset values left out.
std::string to_text(const ClientBackupRecord& record);
std::string to_json(const ClientBackupRecord& record);
std::string to_yaml(const ClientBackupRecord& record);

struct ClientBackupOptions {
  std::string directory;            // "": default_client_dir()
  bool cookie_jar = true;           // also ~/.go-cookies (or $JUJU_COOKIEFILE, $GOCOOKIES), where it is there
  bool go_on_without_lock = false;  // if the lock cannot be had in five seconds, with a warning in the record
  WriteOptions write;               // strict: what cannot be read, or changes all the time, is an Error
};

// "juju-client-20161013-091500.tar.gz", in local time as `date` prints it, or in UTC.
std::string client_backup_name(const Timestamp& when, bool utc = false);

// Reads the directory under its lock, then writes the .tar.gz to `sink`; small files are held in memory, so that the lock is not held
// while a slow sink is written to. What is in the sink after an Error is of no use. Error(not_found) if there is no such directory;
// Error(busy) as of ClientLock, after a note to the job that it waits.
ClientBackupRecord backup_client(const ClientBackupOptions& options, Sink& sink, Job* job = nullptr);

// What an archive of backup_client or of tar holds. Reads it to its end, once. Error(corrupt) if it is damaged, Error(unsupported) if there
// is no client directory in it.
ClientBackupRecord show_client_backup(Source& source, Job* job = nullptr);

// Checks every byte, whatever the depth asked for: gzip, tar, the manifest where there is one, and that Juju's files can be read. Throws
// only when the source cannot be read, and Error(unsupported) as above.
VerifyReport verify_client_backup(Source& source, const VerifyOptions& options = {}, Job* job = nullptr);

// The values of the enumerations below may be handed through a C ABI: never renumber.
enum class ClientAction : std::int32_t {
  create = 1,
  overwrite = 2,  // something else is there; needs force
  same = 3,       // what is there is what the backup has; at most the mode changes
  leave = 4,      // it is not in the backup, or not wanted, and stays
  merge = 5,      // entries of single controllers go into the file that is there
  refuse = 6,     // never restored: a link that leads out of the directory
};
std::string_view name_of(ClientAction action) noexcept;

struct ClientRestorePath {
  std::string path;  // relative to the directory; the cookie jar by its whole path
  ClientAction action = ClientAction::create;
  EntryType type = EntryType::file;
  std::string note;  // "" or why
};

enum class ClientDifference : std::int32_t { only_in_backup = 1, only_here = 2, same = 3, differs = 4 };
std::string_view name_of(ClientDifference difference) noexcept;

// One controller, in the backup and in the directory. The users differ in their names, the accounts also in what is secret.
struct ClientRestoreController {
  std::string name;
  // Of its entries in all files but models.yaml. only_in_backup: nothing differs, but some are in the backup alone.
  ClientDifference difference = ClientDifference::same;
  ClientDifference account = ClientDifference::same;  // of accounts.yaml alone
  std::string user_in_backup, user_here;
  bool wanted = true;  // false: not among those that are to be merged
};

struct ClientRestorePlan {
  std::string directory;
  bool merge = false;  // of single controllers; else the whole
  std::vector<ClientRestorePath> paths;
  std::vector<ClientRestoreController> controllers;
  std::vector<std::string> warnings;

  bool needs_force() const noexcept;  // something that is there would be lost
  bool changes() const noexcept;      // there is something to do
};
std::string to_text(const ClientRestorePlan& plan);
std::string to_json(const ClientRestorePlan& plan);
std::string to_yaml(const ClientRestorePlan& plan);

struct ClientRestoreOptions {
  std::string directory;                 // "": default_client_dir()
  bool cookie_jar = true;                // restore the jar outside of the directory, if the backup has it; not when merging
  bool force = false;                    // overwrite what differs
  std::vector<std::string> controllers;  // merge these alone; Error(not_found) for a name that the backup does not have
};

struct ClientRestoreResult {
  bool changed = false;
  // Where the replaced directory is kept until commit_client_restore or undo_client_restore; "" if nothing was replaced.
  std::string kept;
  std::uint64_t files = 0;  // written from the backup
  std::vector<std::string> warnings;
};

// What would be done; nothing is changed, not even read under the lock. Reads the source once.
ClientRestorePlan plan_client_restore(Source& source, const ClientRestoreOptions& options, Job* job = nullptr);

// Builds the new directory beside the old one, syncs it, and lets them change places in one step; where the system cannot do that, in
// two steps with a journal. What the backup does not have is copied over. Takes the lock; reads the source twice (rewind). At every moment,
// whatever fails, the directory is the old one or the new one; find_unfinished_restore tells which. After an Error it is the old one
// and nothing else is left, unless that could not be brought about either.
//
// Expect: Error(exists) that names what would be overwritten, without `force`; Error(busy); Error(exists) if a restore to this directory is
// unfinished; Error(corrupt), Error(unsupported), Error(no_space).
ClientRestoreResult restore_client(Source& source, const ClientRestoreOptions& options, Job* job = nullptr);

enum class ClientRestoreState : std::int32_t {
  staged = 1,      // was stopped before anything was changed: the old directory is in place
  stopped = 2,     // was stopped between its steps: the old directory is in place, or none, or the cookie jar is not yet replaced
  restored = 3,    // the new directory is in place, the old one is kept
  committing = 4,  // the new directory is in place, the old one is being removed
  undoing = 5,     // the old directory was being put back
  changed = 6,     // somebody moved the directories since; nothing is touched any more
};
std::string_view name_of(ClientRestoreState state) noexcept;

struct UnfinishedClientRestore {
  std::string directory;
  ClientRestoreState state = ClientRestoreState::staged;
  bool new_in_place = false;  // else the old one is, or will be after an undo
  bool can_finish = false;    // finish_client_restore, commit_client_restore
  bool can_undo = false;
  Timestamp started;                   // unset if only staged files were left
  std::string kept;                    // where the old directory is, if it is not in place; "": nowhere
  std::vector<std::string> leftovers;  // files and directories that an end would remove
  std::string text;                    // one line for a person: which it is, and what can be done
};

// Whether a restore to this directory ("": default_client_dir()) was interrupted, or is neither committed nor undone. Takes no lock: a
// restore that runs at this moment looks like one that was interrupted.
std::optional<UnfinishedClientRestore> find_unfinished_restore(const std::string& directory);

// These take the lock, and may be called again if they fail or are killed. Error(not_found) if there is nothing unfinished;
// Error(unsupported) if the state does not allow it.
// Makes the interrupted steps: afterwards it is `restored`.
void finish_client_restore(const std::string& directory, Job* job = nullptr);
// The same, then removes what was kept.
void commit_client_restore(const std::string& directory, Job* job = nullptr);
// Puts back what was replaced, and removes what was restored.
void undo_client_restore(const std::string& directory, Job* job = nullptr);

}  // namespace jujubackup
