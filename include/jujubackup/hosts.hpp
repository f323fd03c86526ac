// Commands and services on controller machines: this one, and others over ssh. Interfaces, and their real implementations.
//
// Used by one thread at a time unless said otherwise.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <jujubackup/job.hpp>
#include <jujubackup/restore.hpp>
#include <jujubackup/restore_steps.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

struct HostCommand {
  std::vector<std::string> words;  // the program and its arguments, never a secret; quoted for the shell there where there is one
  std::string standard_input;      // may be secret
  bool as_root = true;             // elsewhere through "sudo -n"; here the process is what it is
  std::chrono::seconds timeout{60};
  std::size_t max_output_bytes = std::size_t{64} << 10;
};

struct HostAnswer {
  int exit_code = 0;
  std::string output;  // of both streams: the end of it
};

// Any number of threads may call run and reach at once.
class Hosts : public HostsView {
 public:
  // Error(program) if the machine cannot be reached or in time does not answer; a command that fails is an answer. What was begun elsewhere
  // may go on there after a timeout or a cancelled job.
  virtual HostAnswer run(const ControllerHost& host, const HostCommand& command, Job* job) = 0;
};

struct SshOptions {
  std::string program = "ssh";
  std::string user = "ubuntu";
  std::string identity_path;      // the controller's: data_dir/system-identity; "": what ssh finds
  std::string known_hosts_path;   // "": kept beside the restore's journal is the caller's choice; ssh's own
  bool strict_host_keys = false;  // true: a machine that is not in known_hosts is not reached. false: it is learned
  int port = 0;                   // 0: ssh's own
  std::chrono::seconds connect_timeout{15};
  std::vector<std::string> extra_arguments;  // before the host: "-F", "path"
};

// Runs what is for `here` as a child process, and the rest through the program ssh, never asking anything on a terminal.
std::unique_ptr<Hosts> ssh_hosts(const SshOptions& options = {});

// The init system of a machine.
class Services {
 public:
  virtual ~Services() = default;
  // Whether services can run there at all; where they cannot, nothing is active, and start and stop do nothing.
  virtual bool runs(const ControllerHost& host) const { return static_cast<void>(host), true; }
  // What is in that state already is fine, and so is stopping what is not there. Error(program) with what the init system said.
  virtual void start(const ControllerHost& host, const std::string& service, Job* job) = 0;
  virtual void stop(const ControllerHost& host, const std::string& service, Job* job) = 0;
  // Also while it is on its way up, as one that fails again and again is.
  virtual bool is_active(const ControllerHost& host, const std::string& service, Job* job) = 0;
  // On this machine: whether the init system has a unit file of it.
  virtual bool is_known(const std::string& service, Job* job) { return static_cast<void>(service), static_cast<void>(job), false; }
  // On this machine. Makes the init system know unit files, by their absolute paths, and start them at boot. Returns the services that it
  // did not know before, for undo.
  virtual std::vector<std::string> install(const std::vector<std::string>& unit_files, Job* job) = 0;
  // On this machine. What is not known is fine.
  virtual void uninstall(const std::vector<std::string>& services, Job* job) = 0;
};

struct SystemdOptions {
  std::string program = "systemctl";
  std::string root = "/";  // of this machine: below another root nothing runs, units are only linked and unlinked (systemctl --root)
};

// Through systemctl; lends `hosts`, which has to live as long.
std::unique_ptr<Services> systemd_services(Hosts& hosts, const SystemdOptions& options = {});

}  // namespace jujubackup
