// One of the machines of update-agents.
#pragma once

#include "restore_run/step.hpp"

namespace jujubackup::restore_run {

// Any number of threads may be in it at once, each with another machine. Whatever happens is in the report; Error(cancelled) alone is
// thrown.
MachineReport update_machine(const UpdateAgents& step, const AgentMachine& machine, Hosts& hosts, Job* job);

// The addresses of the controller that agents are told: those that are known, each once.
std::vector<std::string> controller_addresses(const UpdateAgents& step);

}  // namespace jujubackup::restore_run
