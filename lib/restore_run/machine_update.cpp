#include "restore_run/machine_update.hpp"

#include <algorithm>
#include <chrono>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "hosts/said.hpp"
#include "restore_run/agent_addresses.hpp"
#include "restore_run/agent_scripts.hpp"

namespace jujubackup::restore_run {
namespace {

using Clock = std::chrono::steady_clock;

// Of all agent.conf of a machine.
constexpr std::size_t max_agents_bytes = std::size_t{4} << 20;

class MachineUpdate {
 public:
  MachineUpdate(const UpdateAgents& step, const AgentMachine& machine, Hosts& hosts, Job* job)
      : step_(step), machine_(machine), hosts_(hosts), job_(job), deadline_(Clock::now() + step.timeout) {}

  // What was done, for a person.
  std::string update() {
    if (machine_.address.empty()) throw Error(ErrorCode::not_found, "no address of it is known");
    std::vector<AgentFile> agents = fetch();
    if (agents.empty()) throw Error(ErrorCode::not_found, "there are no agents in " + directory());
    std::string problems = edit(agents);
    if (!agents.empty()) problems += put(agents);
    if (!problems.empty()) throw Error(ErrorCode::program, problems.substr(2));
    std::vector<std::string> names;
    names.reserve(agents.size());
    for (const AgentFile& agent : agents) names.push_back(agent.agent);
    return "told " + joined(names, ", ") + " of " + joined(controller_addresses(step_), " and ");
  }

 private:
  std::string directory() const { return "/" + step_.data_dir + "/agents"; }

  static std::string joined(const std::vector<std::string>& texts, const std::string& between) {
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : between) + printable(text);
    return all;
  }

  HostAnswer run(const char* script, std::string input) {
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(deadline_ - Clock::now());
    if (left.count() < 1) throw Error(ErrorCode::program, "it did not end within " + std::to_string(step_.timeout.count()) + " s", true);
    HostCommand command;
    command.words = {"sh", "-c", script, "sh", directory()};
    command.standard_input = std::move(input);
    command.timeout = left;
    command.max_output_bytes = max_agents_bytes;
    return hosts_.run({machine_.machine_id, machine_.address, false}, command, job_);
  }

  std::vector<AgentFile> fetch() {
    const HostAnswer answer = run(fetch_agents_script, "");
    if (answer.exit_code != 0) throw Error(ErrorCode::program, "reading its agents: " + hosts::said(before_script(answer.output)));
    return parse_agents(answer.output);
  }

  // Those that cannot be changed are taken out and told of: "; machine-1: ...".
  std::string edit(std::vector<AgentFile>& agents) const {
    const std::vector<std::string> addresses = controller_addresses(step_);
    std::string problems;
    std::vector<AgentFile> edited;
    for (AgentFile& agent : agents) {
      try {
        std::string conf = with_controller_addresses(agent.conf, addresses);
        if (conf == agent.conf) conf.clear();
        agent.conf = std::move(conf);
        edited.push_back(std::move(agent));
      } catch (const Error& error) {
        problems += "; " + agent.agent + ": " + error.what();
      }
    }
    agents = std::move(edited);
    return problems;
  }

  std::string put(const std::vector<AgentFile>& agents) {
    const HostAnswer answer = run(put_agents_script, agents_input(agents));
    if (answer.exit_code != 0) return "; writing to its agents: " + hosts::said(answer.output);
    const std::vector<AgentResult> results = parse_results(answer.output);
    std::string problems;
    for (const AgentFile& agent : agents) {
      const auto same = [&](const AgentResult& result) { return result.agent == agent.agent; };
      const auto result = std::find_if(results.begin(), results.end(), same);
      if (result == results.end()) {
        problems += "; " + agent.agent + ": nothing was said of it";
      } else if (!result->done) {
        problems += "; " + agent.agent + ": " + hosts::said(result->problem);
      }
    }
    return problems;
  }

  const UpdateAgents& step_;
  const AgentMachine& machine_;
  Hosts& hosts_;
  Job* job_;
  Clock::time_point deadline_;
};

}  // namespace

std::vector<std::string> controller_addresses(const UpdateAgents& step) {
  std::vector<std::string> addresses;
  for (const std::string& address : {step.private_address, step.public_address}) {
    if (!address.empty() && std::find(addresses.begin(), addresses.end(), address) == addresses.end()) addresses.push_back(address);
  }
  return addresses;
}

MachineReport update_machine(const UpdateAgents& step, const AgentMachine& machine, Hosts& hosts, Job* job) {
  MachineReport report{machine.machine_id, machine.model_uuid, machine.address, false, ""};
  try {
    report.text = MachineUpdate(step, machine, hosts, job).update();
    report.updated = true;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    report.text = error.what();
  } catch (const std::exception& error) {
    report.text = error.what();
  }
  return report;
}

}  // namespace jujubackup::restore_run
