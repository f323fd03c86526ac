#include "restore_run/agent_steps.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "hosts/fake_program.hpp"
#include "restore_run/agent_scripts.hpp"
#include "test_support.hpp"

using namespace jujubackup;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

namespace {

constexpr const char* conf_of_unit =
    "# format 2.0\ntag: unit-mysql-0\napipassword: very-secret\nstateaddresses:\n- 10.0.0.1:37017\n- 10.0.0.2:37017\napiaddresses:\n"
    "- 10.0.0.1:17070\n- 1.2.3.4:17070\n- 10.0.0.3:17070\n";
constexpr const char* conf_of_machine = "# format 2.0\ntag: machine-3\napipassword: very-secret\napiaddresses:\n- 10.0.0.1:17070\n";

// A machine in a folder: ssh and sudo run their commands in a shell here, and systemctl says yes unless a file tells it not to.
struct Machine {
  Machine() {
    test::write_file(agents + "/machine-3/agent.conf", conf_of_machine);
    test::write_file(agents + "/unit-mysql-0/agent.conf", conf_of_unit);
    test::write_file(relation, "members:\n  wordpress/0: 3\nchange-version: 7\n");
    for (const char* agent : {"machine-3", "unit-mysql-0"}) ::chmod(conf(agent).c_str(), 0640);
    ::setenv("PATH", ((scratch / "systemctl") + ":" + (scratch / "sudo") + ":" + path_before).c_str(), 1);
    options.program = ssh.path();
    step.data_dir = (scratch / "var/lib/juju").substr(1);
    step.private_address = "10.9.9.9";
    step.public_address = "9.9.9.9";
    step.machines = {{"3", "uuid", "10.0.0.30"}};
    context.job = &job;
    context.report = &report;
    context.tools.hosts = hosts.get();
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine() { ::setenv("PATH", path_before.c_str(), 1); }

  std::string conf(const std::string& agent) const { return agents + "/" + agent + "/agent.conf"; }
  void tell(const std::string& name) const { test::write_file(scratch / ("told/" + name), ""); }
  void run() {
    hosts = ssh_hosts(options);
    context.tools.hosts = hosts.get();
    act(step, prepare(step, context), context);
  }
  const MachineReport& only() const {
    REQUIRE(report.machines.size() == 1);
    return report.machines.front();
  }

  std::string path_before = std::getenv("PATH");
  test::Scratch scratch;
  std::string agents = scratch / "var/lib/juju/agents";
  std::string relation = agents + "/unit-mysql-0/state/relations/4/wordpress-0";
  test::FakeProgram ssh{scratch, "ssh",
                        "for word do last=$word; done; echo 'Welcome to this machine'; exec sh -c \"$last\" < \"$kept/stdin\""};
  test::FakeProgram sudo{scratch, "sudo", "shift 2; exec \"$@\" < \"$kept/stdin\""};
  test::FakeProgram systemctl{scratch, "systemctl",
                              "test ! -e '" + (scratch / "told") + "'/none-$2 || exit 5\ntest ! -e '" + (scratch / "told") +
                                  "'/fail-$1-$2 || { echo \"Job for $2 failed.\"; echo 'See the journal.'; exit 1; }\n"
                                  "test ! -e '" +
                                  (scratch / "told") + "'/touch-$2 || echo '# more' >> '" + agents + "/unit-mysql-0/agent.conf'"};
  SshOptions options;
  std::unique_ptr<Hosts> hosts = ssh_hosts(options);
  UpdateAgents step;
  Job job;
  StepReport report;
  restore_run::StepContext context;
};

// Answers without running anything.
class ScriptedHosts final : public Hosts {
 public:
  std::function<HostAnswer(const ControllerHost&, const HostCommand&, Job*)> answer;
  HostAnswer run(const ControllerHost& host, const HostCommand& command, Job* job) override { return answer(host, command, job); }
  void reach(const ControllerHost&, Job*) override {}
};

bool reads(const HostCommand& command) { return command.words[2] == restore_run::fetch_agents_script; }

HostAnswer agents_answer(const std::string& agent) {
  const std::string conf = conf_of_machine;
  return {0, "jujubackup-agents\nagent " + agent + " 1.2.3 " + std::to_string(conf.size()) + "\n" + conf + "\nend\n"};
}

}  // namespace

TEST_CASE("agents of a machine are told, and start again") {
  Machine machine;
  machine.run();
  CHECK(machine.only().updated);
  CHECK(machine.only().text == "told machine-3, unit-mysql-0 of 10.9.9.9 and 9.9.9.9");
  CHECK(machine.report.warnings.empty());

  const std::string unit = test::read_file(machine.conf("unit-mysql-0"));
  CHECK(unit ==
        "# format 2.0\ntag: unit-mysql-0\napipassword: very-secret\nstateaddresses:\n- 10.9.9.9:37017\n- 9.9.9.9:37017\n"
        "apiaddresses:\n- 10.9.9.9:17070\n- 9.9.9.9:17070\n");
  CHECK(test::read_file(machine.conf("machine-3")).ends_with("apiaddresses:\n- 10.9.9.9:17070\n"));
  CHECK(test::read_file(machine.conf("unit-mysql-0") + ".old") == conf_of_unit);
  CHECK(test::read_file(machine.relation) == "members:\n  wordpress/0: 3\nchange-version: 0\n");
  for (const char* agent : {"machine-3", "unit-mysql-0"}) {
    struct stat status = {};
    REQUIRE(::stat(machine.conf(agent).c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0640);
    CHECK(status.st_uid == ::getuid());
    CHECK_FALSE(std::filesystem::exists(machine.conf(agent) + ".jujubackup"));
  }
  CHECK(machine.systemctl.text() ==
        "stop jujud-machine-3.service\nstop jujud-unit-mysql-0.service\nstart jujud-machine-3.service\n"
        "start jujud-unit-mysql-0.service\n");
  for (const test::FakeProgram* program : {&machine.ssh, &machine.sudo, &machine.systemctl}) {
    CHECK(program->text().find("secret") == std::string::npos);
  }
}

TEST_CASE("run again it changes nothing, and keeps the first old file") {
  Machine machine;
  machine.run();
  const std::string unit = test::read_file(machine.conf("unit-mysql-0"));
  machine.report.machines.clear();
  machine.run();
  CHECK(machine.only().updated);
  CHECK(test::read_file(machine.conf("unit-mysql-0")) == unit);
  CHECK(test::read_file(machine.conf("unit-mysql-0") + ".old") == conf_of_unit);
  CHECK(machine.systemctl.calls() == 8);
  // What an earlier run was done with is left alone.
  machine.run();
  CHECK(machine.systemctl.calls() == 8);
  CHECK(machine.only().updated);
}

TEST_CASE("an agent of a unit that has no service of its own") {
  Machine machine;
  machine.tell("none-jujud-unit-mysql-0.service");
  machine.run();
  CHECK(machine.only().updated);
  CHECK(machine.systemctl.text() == "stop jujud-machine-3.service\nstop jujud-unit-mysql-0.service\nstart jujud-machine-3.service\n");
  CHECK(test::read_file(machine.conf("unit-mysql-0")).find("10.9.9.9") != std::string::npos);
}

TEST_CASE("what fails on a machine is reported, and the rest of it is done") {
  Machine machine;
  SUBCASE("a service does not start") {
    machine.tell("fail-start-jujud-machine-3.service");
    machine.run();
    CHECK(machine.only().text == "machine-3: starting it: Job for jujud-machine-3.service failed. See the journal");
  }
  SUBCASE("a service does not stop") {
    machine.tell("fail-stop-jujud-unit-mysql-0.service");
    machine.run();
    CHECK(machine.only().text == "unit-mysql-0: stopping it: Job for jujud-unit-mysql-0.service failed. See the journal");
  }
  SUBCASE("a file that is no agent.conf") {
    test::write_file(machine.conf("unit-odd-1"), "secret");
    machine.run();
    CHECK(machine.only().text == "unit-odd-1: agent.conf: the first line is not \"# format 2.0\"");
    CHECK(test::read_file(machine.conf("unit-odd-1")) == "secret");
  }
  CHECK_FALSE(machine.only().updated);
  for (const char* agent : {"machine-3", "unit-mysql-0"}) CHECK(test::read_file(machine.conf(agent)).find("10.9.9.9") != std::string::npos);
  CHECK(machine.report.warnings ==
        Texts{"the agents of 1 of 1 machines were not told of the new address; this step can be run again alone"});
}

TEST_CASE("an agent.conf that changes meanwhile is left alone") {
  Machine machine;
  machine.tell("touch-jujud-unit-mysql-0.service");
  machine.run();
  CHECK(machine.only().text == "unit-mysql-0: agent.conf was changed by somebody else meanwhile");
  CHECK(test::read_file(machine.conf("unit-mysql-0")).find("10.9.9.9") == std::string::npos);
  CHECK(machine.systemctl.text().ends_with("start jujud-unit-mysql-0.service\n"));
}

TEST_CASE("folders that are none of Juju's are left alone") {
  Machine machine;
  test::write_file(machine.conf("unit-mysql-0.bak"), "x");
  test::write_file(machine.scratch / "elsewhere/agent.conf", conf_of_unit);
  std::filesystem::create_directory_symlink(machine.scratch / "elsewhere", machine.agents + "/unit-link-0");
  std::filesystem::create_directories(machine.agents + "/unit-empty-0");
  machine.run();
  CHECK(machine.only().text == "told machine-3, unit-mysql-0 of 10.9.9.9 and 9.9.9.9");
  CHECK(test::read_file(machine.scratch / "elsewhere/agent.conf") == conf_of_unit);
}

TEST_CASE("machines that cannot be reached, or have no agents") {
  Machine machine;
  std::filesystem::remove_all(machine.agents + "/machine-3");
  std::filesystem::remove_all(machine.agents + "/unit-mysql-0");
  machine.step.machines = {{"3", "uuid", "10.0.0.30"}, {"4", "uuid", ""}, {"5", "uuid", "-oProxyCommand=x"}};
  machine.run();
  REQUIRE(machine.report.machines.size() == 3);
  CHECK(machine.report.machines[0].text == "there are no agents in " + machine.agents);
  CHECK(machine.report.machines[1].text == "no address of it is known");
  CHECK(machine.report.machines[2].text == "machine 5 cannot be reached: \"-oProxyCommand=x\" is no address of a machine");

  machine.report = {};
  std::filesystem::remove_all(machine.agents);
  machine.step.machines.resize(1);
  machine.run();
  CHECK(machine.only().text.starts_with("reading its agents: Welcome to this machine; sh: "));
}

TEST_CASE("no more than so many at once, in the order of the step, each on a machine of its own") {
  ScriptedHosts hosts;
  std::mutex mutex;
  std::condition_variable changed;
  unsigned inside = 0;
  unsigned most = 0;
  unsigned begun = 0;
  hosts.answer = [&](const ControllerHost& host, const HostCommand& command, Job*) {
    if (!reads(command)) return HostAnswer{0, "jujubackup-agents\ndone machine-" + host.machine_id + "\nend\n"};
    std::unique_lock lock(mutex);
    most = std::max(most, ++inside);
    ++begun;
    changed.notify_all();
    // The first three meet here, so that three are inside at once.
    changed.wait(lock, [&] { return begun >= 3; });
    --inside;
    return agents_answer("machine-" + host.machine_id);
  };
  UpdateAgents step;
  step.at_once = 3;
  step.private_address = "10.9.9.9";
  for (int i = 0; i < 10; ++i) step.machines.push_back({std::to_string(i), "uuid", "10.0.0." + std::to_string(i)});
  StepReport report;
  Job job;
  Texts notes;
  const auto thread = std::this_thread::get_id();
  job.on_note([&](std::string_view text) {
    CHECK(std::this_thread::get_id() == thread);
    notes.emplace_back(text);
  });
  restore_run::StepContext context;
  context.tools.hosts = &hosts;
  context.job = &job;
  context.report = &report;
  act(step, {}, context);
  CHECK(most == 3);
  REQUIRE(report.machines.size() == 10);
  for (std::size_t i = 0; i < 10; ++i) {
    CHECK(report.machines[i].machine_id == std::to_string(i));
    CHECK(report.machines[i].updated);
  }
  CHECK(notes.size() == 10);
  CHECK(notes.back().starts_with("10 of 10: machine "));
}

TEST_CASE("a machine's time is bounded, and cancelling ends all of them") {
  ScriptedHosts hosts;
  UpdateAgents step;
  step.private_address = "10.9.9.9";
  step.machines = {{"1", "uuid", "a"}, {"2", "uuid", "b"}};
  StepReport report;
  Job job;
  restore_run::StepContext context;
  context.tools.hosts = &hosts;
  context.job = &job;
  context.report = &report;

  step.timeout = 0s;
  hosts.answer = [&](const ControllerHost&, const HostCommand&, Job*) -> HostAnswer { throw std::runtime_error("not to be called"); };
  act(step, {}, context);
  for (const MachineReport& machine : report.machines) CHECK(machine.text == "it did not end within 0 s");

  report = {};
  step.timeout = 3600s;
  hosts.answer = [&](const ControllerHost&, const HostCommand& command, Job* own) -> HostAnswer {
    CHECK(command.timeout <= 3600s);
    CHECK(command.timeout > 3000s);
    job.cancel();
    while (!own->cancelled()) std::this_thread::yield();
    own->check();
    return {};
  };
  const auto error = test::error_of([&] { act(step, {}, context); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::cancelled);
  CHECK(report.machines.empty());
}

TEST_CASE("what a machine sends is not believed") {
  ScriptedHosts hosts;
  UpdateAgents step;
  step.private_address = "10.9.9.9";
  step.machines = {{"1", "uuid", "a"}};
  for (const char* output :
       {"", "x", "jujubackup-agents\n", "jujubackup-agents\nagent a 1 5\nsecret\nend\n", "jujubackup-agents\nagent a 1\n",
        "jujubackup-agents\nagent $(secret) 1 0\n\nend\n", "jujubackup-agents\nagent a x 0\n\nend\n",
        "jujubackup-agents\nagent ../a 1 0\n\nend\n", "jujubackup-agents\nagent a 1 99999999999999999999\nsecret\nend\n",
        "jujubackup-agents\nagent a 1 18446744073709551615\nsecret\nend\n", "jujubackup-agents\nsecret"}) {
    hosts.answer = [&](const ControllerHost&, const HostCommand&, Job*) { return HostAnswer{0, output}; };
    StepReport report;
    restore_run::StepContext context;
    context.tools.hosts = &hosts;
    context.report = &report;
    act(step, {}, context);
    REQUIRE(report.machines.size() == 1);
    CHECK_MESSAGE(report.machines[0].text == "what the machine sent of its agents cannot be understood", output);
  }
  hosts.answer = [&](const ControllerHost&, const HostCommand& command, Job*) {
    return reads(command) ? agents_answer("machine-1") : HostAnswer{0, "jujubackup-agents\nnoise\ndone machine-2\nend\n"};
  };
  StepReport report;
  restore_run::StepContext context;
  context.tools.hosts = &hosts;
  context.report = &report;
  act(step, {}, context);
  CHECK(report.machines[0].text == "machine-1: nothing was said of it");
  CHECK_FALSE(report.machines[0].updated);
}

TEST_CASE("input that ends early leaves everything as it was") {
  Machine machine;
  HostCommand command;
  command.words = {"sh", "-c", restore_run::put_agents_script, "sh", machine.agents};
  command.standard_input = "agent machine-3 1.1.1 new\n # format 2.0\n";
  ControllerHost here;
  here.here = true;
  const HostAnswer answer = machine.hosts->run(here, command, nullptr);
  CHECK(answer.exit_code == 1);
  CHECK(machine.systemctl.calls() == 0);
  CHECK(test::read_file(machine.conf("machine-3")) == conf_of_machine);
  CHECK_FALSE(std::filesystem::exists(machine.conf("machine-3") + ".jujubackup"));
}
