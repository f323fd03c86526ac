// A Juju controller, spoken to over its own API (WebSocket JSON-RPC and HTTPS, port 17070).
//
// A Controller is used by one thread at a time. What is one-shot, what is missing and what moved differs between releases: offers() says
// what this one does.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/client.hpp>
#include <jujubackup/io.hpp>
#include <jujubackup/job.hpp>
#include <jujubackup/juju_version.hpp>
#include <jujubackup/metadata.hpp>
#include <jujubackup/store.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

struct ConnectOptions {
  std::vector<std::string> endpoints;                 // "host:port"; tried side by side, the first that answers is used from then on
  std::string ca_cert;                                // PEM of the controller's own CA; "": the system's roots
  std::string public_hostname;                        // the name to check with the system's roots
  std::string model_uuid;                             // "": no model; then only what does not need one can be called
  std::string model_name;                             // "admin/controller": the controller is asked for its UUID, if that is ""
  std::string controller_uuid;                        // what is expected; "": not compared
  std::string name;                                   // of the controller, for messages
  std::string user;                                   // "admin"; "": macaroons alone
  std::string password;                               // SECRET
  std::vector<std::string> macaroons;                 // SECRET: values of macaroon cookies
  std::chrono::milliseconds connect_timeout{45'000};  // for all endpoints together, with TLS and login
  std::chrono::milliseconds idle_timeout{60'000};     // how long the peer may say nothing at all: pings are answered while it works
};

ConnectOptions connect_options(const ModelTarget& target);
// For a URL as open_controller_store takes it: what the client directory says, or the files that the URL names.
ConnectOptions connect_options(const std::string& url, Job* job = nullptr);

// What a controller can do about backups. Decided from its version and the versions of its Backups facade, since version 2 of
// the facade means two different things (before and since 2.9.22).
struct Offers {
  bool create = false;
  bool keep_copy = false;     // Create knows keep-copy (2.4 - 2.9.21)
  bool always_keeps = false;  // every backup stays on the controller (2.0 - 2.3)
  bool stored = false;        // list, show and download by ID (2.0 - 2.9.21)
  bool remove = false;        // 2.0 - 2.9.21
  bool remove_many = false;   // several IDs in one call, each with its own result (facade 2)
  bool upload = false;        // 2.0 - 2.9.21
  bool one_shot = false;      // a backup that was not kept can be downloaded once, by its path; then it is gone (2.4 - 3.x)
  bool restore = false;       // PrepareRestore, Restore, FinishRestore (2.0 - 2.9.21)
};
// No facade versions: everything is false.
Offers offers_of(const JujuVersion& server, std::span<const int> facade_versions);

struct ControllerInfo {
  JujuVersion version;
  std::string controller_uuid;
  std::string model_uuid;
  std::string user;                 // as the controller calls it: "admin"
  std::string access;               // on the controller: "superuser", "login", ...
  std::string endpoint;             // that answered: "10.9.8.7:17070"
  std::vector<int> backups_facade;  // versions offered; empty on a connection without model
};

struct RemoteCreateOptions {
  std::string notes;
  bool download = true;    // false: it stays on the controller, where that is possible
  bool keep_copy = false;  // on the controller too (2.4 - 2.9.21; always so before, never after)
};

struct RemoteBackup {
  Metadata metadata;        // without the CA private key, which some releases hand out. id "" if nothing is kept
  std::string download_id;  // what download() takes: an ID, or a path on the controller
  std::string remote_path;  // where the archive lies on that machine; "" if in the database
  bool one_shot = false;    // it can be downloaded once; the controller deletes it then
};

struct RemoveResult {
  std::string id;
  std::string error;  // "": removed
};

class Controller {
 public:
  // Connects and logs in. Error(permission) for a wrong password or an untrusted certificate, Error(io) (a retry may help) where nobody
  // answers, Error(unsupported) with what to do where a browser login would be needed or the model has moved.
  static Controller connect(const ConnectOptions& options, Job* job = nullptr);
  // The same for what the client directory says, asking the controller for the model's UUID if the directory does not know it.
  static Controller connect(const ModelTarget& target, Job* job = nullptr);
  // The same for a URL as open_controller_store takes it.
  static Controller connect(const std::string& url, Job* job = nullptr);
  Controller(Controller&&) noexcept;
  Controller& operator=(Controller&&) noexcept;
  ~Controller();

  const ControllerInfo& info() const noexcept;
  const Offers& offers() const noexcept;

  // Error(unsupported) from any of these where the controller's release does not have it, naming what replaces it.
  // Blocks as long as the controller takes; cancelling leaves the controller to finish by itself.
  RemoteBackup create(const RemoteCreateOptions& options = {}, Job* job = nullptr);
  std::vector<Metadata> list(Job* job = nullptr);  // in the controller's order
  Metadata show(std::string_view id, Job* job = nullptr);
  std::vector<RemoveResult> remove(std::span<const std::string> ids, Job* job = nullptr);

  // The archive as a stream, from the endpoint that answered. Nothing is asked for before the first read: a store or save_file that was
  // told `expected` has looked for space by then. With `expected`, size and SHA-1 are compared, and Error(corrupt) comes in place of the
  // end if they differ; a JSON error that the controller wrote behind a broken archive is recognised and quoted. Read by one thread, while
  // the Controller lives; not rewindable. `job` is asked while waiting and has to live as long.
  std::unique_ptr<Source> download(std::string_view download_id, const Metadata* expected, Job* job = nullptr);

  // Sends an archive with its metadata (multipart), reading `archive` from its first byte; returns the ID that the controller gave.
  std::string upload(Source& archive, const Metadata& metadata, Job* job = nullptr);

  // The calls of a restore; restore_controller (controller_restore.hpp) makes them in the right order, each over a connection of its own.
  void prepare_restore(Job* job = nullptr);
  void restore(std::string_view id, Job* job = nullptr);  // an Error(io) is what comes of it, too: the controller starts again
  void finish_restore(Job* job = nullptr);
  // Controller machines that have a vote and are not down, of the model that is connected to.
  std::size_t active_controllers(Job* job = nullptr);

 private:
  friend struct StoreUploads;
  struct State;
  explicit Controller(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The backups that a controller keeps, as a store: what its release lacks is Error(unsupported). add() verifies the archive
// first (what cannot be read twice goes through a temporary file), uploads, and compares what the controller then says of it.
BackupStore open_controller_store(Controller controller);
// The same, connecting when it is first used. "juju:" (the current controller), "juju:NAME" of the client directory, or
// "juju+wss://[USER@]HOST:PORT/MODEL-UUID?ca-file=PATH&password-file=PATH".
BackupStore open_controller_store(const std::string& url);

}  // namespace jujubackup
