#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include <jujubackup/hosts.hpp>

#include "hosts/fake_program.hpp"
#include "hosts/ssh_arguments.hpp"
#include "test_support.hpp"

using namespace jujubackup;
using namespace std::chrono_literals;

namespace {

ControllerHost host_at(const std::string& address) { return {"1", address, false}; }

HostCommand command_of(std::vector<std::string> words) {
  HostCommand command;
  command.words = std::move(words);
  return command;
}

bool has_option(const std::vector<std::string>& words, const std::string& option) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "-o" && words[i + 1] == option) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("ssh is called so that it never asks, and with what was given") {
  const test::Scratch scratch;
  const test::FakeProgram ssh(scratch, "ssh", "echo there; exit 3");
  SshOptions options;
  options.program = ssh.path();
  options.identity_path = scratch / "a key";
  options.known_hosts_path = scratch / "known \"%h\" hosts";
  options.port = 2222;
  options.extra_arguments = {"-F", "/dev/null"};
  test::write_file(options.identity_path, "key");
  HostCommand command = command_of({"cat", "it's", "", "$HOME"});
  command.standard_input = "the secret\n";
  const HostAnswer answer = ssh_hosts(options)->run(host_at("10.0.0.2"), command, nullptr);
  CHECK(answer.exit_code == 3);
  CHECK(answer.output == "there\n");

  const std::vector<std::string> words = ssh.arguments(1);
  for (const char* option : {"BatchMode=yes", "ConnectTimeout=15", "StrictHostKeyChecking=accept-new", "IdentitiesOnly=yes"}) {
    CHECK_MESSAGE(has_option(words, option), option);
  }
  CHECK(has_option(words, "IdentityFile=\"" + scratch.path() + "/a key\""));
  CHECK(has_option(words, "UserKnownHostsFile=\"" + scratch.path() + "/known \\\"%%h\\\" hosts\""));
  const std::vector<std::string> end = {
      "-p", "2222", "-l", "ubuntu", "-F", "/dev/null", "--", "10.0.0.2", R"(sudo -n -- 'cat' 'it'\''s' '' '$HOME')"};
  REQUIRE(words.size() > end.size());
  CHECK(std::equal(end.rbegin(), end.rend(), words.rbegin()));
  CHECK(ssh.input(1) == "the secret\n");
  CHECK(ssh.text().find("secret") == std::string::npos);
}

TEST_CASE("no identity, strict host keys, and a user that is root") {
  SshOptions options;
  options.user = "root";
  options.strict_host_keys = true;
  options.connect_timeout = 4s;
  const std::vector<std::string> words = hosts::ssh_arguments(options, "2001:db8::1", command_of({"true"}));
  CHECK(has_option(words, "StrictHostKeyChecking=yes"));
  CHECK(has_option(words, "ConnectTimeout=4"));
  CHECK_FALSE(has_option(words, "IdentitiesOnly=yes"));
  CHECK(words[words.size() - 3] == "--");
  CHECK(words[words.size() - 2] == "2001:db8::1");
  CHECK(words.back() == "'true'");

  options.user = "ubuntu";
  HostCommand as_user = command_of({"id", "-u"});
  as_user.as_root = false;
  CHECK(hosts::ssh_arguments(options, "h", as_user).back() == "'id' '-u'");
}

TEST_CASE("the words arrive in a shell as they are") {
  const test::Scratch scratch;
  // Does what sshd does: the last argument goes to a shell.
  const test::FakeProgram ssh(scratch, "ssh", "for word do last=$word; done; exec sh -c \"$last\"");
  SshOptions options;
  options.program = ssh.path();
  options.user = "root";
  const HostCommand command = command_of({"printf", "%s|", "a b", "", "*", "'\"\\", "$(id)", "`id`", "x\ny", "-n", "é"});
  CHECK(ssh_hosts(options)->run(host_at("h"), command, nullptr).output == "a b||*|'\"\\|$(id)|`id`|x\ny|-n|é|");
}

TEST_CASE("on this machine no ssh is involved") {
  SshOptions options;
  options.program = "/nonexistent";
  options.identity_path = "/nonexistent";
  ControllerHost here;
  here.here = true;
  const auto hosts = ssh_hosts(options);
  HostCommand command = command_of({"sh", "-c", "cat; exit $1", "sh", "255"});
  command.standard_input = "in";
  const HostAnswer answer = hosts->run(here, command, nullptr);
  CHECK(answer.output == "in");
  CHECK(answer.exit_code == 255);
  hosts->reach(here, nullptr);
}

TEST_CASE("what ssh says becomes one line with what to do") {
  struct Case {
    const char* said;
    const char* expected;
  };
  for (const Case& c :
       {Case{"Warning: x\\nssh: connect to host 10.0.0.2 port 22: Connection refused\\n",
             "ssh to ubuntu@10.0.0.2: ssh: connect to host 10.0.0.2 port 22: Connection refused; see that the machine is up and that its "
             "sshd "
             "answers"},
        {"ubuntu@10.0.0.2: Permission denied (publickey).\\r\\n",
         "ssh to ubuntu@10.0.0.2: ubuntu@10.0.0.2: Permission denied (publickey); see that the public half of the key that ssh uses is "
         "among "
         "the authorized keys there"},
        {"Host key verification failed.\\n",
         "ssh to ubuntu@10.0.0.2: Host key verification failed; compare its host key with what is in ssh's known_hosts and correct that"},
        {"evil \\033[2J\\n", "ssh to ubuntu@10.0.0.2: evil \\x1b[2J; see that the machine is up and that its sshd answers"},
        {"", "ssh to ubuntu@10.0.0.2: the connection ended; see that the machine is up and that its sshd answers"}}) {
    const test::Scratch scratch;
    const test::FakeProgram ssh(scratch, "ssh", std::string("printf '") + c.said + "' >&2; exit 255");
    SshOptions options;
    options.program = ssh.path();
    const auto hosts = ssh_hosts(options);
    for (const bool reach : {false, true}) {
      const auto error = test::error_of([&] {
        if (reach) {
          hosts->reach(host_at("10.0.0.2"), nullptr);
        } else {
          hosts->run(host_at("10.0.0.2"), command_of({"true"}), nullptr);
        }
      });
      REQUIRE(error);
      CHECK(error->code() == ErrorCode::program);
      CHECK(std::string(error->what()) == c.expected);
    }
  }
}

TEST_CASE("a machine where sudo asks cannot be reached") {
  const test::Scratch scratch;
  const test::FakeProgram ssh(scratch, "ssh", "echo 'sudo: a password is required' >&2; exit 1");
  SshOptions options;
  options.program = ssh.path();
  const auto error = test::error_of([&] { ssh_hosts(options)->reach(host_at("h"), nullptr); });
  REQUIRE(error);
  CHECK(std::string(error->what()) ==
        "ssh to ubuntu@h: no command can be run as root there with sudo -n: sudo: a password is required; let the user ubuntu use sudo "
        "without a password");
}

TEST_CASE("what is no address never comes near ssh") {
  const test::Scratch scratch;
  const test::FakeProgram ssh(scratch, "ssh");
  SshOptions options;
  options.program = ssh.path();
  const auto hosts = ssh_hosts(options);
  for (const char* address : {"", "-oProxyCommand=id", "root@10.0.0.1", "ssh://10.0.0.1", "a b", "a\nb", "$(id)"}) {
    const auto error = test::error_of([&] { hosts->reach(host_at(address), nullptr); });
    REQUIRE_MESSAGE(error, address);
    CHECK(error->code() == ErrorCode::program);
    CHECK(std::string(error->what()).starts_with("machine 1 cannot be reached: "));
  }
  options.identity_path = scratch / "missing";
  const auto error = test::error_of([&] { ssh_hosts(options)->reach(host_at("h"), nullptr); });
  REQUIRE(error);
  CHECK(std::string(error->what()) == "ssh to ubuntu@h: reading the key " + options.identity_path + ": No such file or directory");
  CHECK(ssh.calls() == 0);
}

TEST_CASE("ssh that hangs ends with its time, or with the job, and so does what it started") {
  const test::Scratch scratch;
  REQUIRE(::mkfifo((scratch / "never").c_str(), 0600) == 0);
  // Both hold the fifo `alive` open for writing: its reader sees the end when both are gone.
  REQUIRE(::mkfifo((scratch / "alive").c_str(), 0600) == 0);
  const test::FakeProgram ssh(
      scratch, "ssh", "exec 3> '" + (scratch / "alive") + "'; cat '" + (scratch / "never") + "' & cat '" + (scratch / "never") + "'");
  SshOptions options;
  options.program = ssh.path();
  const auto hosts = ssh_hosts(options);
  for (const bool cancels : {false, true}) {
    Job job;
    HostCommand command = command_of({"true"});
    command.timeout = cancels ? 0s : 1s;
    std::string rest = "not read";
    std::thread watcher([&] {
      std::ifstream alive(scratch / "alive");
      if (cancels) job.cancel();
      rest.assign(std::istreambuf_iterator<char>(alive), {});
    });
    const auto error = test::error_of([&] { hosts->run(host_at("h"), command, &job); });
    watcher.join();
    CHECK(rest.empty());
    REQUIRE(error);
    CHECK(error->code() == (cancels ? ErrorCode::cancelled : ErrorCode::program));
    if (!cancels) CHECK(std::string(error->what()) == "ssh to ubuntu@h: " + ssh.path() + " did not end within 1 s");
  }
}

TEST_CASE("many threads at once") {
  const test::Scratch scratch;
  const test::FakeProgram ssh(scratch, "ssh", "for word do last=$word; done; printf '%s' \"$last\"");
  SshOptions options;
  options.program = ssh.path();
  options.user = "root";
  const auto hosts = ssh_hosts(options);
  std::vector<std::string> outputs(8);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    threads.emplace_back([&, i] { outputs[i] = hosts->run(host_at("h"), command_of({std::to_string(i)}), nullptr).output; });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < outputs.size(); ++i) CHECK(outputs[i] == "'" + std::to_string(i) + "'");
  CHECK(ssh.calls() == outputs.size());
}
