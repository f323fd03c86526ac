#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <jujubackup/error.hpp>
#include <jujubackup/rebootstrap.hpp>

#include "base/text.hpp"
#include "io/process.hpp"
#include "io/walk.hpp"
#include "net/endpoint.hpp"
#include "rebootstrap/line_splitter.hpp"

namespace jujubackup {
namespace {

constexpr const char* archive_name = "backup.tar.gz";
constexpr const char* program_name = "jujubackup";
constexpr int exit_unreachable = 255;  // of ssh: the command there was not run

// For the shell on the machine.
std::string shell_quoted(const std::string& word) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + shell_quoted(word);
  return line;
}

std::vector<std::string> there(const RemoteRestoreOptions& options, const std::string& program) {
  std::vector<std::string> words = {"sudo", "-n", program, "restore-backup", "--file", options.directory + "/" + archive_name, "--yes"};
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  return words;
}

// The key that the client made, and that the controller's machine was made with.
std::string identity_of(const Rebootstrapped& made, const SshOptions& options) {
  if (!options.identity_path.empty()) return options.identity_path;
  for (const char* name : {"ssh/juju_id_ed25519", "ssh/juju_id_rsa"}) {
    std::string path = join_path(made.client_dir, name);
    if (look_at(path).kind == FileKind::file) return path;
  }
  return "";
}

class Remote {
 public:
  Remote(const Rebootstrapped& made, const RemoteRestoreOptions& options, const RebootstrapEvents& on_event, Job* job)
      : options_(options), on_event_(on_event), job_(job) {
    const SshOptions& ssh = options.ssh;
    common_ = {"-o", "BatchMode=yes",
               "-o", "ConnectTimeout=" + std::to_string(ssh.connect_timeout.count()),
               "-o", std::string("StrictHostKeyChecking=") + (ssh.strict_host_keys ? "yes" : "accept-new"),
               "-o", "UserKnownHostsFile=" + (ssh.known_hosts_path.empty() ? made.work_dir + "/known_hosts" : ssh.known_hosts_path)};
    if (const std::string identity = identity_of(made, ssh); !identity.empty()) {
      common_.insert(common_.end(), {"-i", identity, "-o", "IdentitiesOnly=yes"});
    }
    common_.insert(common_.end(), ssh.extra_arguments.begin(), ssh.extra_arguments.end());
  }

  int run(const std::string& host, const std::vector<std::string>& words) {
    Command command;
    command.program = options_.ssh.program;
    command.arguments = common_;
    if (options_.ssh.port != 0) command.arguments.insert(command.arguments.end(), {"-p", std::to_string(options_.ssh.port)});
    // An address from a file must not be an option.
    command.arguments.insert(command.arguments.end(), {"-l", options_.ssh.user, "--", host, joined(words)});
    return finish(std::move(command));
  }

  int copy(const std::string& host, const std::string& from, const std::string& to) {
    Command command;
    command.program = options_.scp;
    command.arguments = common_;
    if (options_.ssh.port != 0) command.arguments.insert(command.arguments.end(), {"-P", std::to_string(options_.ssh.port)});
    const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    // A name with a colon in its first part would be a host.
    const std::string local = from.starts_with('/') ? from : "./" + from;
    command.arguments.insert(command.arguments.end(), {"--", local, options_.ssh.user + "@" + name + ":" + to});
    return finish(std::move(command));
  }

  void stage(const std::string& text) {
    if (on_event_) on_event_({RebootstrapEvent::Kind::stage, text});
  }

 private:
  int finish(Command command) {
    rebootstrapping::LineSplitter lines([&](std::string_view line) {
      if (on_event_) on_event_({RebootstrapEvent::Kind::output, line});
    });
    command.timeout = options_.timeout;
    command.on_output = [&](std::string_view text) { lines.add(text); };
    const CommandResult result = run_command(command, job_);
    lines.finish();
    return result.exit_code;
  }

  const RemoteRestoreOptions& options_;
  const RebootstrapEvents& on_event_;
  Job* job_;
  std::vector<std::string> common_;
};

[[noreturn]] void fail(const std::string& what, int exit_code) {
  throw Error(ErrorCode::program, what + " (exit code " + std::to_string(exit_code) + ")");
}

// The first of the controller's addresses that ssh gets to.
std::string reachable_host(Remote& remote, const Rebootstrapped& made, const RemoteRestoreOptions& options) {
  std::string tried;
  for (const std::string& text : made.controller.endpoints) {
    std::string host = parse_endpoint(text).host;
    remote.stage("connecting to " + printable(host) + " over ssh");
    const int code = remote.run(host, {"mkdir", "-m", "700", "-p", options.directory});
    if (code == 0) return host;
    if (code != exit_unreachable) fail("the folder for the restore could not be made on " + printable(host), code);
    tried += (tried.empty() ? "" : ", ") + printable(host);
  }
  throw Error(ErrorCode::program, "nothing was restored: ssh gets to no address of the new controller: " + tried, true);
}

}  // namespace

void restore_over_ssh(const RebootstrapPlan& plan, const Rebootstrapped& made, const RemoteRestoreOptions& options,
                      const RebootstrapEvents& on_event, Job* job) {
  Remote remote(made, options, on_event, job);
  const std::string host = reachable_host(remote, made, options);
  const std::string program = options.directory + "/" + program_name;
  const std::string archive = options.directory + "/" + archive_name;
  remote.stage("copying jujubackup to " + printable(host));
  if (const int code = remote.copy(host, options.program, program); code != 0)
    fail("jujubackup could not be copied; nothing was restored", code);
  // Made for another system or without its libraries there: better known before gigabytes were copied.
  if (const int code = remote.run(host, {"./" + program, "--version"}); code != 0) {
    fail("this jujubackup does not run on " + printable(host) + "; nothing was restored: install it there", code);
  }
  remote.stage("copying the backup to " + printable(host));
  if (const int code = remote.copy(host, options.archive, archive); code != 0)
    fail("the backup could not be copied; nothing was restored", code);
  remote.stage("restoring " + printable(plan.controller) + " on " + printable(host));
  if (const int code = remote.run(host, there(options, "./" + program)); code != 0) {
    fail("restore-backup failed on " + printable(host) +
             "; what it printed says what was undone, and jujubackup and the backup are there in " + printable(options.directory),
         code);
  }
  remote.stage("removing what was copied");
  if (const int code = remote.run(host, {"rm", "-rf", "--", options.directory}); code != 0 && on_event) {
    const std::string text = "the backup is still in " + options.directory + " on " + printable(host) + ": it holds secrets";
    on_event({RebootstrapEvent::Kind::warning, text});
  }
}

std::vector<std::string> remote_restore_commands(const RebootstrapPlan& plan, const Rebootstrapped& made,
                                                 const RemoteRestoreOptions& options) {
  const std::string juju = "JUJU_DATA=" + shell_quoted(made.client_dir) + " " + shell_quoted(plan.juju);
  const std::string model = shell_quoted(plan.controller + ":controller");
  return {juju + " ssh -m " + model + " 0 mkdir -m 700 -p " + shell_quoted(options.directory),
          juju + " scp -m " + model + " " + joined({options.program, options.archive}) + " 0:" + shell_quoted(options.directory + "/"),
          juju + " ssh -m " + model + " 0 " +
              joined({"mv", options.directory + "/" + options.archive.substr(options.archive.rfind('/') + 1),
                      options.directory + "/" + archive_name}),
          juju + " ssh -m " + model + " 0 " + joined(there(options, "./" + options.directory + "/" + program_name))};
}

}  // namespace jujubackup
