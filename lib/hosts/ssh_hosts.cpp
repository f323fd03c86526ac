#include <unistd.h>

#include <cerrno>
#include <utility>

#include <jujubackup/error.hpp>
#include <jujubackup/hosts.hpp>

#include "base/text.hpp"
#include "hosts/said.hpp"
#include "hosts/ssh_arguments.hpp"
#include "io/process.hpp"

namespace jujubackup {
namespace {

// What ssh exits with for failures of its own.
constexpr int ssh_failed = 255;

// Holds nothing but its options, so that any number of threads may use it.
class SshHosts final : public Hosts {
 public:
  explicit SshHosts(SshOptions options) : options_(std::move(options)) {}

  HostAnswer run(const ControllerHost& host, const HostCommand& command, Job* job) override {
    if (command.words.empty()) throw Error(ErrorCode::invalid_argument, "no command to run");
    Command call;
    call.standard_input = command.standard_input;
    call.timeout = command.timeout;
    call.max_output_bytes = command.max_output_bytes;
    if (host.here) {
      call.program = command.words.front();
      call.arguments.assign(command.words.begin() + 1, command.words.end());
    } else {
      check_reachable(host);
      call.program = options_.program;
      call.arguments = hosts::ssh_arguments(options_, host.address, command);
    }
    CommandResult result = converse(host, call, job);
    if (!host.here && result.exit_code == ssh_failed) throw unreachable(host, result.output);
    return {result.exit_code, std::move(result.output)};
  }

  void reach(const ControllerHost& host, Job* job) override {
    HostCommand nothing;
    nothing.words = {"true"};
    nothing.timeout = options_.connect_timeout + std::chrono::seconds(30);
    const HostAnswer answer = run(host, nothing, job);
    if (answer.exit_code == 0) return;
    throw Error(ErrorCode::program, place(host) + ": no command can be run as root there with sudo -n: " + hosts::said(answer.output) +
                                        "; let the user " + printable(options_.user) + " use sudo without a password");
  }

 private:
  std::string place(const ControllerHost& host) const {
    const std::string user = options_.user.empty() ? "" : options_.user + "@";
    return host.here ? "this machine" : "ssh to " + printable(user + host.address);
  }

  void check_reachable(const ControllerHost& host) const {
    if (host.address.empty()) {
      throw Error(ErrorCode::program, "machine " + printable(host.machine_id) + " cannot be reached: no address of it is known");
    }
    if (!hosts::is_address(host.address)) {
      throw Error(ErrorCode::program, "machine " + printable(host.machine_id) + " cannot be reached: " + quoted_name(host.address) +
                                          " is no address of a machine");
    }
    if (!options_.identity_path.empty() && ::access(options_.identity_path.c_str(), R_OK) != 0) {
      throw Error(ErrorCode::program,
                  place(host) + ": " + Error::from_errno(errno, "reading the key " + printable(options_.identity_path)).what());
    }
  }

  // run_command does not know where the program was to work.
  CommandResult converse(const ControllerHost& host, const Command& call, Job* job) const {
    try {
      return run_command(call, job);
    } catch (Error& error) {
      if (!host.here && error.code() != ErrorCode::cancelled) error.add_context(place(host));
      throw;
    }
  }

  Error unreachable(const ControllerHost& host, const std::string& output) const {
    const std::string why = hosts::last_line(output);
    std::string text = place(host) + ": " + (why.empty() ? "the connection ended" : why) + "; ";
    if (why.find("Host key verification failed") != std::string::npos) {
      text += "compare its host key with what is in " + known_hosts() + " and correct that";
    } else if (why.find("Permission denied") != std::string::npos) {
      text += "see that the public half of " + identity() + " is among the authorized keys there";
    } else {
      text += "see that the machine is up and that its sshd answers";
    }
    return {ErrorCode::program, std::move(text), true};
  }
  std::string known_hosts() const { return options_.known_hosts_path.empty() ? "ssh's known_hosts" : printable(options_.known_hosts_path); }
  std::string identity() const { return options_.identity_path.empty() ? "the key that ssh uses" : printable(options_.identity_path); }

  const SshOptions options_;
};

}  // namespace

std::unique_ptr<Hosts> ssh_hosts(const SshOptions& options) { return std::make_unique<SshHosts>(options); }

}  // namespace jujubackup
