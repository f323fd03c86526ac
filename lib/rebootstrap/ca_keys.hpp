// What the agents and clients of a controller trust, out of a backup of it.
#pragma once

#include <string>

#include <jujubackup/archive.hpp>
#include <jujubackup/job.hpp>

namespace jujubackup::rebootstrapping {

struct CaKeys {
  std::string certificate;  // PEM
  std::string private_key;  // PEM; SECRET
};

// Of metadata.json (2.0 - 2.9.31), else of agent.conf in root.tar. Error(not_found) if neither has both.
CaKeys read_ca_keys(Archive& archive, Job* job);

}  // namespace jujubackup::rebootstrapping
