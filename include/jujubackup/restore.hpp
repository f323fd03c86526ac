// Restoring a controller from a backup archive: facts about both sides, checks, and a plan, before anything is touched.
//
// plan_restore reads and asks, and changes nothing. What it returns says what would happen, what speaks against it, and how each step is
// undone. restore_run.hpp carries it out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/archive.hpp>
#include <jujubackup/dump_facts.hpp>
#include <jujubackup/job.hpp>
#include <jujubackup/juju_version.hpp>
#include <jujubackup/machine.hpp>
#include <jujubackup/metadata.hpp>
#include <jujubackup/restore_steps.hpp>
#include <jujubackup/verify.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

// The values may be handed through a C ABI: never renumber.
enum class RestoreKind : std::int32_t {
  database_only = 1,          // what juju-restore does: same controller, also with HA, run on the primary
  full_machine = 2,           // files and database of a machine, what Juju 2.0 did
  copy_controller = 3,        // users, clouds, permissions and settings into another controller
  files_only = 4,             // what root.tar holds; the database stays
  recover_survivor = 5,       // the last node of an HA set becomes a controller of its own; nothing is taken from the backup
  single_then_enable_ha = 6,  // as full_machine, and what the backup says of other controller machines is removed
};
// "database-only", "full-machine", ...
std::string_view name_of(RestoreKind kind) noexcept;
std::optional<RestoreKind> restore_kind_named(std::string_view name) noexcept;

// One collection of the dump, or one database as a whole where `collection` is "".
struct DumpCollection {
  std::string database, collection;
  std::uint64_t bytes = 0;
};

struct AgentTools {
  JujuVersion version;
  std::string directory;  // "2.9.50-ubuntu-amd64"
};

// What the archive says. Holds no secret: the keys of the record are taken out.
struct BackupFacts {
  std::string source;                // the archive's name
  std::optional<Metadata> metadata;  // as in the archive, without CA certificate and key
  bool has_ca_key = false;           // metadata or agent.conf has the CA's private key
  VerifyReport verification;         // in full; without its own metadata
  DumpFacts dump;

  // From the record; where it is silent, from agent.conf in root.tar, then from the dump.
  JujuVersion version;
  std::string controller_uuid, model_uuid;
  std::string machine_id, hostname;
  std::string instance_id;
  std::string series, base;
  std::int64_t ha_nodes = 0;  // 0: not known
  Timestamp started;

  // Of agent.conf in root.tar.
  bool has_agent_conf = false;
  std::string mongo_version;  // "4.4.30"; "" if it does not say
  int state_port = 0, api_port = 0;
  std::vector<std::string> api_addresses;  // with ports
  std::string data_dir;                    // relative to /, where its agent.conf lies: "var/lib/juju"

  bool has_root_tar = false, has_dump = false, has_oplog = false;
  std::vector<Entry> root_entries;               // of root.tar, paths relative to /
  std::vector<DumpCollection> collections;       // sorted
  std::uint64_t root_bytes = 0, dump_bytes = 0;  // content
  std::vector<AgentTools> tools;                 // in root.tar
  std::vector<AgentMachine> agents;              // machines that are alive and run no controller
  std::vector<ControllerHost> controllers;       // the other ones of an HA set too, with the addresses of then
  std::vector<std::string> missing;              // "root.tar", "dump", "oplog", "metadata", "agent.conf"
  std::vector<std::string> outside;              // in root.tar and not Juju's: never put in place
  std::vector<std::string> dangers;              // "root.tar: var/x is setuid": what no backup of Juju holds
};

// What a database says of itself; filled by a DatabaseView.
struct ReplicaMember {
  std::string address;     // "10.0.0.1:37017"
  std::string state;       // "PRIMARY", "SECONDARY", "(not reachable/healthy)", ...
  std::string machine_id;  // tag juju-machine-id; "" if it has none
  bool healthy = false;
  bool self = false;  // the one that was asked
};

struct DatabaseFacts {
  std::string mongo_version;  // "4.4.30"
  std::string replica_set;    // "juju"; "" if it was never initiated
  std::vector<ReplicaMember> members;
  bool has_juju = false;  // there is a controller in it
  std::string controller_uuid, controller_model_uuid;
  std::string cloud, cloud_credential;  // of the controller model; the credential as "cloud#user#name"
  std::string instance_id;              // of the machine that was asked; "" if it is not known
  JujuVersion version;                  // agent-version of the controller model
  std::vector<ModelFact> models;
  std::uint64_t other_machines = 0;              // of all models, alive, without a controller on it
  std::vector<MachineFact> controller_machines;  // job 2, controller model, with series or base
  std::vector<ControllerHost> controller_hosts;  // the same machines with their private addresses
  std::vector<std::string> namespaces;           // "juju.machines", sorted; without local and config
};

class DatabaseView {
 public:
  virtual ~DatabaseView() = default;
  // Asks, changes nothing. Error if it does not answer.
  virtual DatabaseFacts facts(Job* job) = 0;
  // Whether it is dumped and restored by mongodump and mongorestore.
  virtual bool needs_tools() const noexcept { return true; }
};

class HostsView {
 public:
  virtual ~HostsView() = default;
  // Whether commands can be run there; Error says why not. Nothing is changed there.
  virtual void reach(const ControllerHost& host, Job* job) = 0;
};

struct RestoreViews {
  DatabaseView* database = nullptr;  // null: what the database says is not known
  HostsView* hosts = nullptr;        // null: whether others can be reached is not known
};

// What the machine says. Holds no secret.
struct TargetFacts {
  std::string root, data_dir;  // data_dir relative to root
  std::string machine_id;
  bool has_agent_conf = false;
  std::string agent_conf_problem;  // why it could not be read; never quotes it
  std::string controller_uuid, model_uuid;
  JujuVersion version;
  std::string mongo_version;
  int state_port = 0, api_port = 0;
  std::vector<std::string> api_addresses;  // of agent.conf, with ports

  std::string hostname, series, base;
  bool is_root = false;                     // the process may set owners and run services
  std::vector<AgentTools> tools;            // below data_dir/tools
  std::vector<std::string> machine_agents;  // "machine-0": in data_dir/agents
  std::vector<std::string> other_agents;    // "unit-postgresql-0"
  std::vector<std::string> services;        // unit files that are there: "jujud-machine-0", "juju-db", "snap.juju-db.daemon"
  std::string mongorestore, mongodump;      // paths; "" if missing
  std::uint64_t staging_free_bytes = 0, data_free_bytes = 0;
  std::string staging_dir;   // as this process sees it
  bool same_volume = false;  // both on one volume: they share the free space

  std::optional<DatabaseFacts> database;
  std::string database_problem;  // why not
  bool needs_mongo_tools = true;
};

struct RestoreOptions {
  std::optional<RestoreKind> kind;  // nothing: chosen from the facts, see plan_restore
  ControllerPlace place;
  bool allow_downgrade = false;
  bool include_status_history = false;
  bool copy_controller = false;  // the same as that kind
  bool manual_agent_control = false;

  // Names of checks whose blocker is accepted, where that is safe at all (RestoreCheck::override_option).
  std::vector<std::string> overrides;

  // Facts that win over what was found.
  std::string private_address, public_address;  // of this machine; names or addresses without port
  std::string instance_id;
  std::string work_dir;      // where old state and journal are kept, relative to root; "": data_dir/restore
  std::string staging_dir;   // where the dump is unpacked, as this process sees it; "": $TMPDIR or /tmp
  std::string mongorestore;  // a program; "": looked for
  std::string mongo_host = "localhost";
  bool update_agents = true;
  VerifyOptions verify;  // what a store recorded of the archive; the depth is always full
};

enum class CheckState : std::int32_t { ok = 0, warning = 1, blocker = 2 };
std::string_view name_of(CheckState state) noexcept;

struct RestoreCheck {
  std::string name;  // stable, for scripts; docs/restore.md lists them all
  CheckState state = CheckState::ok;
  std::string explanation;      // what was compared and, unless ok, what to do
  std::string override_option;  // "--allow-downgrade", "--override=series"; "" if it is fine or must not be overridden
};

struct RestorePlan {
  RestoreKind kind = RestoreKind::database_only;
  BackupFacts backup;
  TargetFacts target;
  std::vector<RestoreCheck> checks;  // each that applies to the kind, in a fixed order
  std::vector<RestoreStep> steps;    // complete also if it is blocked
  // For a person: what this cannot or may not do itself.
  std::vector<std::string> commands_before, commands_after;

  std::string work_dir;     // relative to root
  std::string staging_dir;  // as this process sees it
  bool blocked() const noexcept;
  const RestoreCheck* check(std::string_view name) const noexcept;  // null if there is none
};

// Reads the archive (in full, to verify it) and the machine below place.root, and asks the views. Without a kind: copy_controller if that
// was asked for; database_only on a machine with agent.conf and a database that holds a controller; else full_machine or, if the backup is
// of several controller machines, single_then_enable_ha. Error for what could not be read; what speaks against the restore is a check.
RestorePlan plan_restore(Archive& archive, const RestoreOptions& options = {}, const RestoreViews& views = {}, Job* job = nullptr);

// The parts of it. Facts that are gathered once serve several plans.
BackupFacts read_backup_facts(Archive& archive, const VerifyOptions& verify = {}, Job* job = nullptr);
TargetFacts read_target_facts(const RestoreOptions& options, DatabaseView* database, Job* job = nullptr);
RestorePlan plan_restore(BackupFacts backup, TargetFacts target, const RestoreOptions& options, HostsView* hosts, Job* job = nullptr);

// Where mongorestore is looked for: the juju-db snap, beside mongod, PATH. Error(not_found) with the list of places.
std::string find_mongorestore(const ControllerPlace& place, const JujuVersion& version);

// Facts, checks and steps for a person; the same for scripts. Never a secret.
std::string to_text(const RestorePlan& plan);
std::string to_json(const RestorePlan& plan);
// Its parts "backup" and "target" alone.
std::string to_json(const BackupFacts& backup);
std::string to_json(const TargetFacts& target);
// The checks alone.
std::string checks_to_text(const RestorePlan& plan);

}  // namespace jujubackup
