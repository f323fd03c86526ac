// The machines that juju.machines of a dump speaks of, with the addresses they had.
#pragma once

#include <string>
#include <vector>

#include <jujubackup/archive.hpp>
#include <jujubackup/restore_steps.hpp>

namespace jujubackup::restore {

struct DumpMachines {
  std::vector<ControllerHost> controllers;  // of the controller model; their private addresses
  std::vector<AgentMachine> agents;         // all others that are not dead; their public addresses
};

DumpMachines read_dump_machines(Archive& archive, const std::string& controller_model_uuid, Job* job);

}  // namespace jujubackup::restore
