// On a controller machine: what belongs into a backup, and making one (juju state/backups, files_*.go and db.go).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <jujubackup/archive_writer.hpp>
#include <jujubackup/job.hpp>
#include <jujubackup/metadata.hpp>
#include <jujubackup/store.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

// What agents/machine-N/agent.conf says. Never printed as a whole: half of it is secret.
struct AgentConf {
  std::string machine_id;  // "0", from tag machine-0
  std::string model_uuid, controller_uuid;
  JujuVersion version;  // upgradedToVersion
  std::string data_dir;
  std::optional<std::string> ca_cert;
  std::optional<std::string> ca_private_key;  // SECRET
  std::string state_password;                 // SECRET
  int state_port = 0;
  std::string mongo_version;
};

// Error(corrupt) for what is not an agent.conf of format 2.0; the message never quotes a value.
AgentConf parse_agent_conf(std::string_view text);

struct ControllerPlace {
  std::string root = "/";                  // a prefix before every path: "/" on the machine itself
  std::string data_dir = "/var/lib/juju";  // below root
  std::string machine_id;                  // "" : the only agents/machine-*; several are Error(invalid_argument)
};

AgentConf read_agent_conf(const ControllerPlace& place);

// The files that Juju of that version puts into root.tar, sorted within each place, with names relative to /. Directories are always
// included, also for versions that leave them out (2.9.51+), so that their modes survive. Missing optional files are named in `warnings`;
// a required one that is missing is marked `required` and fails the writing.
std::vector<InputFile> find_controller_files(const ControllerPlace& place, const JujuVersion& version, std::vector<std::string>& warnings,
                                             Job* job = nullptr);

// Running mongodump.
struct MongodumpOptions {
  std::string program;                       // "": found as find_mongodump does
  std::string host = "localhost";            // with the state port of agent.conf, unless it holds ":"
  std::string username;                      // "": the machine's tag
  std::string password;                      // "": statepassword of agent.conf. SECRET: handed over on standard input, never as an argument
  std::vector<std::string> extra_arguments;  // after Juju's own, e.g. --sslCAFile ...
  std::string work_dir;                      // where the dump is staged, in a private folder that is removed; "": $TMPDIR or /tmp
  std::chrono::seconds timeout{0};           // 0: none
};

// Where Juju of that version looks for mongodump (beside mongod, the juju-db snap, then PATH). Error(not_found) with the list of places.
std::string find_mongodump(const ControllerPlace& place, const JujuVersion& version);

struct MongodumpTls {
  std::string directory = "/var/snap/juju-db/common";  // holds ca.crt and server.pem; without the juju-db snap the data directory
  bool old_mongod = false;                             // before 4.4.30; 2.9.54 - 2.9.57 and 3.6.15 - 3.6.21 make a difference
};
// Juju's arguments for that version, without --password.
std::vector<std::string> mongodump_arguments(const JujuVersion& version, const std::string& address, const std::string& username,
                                             const std::string& out_dir, const MongodumpTls& tls = {});

struct CreateOptions {
  ControllerPlace place;
  // Either the folder of a dump that exists, or how to make one.
  std::string dump_dir;
  std::optional<MongodumpOptions> mongodump;

  std::string notes;
  // Facts that win over agent.conf, the dump and the machine; empty means "find out".
  std::string hostname, series, base, controller_uuid, model_uuid, instance_id;
  std::optional<JujuVersion> version;
  std::optional<std::int64_t> ha_nodes;
  std::optional<Timestamp> started;  // default: now

  // Write CA certificate and private key into metadata.json where that Juju version did (2.0 - 2.9.31).
  bool ca_keys = true;
  bool check_space = true;
  WriteOptions write;
  StoreEncryption encryption = {};  // of what create_backup puts into the store
};

// What a backup of that machine would hold. Runs mongodump if asked to: then the staged dump lives as long as the result.
class CreatePlan {
 public:
  const ArchiveInput& input() const noexcept;
  std::uint64_t content_bytes() const noexcept;  // of all files as they are now
  CreatePlan(CreatePlan&&) noexcept;
  CreatePlan& operator=(CreatePlan&&) noexcept;
  ~CreatePlan();

 private:
  friend CreatePlan plan_create(const CreateOptions&, Job*);
  struct State;
  explicit CreatePlan(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

CreatePlan plan_create(const CreateOptions& options, Job* job = nullptr);

// plan_create, Juju's check of free space (2.9.19+), then BackupStore::create.
BackupRecord create_backup(BackupStore& store, const CreateOptions& options, Job* job = nullptr);

}  // namespace jujubackup
