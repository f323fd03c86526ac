// What a restore does, one step after the other: what a person is told of each, and what the one who runs it has to know.
//
// No step holds a secret. Who runs one takes passwords and keys from agent.conf and the archive at that moment, so that a plan, its JSON
// and the journal made of it may be shown and kept. Paths are relative to the root of the machine unless they say otherwise.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <jujubackup/juju_version.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

// A machine that runs a controller.
struct ControllerHost {
  std::string machine_id;  // "0"
  std::string address;     // for ssh; "" where `here`
  bool here = false;       // the machine that is restored on

  bool operator==(const ControllerHost&) const = default;
};

// A machine whose agents must be told where the controller is now.
struct AgentMachine {
  std::string machine_id;  // "3", "0/lxd/1"
  std::string model_uuid;
  std::string address;  // for ssh; "" if the backup knows none: it is reported and left out

  bool operator==(const AgentMachine&) const = default;
};

// Which of mongod's and its tools' ways apply. By major and minor version.
enum class MongoGeneration : std::int32_t {
  offline = 1,  // 2.x: mongorestore works on the files, with mongod stopped
  oplog = 2,    // 3.x: over the wire; needs a role for --oplogReplay
  modern = 3,   // 4.0 and later: also the options of juju-restore; the tools may be those of the juju-db snap
};

// stop-agent, start-agent. Undo of either is the other.
struct ServiceOnHost {
  ControllerHost host;
  std::string service;  // "jujud-machine-0"

  bool operator==(const ServiceOnHost&) const = default;
};
struct StopAgent : ServiceOnHost {
  bool operator==(const StopAgent&) const = default;
};
struct StartAgent : ServiceOnHost {
  bool operator==(const StartAgent&) const = default;
};

// stop-database, start-database, on this machine.
struct StopDatabase {
  std::string service;  // "juju-db", "snap.juju-db.daemon"

  bool operator==(const StopDatabase&) const = default;
};
struct StartDatabase {
  std::string service;
  std::string address;               // "localhost:37017": when mongod answers there it is up
  std::chrono::seconds timeout{60};  // for that

  bool operator==(const StartDatabase&) const = default;
};

// save-collections: what mongorestore will drop, dumped first. Undo is not of this step: restore-database is undone with what was saved.
struct SaveCollections {
  MongoGeneration generation = MongoGeneration::modern;
  JujuVersion juju_version;             // of the target: decides about the arguments of mongodump
  std::string address;                  // "localhost:37017"
  std::string username;                 // "machine-0"; its password is statepassword of the agent.conf at conf_path
  std::string conf_path;                // "var/lib/juju/agents/machine-0/agent.conf"
  std::vector<std::string> namespaces;  // "juju.machines", sorted: those of the backup that will be dropped
  std::string directory;                // "var/lib/juju/restore/kept-dump": dump/ in it, and saved.json, which says that it is whole

  bool operator==(const SaveCollections&) const = default;
};

// save-files: renamed aside. Undo renames them back, after removing what took their place.
struct SaveFiles {
  // Sorted. Files and whole directories; one that is not there now must not be there after undo. No path lies below another.
  std::vector<std::string> paths;
  std::string directory;  // "var/lib/juju/restore/kept": each keeps its path below it. Elsewhere than on the same volume it is a copy

  bool operator==(const SaveFiles&) const = default;
};

// unpack-root: out of root.tar, with owners and modes, what lies at or below `paths`. All of them are among those of save-files, so that
// nothing is there; parents are made if missing (0755). Undo: save-files removes what came.
struct UnpackRoot {
  std::vector<std::string> paths;
  bool owners = true;  // false where the process is not root
  std::uint64_t bytes = 0;

  bool operator==(const UnpackRoot&) const = default;
};

// rewrite-agent-conf: as YAML; whatever is not named here stays: passwords, keys, tag, state addresses. Undo: the old text is put back.
struct RewriteAgentConf {
  std::string path;                        // "var/lib/juju/agents/machine-0/agent.conf"
  std::vector<std::string> api_addresses;  // "10.0.0.1:17070"; empty: stay
  std::string upgraded_to_version;         // "": stays

  bool operator==(const RewriteAgentConf&) const = default;
};

// install-services: the init system learns of unit files that came with root.tar (systemctl link, enable, daemon-reload). Undo: those that
// were not known before are disabled.
struct InstallServices {
  std::vector<std::string> unit_files;  // "var/lib/juju/init/jujud-machine-0/jujud-machine-0.service"

  bool operator==(const InstallServices&) const = default;
};

// restore-database: mongorestore. Of the dump only `namespaces` are staged for it: mongorestore refuses --oplogReplay together with
// --nsExclude, so what is to be left out is not there, and what oplog.bson says of it is not either. Undo: what save-collections kept is
// restored in the same way, and collections that the backup alone has are dropped.
struct RestoreDatabase {
  MongoGeneration generation = MongoGeneration::modern;
  // mongorestore; "": looked for as find_mongorestore does.
  std::string program;
  // Without the password, which goes through a configuration file of mode 0600 or standard input, and without the folder of the dump,
  // which comes last.
  std::vector<std::string> arguments;
  std::string address;
  std::string username;
  // Whose statepassword opens the database: where save-files put the old agent.conf, or the one in place.
  std::string conf_path;
  std::string service;                  // offline only: mongod, stopped before and started after
  std::vector<std::string> namespaces;  // of the backup, sorted: what is staged
  // Undo: where save-collections kept what was there ("" if nothing was), and which of `namespaces` were not there, to be dropped.
  std::string kept_dump;
  std::vector<std::string> new_namespaces;
  // "jujucontroller" where --nsFrom and --nsTo put everything there: then undo drops that database and nothing else. "": as in the backup.
  std::string into_database;
  std::string oplog_role;  // "oploger": made, granted to `username`, and taken away after; "": not needed
  std::uint64_t dump_bytes = 0;
  std::string log_path;  // "var/lib/juju/restore/mongorestore.log": its output, also of a failure; 0600

  bool operator==(const RestoreDatabase&) const = default;
};

// set-database-user: logged in as the tag of `old_conf_path`; if the password of conf_path opens the database already, nothing is done.
// After it `username` has the statepassword of agent.conf at conf_path. Undo:
// the password of `old_conf_path` again.
struct SetDatabaseUser {
  std::string address;
  std::string username;       // "machine-0"
  std::string conf_path;      // of the backup, in place by now
  std::string old_conf_path;  // where save-files put the one before; "": there was none, and the database has no users yet
  bool create = false;        // through mongod's exception for localhost, when it has no users

  bool operator==(const SetDatabaseUser&) const = default;
};

// initiate-replica-set: logged in if the database has users, else through mongod's exception for localhost. One member, this machine.
// "Already initiated" is fine if the only member is this one. Undo: the configuration that was there before, where there was one.
struct InitiateReplicaSet {
  std::string name = "juju";
  std::string member;      // "10.0.0.1:37017"
  std::string machine_id;  // tag juju-machine-id
  std::string username;
  std::string conf_path;
  bool force = false;  // reconfigured although no majority of the old members is there
  std::chrono::seconds timeout{60};

  bool operator==(const InitiateReplicaSet&) const = default;
};

// fix-database: where the dump speaks of machines as they were. Each part is left out if its fields are empty. All of it is scoped to the
// controller model. Undo: part of that of restore-database where there is one, else what was overwritten is put back.
struct FixDatabase {
  std::string address;
  std::string username;
  std::string conf_path;
  std::string model_uuid;   // of the controller model
  std::string machine_id;   // of the machine restored on, as the backup calls it
  std::string instance_id;  // collection instanceData
  std::string private_address, public_address;
  std::vector<std::string> api_host_ports;      // collection controllers, documents apiHostPorts and apiHostPortsForAgents
  std::vector<std::string> remove_controllers;  // ids of machines that are gone: controllerNodes, controllers "e", votes
  bool clear_restore_status = false;            // the document of restoreInfo is removed: it tells of an older restore

  bool operator==(const FixDatabase&) const = default;
};

// merge-controller: after a dump was restored under another database name, what a copy takes over is merged, and that database dropped.
// Undo: the documents that it changed are put back as they were, and those that it added are removed.
struct MergeController {
  std::string address;
  std::string username;
  std::string conf_path;
  std::string from_database = "jujucontroller";
  std::string controller_uuid;        // of the target
  std::string controller_model_uuid;  // of the target
  std::string cloud;                  // of the target: not replaced
  std::string cloud_credential;       // likewise; the id in the database, with "#"
  std::string kept_dump;              // for a person: the collections as they were before

  bool operator==(const MergeController&) const = default;
};

// set-agent-version: tools/machine-N is linked to the tools of that version and agent.conf says so. Undo: link and text as before.
struct SetAgentVersion {
  ControllerHost host;
  JujuVersion version;
  std::string data_dir = "var/lib/juju";

  bool operator==(const SetAgentVersion&) const = default;
};

// update-agents: every agent.conf on the machine gets the new addresses, relations of units run again, agents restart; over ssh, each
// machine with a report of its own. A machine that fails does not fail the restore. Cannot be undone; it can be run again.
struct UpdateAgents {
  std::vector<AgentMachine> machines;
  std::string data_dir = "var/lib/juju";
  std::string identity_path;  // "var/lib/juju/system-identity"
  std::string private_address, public_address;
  unsigned at_once = 8;
  std::chrono::seconds timeout{120};  // for each machine

  bool operator==(const UpdateAgents&) const = default;
};

// wait-database, wait-agents. Nothing to undo. Not healthy in time is a failure of wait-database and a warning of wait-agents.
struct WaitDatabase {
  std::string address;
  std::string username;
  std::string conf_path;
  unsigned members = 1;
  std::chrono::seconds timeout{300};

  bool operator==(const WaitDatabase&) const = default;
};
struct WaitAgents {
  std::vector<ServiceOnHost> services;
  std::string api_address;  // "localhost:17070": a connection is accepted there
  std::chrono::seconds timeout{600};

  bool operator==(const WaitAgents&) const = default;
};

using RestoreAction = std::variant<StopAgent, StopDatabase, SaveCollections, SaveFiles, UnpackRoot, RewriteAgentConf, InstallServices,
                                   StartDatabase, InitiateReplicaSet, SetDatabaseUser, RestoreDatabase, MergeController, FixDatabase,
                                   SetAgentVersion, UpdateAgents, WaitDatabase, StartAgent, WaitAgents>;

struct RestoreStep {
  std::string name;                // stable: that of the action, "stop-agent"
  std::string what;                // "stop the Juju agent"
  std::string target;              // "machine 1 at 10.0.0.2"
  std::string undo;                // how it is undone; "" if there is nothing to undo
  std::vector<std::string> needs;  // "ssh to 10.0.0.2 as ubuntu", "12 MiB in /var/lib/juju"
  bool undoable = true;
  RestoreAction action;

  bool operator==(const RestoreStep&) const = default;
};

// "stop-agent" and so on.
std::string_view name_of(const RestoreAction& action);

// What the journal keeps, and back. parse_restore_steps: Error(corrupt).
std::string restore_steps_to_json(const std::vector<RestoreStep>& steps);
std::vector<RestoreStep> parse_restore_steps(std::string_view json);

}  // namespace jujubackup
