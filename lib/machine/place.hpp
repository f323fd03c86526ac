// Paths of a controller machine below the prefix that stands for its root.
#pragma once

#include <string>
#include <vector>

#include <jujubackup/machine.hpp>

namespace jujubackup::machine {

// `path` as the machine names it ("/snap/bin/x"), found below `root`.
std::string under(const std::string& root, std::string path);

// "var/lib/juju": the data directory as names in root.tar begin. Error(invalid_argument) unless it is absolute and without "..".
std::string data_name(const ControllerPlace& place);

// The ids in agents/machine-*, e.g. "0" or "0/lxd/1", that have an agent.conf.
std::vector<std::string> machine_ids(const ControllerPlace& place);

// The directory name of a machine's agent: "machine-0-lxd-1".
std::string agent_name(std::string machine_id);

}  // namespace jujubackup::machine
