// A new controller in the place of one that is gone: restore-backup -b of Juju 2.0, with the juju that the user has.
//
// It goes in three parts, so that what happens between them can be shown: rebootstrap makes the new controller, restore_over_ssh (or the
// controller's own API, where its release offers that) brings the backup onto it, and adopt_rebootstrap tells the user's client. Until then
// the user's client directory says what it said; juju works with a private copy of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/archive.hpp>
#include <jujubackup/client.hpp>
#include <jujubackup/hosts.hpp>
#include <jujubackup/job.hpp>
#include <jujubackup/juju_version.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

struct RebootstrapOptions {
  std::string controller;     // its name in the client directory; "": the current one
  std::string client_dir;     // "": default_client_dir()
  std::string juju = "juju";  // the program: a path, or a name looked for in PATH
  std::string constraints;    // "mem=8G cores=4"; not looked at
  bool build_agent = false;
  std::chrono::milliseconds dial_timeout{5'000};  // for all addresses of the old controller together
};

// What is known before anything is done. Holds no secret.
struct RebootstrapPlan {
  std::string controller, client_dir;
  std::string cloud, region, credential;
  std::vector<std::string> old_endpoints;  // nobody answers there, or not as the old controller
  JujuVersion backup_version;
  std::string controller_uuid;  // of the backup: the new controller has it in the end
  std::string machine_id;       // of the machine that was backed up
  std::int64_t ha_nodes = 0;    // how many controller machines there were; 0: not known
  std::string juju;
  JujuVersion juju_version;        // of the program: the new controller's, if nothing else is asked for
  bool restores_over_api = false;  // that release restores by itself (2.0 - 2.9.21)
  // juju's arguments. The word config_place stands for the file with the configuration, which is made when it runs.
  std::vector<std::string> arguments;
  std::vector<std::string> config_keys;  // what that file says, without the values
  std::vector<std::string> warnings;
};
inline constexpr std::string_view config_place = "<config>";

// "Bootstrap prod on aws/us-east-1: juju bootstrap ...", a line for each thing that a person should know.
std::string to_text(const RebootstrapPlan& plan);

// Reads the backup in full and the client directory, dials the old controller, and asks `juju` for its version and its options. Changes
// nothing. Error(corrupt) for a damaged backup; Error(not_found) if it has no CA certificate and key, the client knows no such controller
// or not how it was bootstrapped, or there is no `juju`; Error(exists) that names the address where the old controller still answers.
RebootstrapPlan plan_rebootstrap(Archive& archive, const RebootstrapOptions& options = {}, Job* job = nullptr);

struct RebootstrapEvent {
  enum class Kind : std::int32_t { stage = 1, output = 2, warning = 3 };
  Kind kind = Kind::stage;
  std::string_view text;  // one line; output is what a program printed
};
using RebootstrapEvents = std::function<void(const RebootstrapEvent&)>;

struct Rebootstrapped {
  std::string work_dir;    // 0700, in the client directory: all that is below, and nothing else, goes with adopt_rebootstrap
  std::string client_dir;  // below it: knows the new controller
  ClientController controller;
};

// Asks juju whether it still reaches the old controller, then runs `juju bootstrap`. The plan must have been made for this archive.
// Error(exists) if the old one answers; Error(program) if the bootstrap fails. Then the user's client directory is as it was; what juju
// knows of a controller that was half made is in the directory that the Error names.
Rebootstrapped rebootstrap(const RebootstrapPlan& plan, Archive& archive, const RebootstrapEvents& on_event = {}, Job* job = nullptr);

// After the restore: under the client's lock, the controller's entry in controllers.yaml becomes that of the new one, with the UUID of the
// backup. Account, models and bootstrap configuration stay, as they are those of the backup; where there is no account, the new one is
// taken. Then work_dir is removed.
void adopt_rebootstrap(const RebootstrapPlan& plan, const Rebootstrapped& made, Job* job = nullptr);

struct RemoteRestoreOptions {
  // extra_arguments go to scp as well. identity_path "": the key in client_dir/ssh. A host that is not known is learned, unless strict.
  SshOptions ssh;
  std::string scp = "scp";
  std::string program;                           // this jujubackup; is copied there and has to run there
  std::string archive;                           // a file, not encrypted
  std::vector<std::string> arguments;            // for restore-backup, besides --file and --yes
  std::string directory = "jujubackup-restore";  // there, in the home folder of the user
  std::chrono::seconds timeout{6 * 3600};        // for each command
};

// Copies program and archive to the first address of the new controller that takes them, and runs restore-backup there. What was copied is
// removed after a success. A job that is cancelled ends the connection, and restore-backup there by that or not at all: its --status says
// how far it came. Error(program) that says what was not done; remote_restore_commands then are what is left.
void restore_over_ssh(const RebootstrapPlan& plan, const Rebootstrapped& made, const RemoteRestoreOptions& options,
                      const RebootstrapEvents& on_event = {}, Job* job = nullptr);

// The same for a person to type, with the juju of the plan.
std::vector<std::string> remote_restore_commands(const RebootstrapPlan& plan, const Rebootstrapped& made,
                                                 const RemoteRestoreOptions& options);

}  // namespace jujubackup
