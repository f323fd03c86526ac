// What the steps that work on services and other machines share, and their waiting.
#pragma once

#include <string>

#include "restore_run/step.hpp"

namespace jujubackup::restore_run {

// Error(invalid_argument) where the caller gave none.
Services& services_of(StepContext& context);
Hosts& hosts_of(StepContext& context);

ControllerHost this_machine();
// "this machine", "machine 1 at 10.0.0.2"
std::string place_of(const ControllerHost& host);

// Returns once a connection is accepted at the address of the step. Error(program) if mongod ends, or its time does.
void wait_for_mongod(const StartDatabase& step, StepContext& context);
// Until all services are active and the API accepts a connection; what is not so in time is a warning of the report.
void wait_for_agents(const WaitAgents& step, StepContext& context);

}  // namespace jujubackup::restore_run
