// The library's side of ssh_hosts_test.py.
#include <chrono>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include <jujubackup/error.hpp>
#include <jujubackup/hosts.hpp>

#include "restore_run/agent_steps.hpp"

namespace {

using namespace jujubackup;

// The step that tells agents where the controller is, on machines "3@10.73.0.2".
int update(Hosts& hosts, const std::string& data_dir, const std::string& address, const std::vector<std::string>& machines) {
  UpdateAgents step;
  step.data_dir = data_dir;
  step.private_address = address;
  step.timeout = std::chrono::seconds(60);
  for (const std::string& each : machines)
    step.machines.push_back({each.substr(0, each.find('@')), "model", each.substr(each.find('@') + 1)});
  StepReport report;
  restore_run::StepContext context;
  context.tools.hosts = &hosts;
  context.report = &report;
  restore_run::act(step, restore_run::prepare(step, context), context);
  for (const MachineReport& machine : report.machines) {
    std::cout << machine.machine_id << (machine.updated ? " updated: " : " failed: ") << machine.text << "\n";
  }
  return report.warnings.empty() ? 0 : 1;
}

// hosts-tool [--user U] [--identity I] [--known-hosts K] [--strict] [--timeout S] [--as-user] run|reach ADDRESS
// WORD...
int run(std::vector<std::string> words) {
  SshOptions options;
  options.connect_timeout = std::chrono::seconds(5);
  HostCommand command;
  std::size_t at = 0;
  const auto value = [&] {
    if (++at == words.size()) throw Error(ErrorCode::invalid_argument, "an option lacks its value");
    return words[at];
  };
  for (; at < words.size() && words[at].starts_with("--"); ++at) {
    if (words[at] == "--user")
      options.user = value();
    else if (words[at] == "--identity")
      options.identity_path = value();
    else if (words[at] == "--known-hosts")
      options.known_hosts_path = value();
    else if (words[at] == "--strict")
      options.strict_host_keys = true;
    else if (words[at] == "--timeout")
      command.timeout = std::chrono::seconds(std::stoi(value()));
    else if (words[at] == "--as-user")
      command.as_root = false;
    else
      throw Error(ErrorCode::invalid_argument, "unknown option " + words[at]);
  }
  if (at + 2 > words.size()) throw Error(ErrorCode::invalid_argument, "run, reach or update, and an address");
  const std::string verb = words[at];
  const ControllerHost host{"1", words[at + 1], false};
  const auto hosts = ssh_hosts(options);
  if (verb == "reach") {
    hosts->reach(host, nullptr);
    return 0;
  }
  if (verb == "update")
    return update(*hosts, words[at + 1], words.at(at + 2), {words.begin() + static_cast<std::ptrdiff_t>(at) + 3, words.end()});
  command.words.assign(words.begin() + static_cast<std::ptrdiff_t>(at) + 2, words.end());
  command.standard_input.assign(std::istreambuf_iterator<char>(std::cin), {});
  command.max_output_bytes = std::size_t{4} << 20;
  const HostAnswer answer = hosts->run(host, command, nullptr);
  std::cout << answer.output << std::flush;
  return answer.exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const Error& error) {
    std::cerr << name_of(error.code()) << ": " << error.what() << "\n";
    return 99;
  }
}
