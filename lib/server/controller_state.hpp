// Who this controller is: made on the first start and kept.
#pragma once

#include <string>
#include <vector>

#include "net/certificate.hpp"

namespace jujubackup {

struct ControllerState {
  std::string controller_uuid, model_uuid;
  KeyPair ca;  // the key is SECRET
};

// From `directory`/controller.json; makes both, 0700 and 0600, if they are not there. Two that start at once end with the same.
// Error(corrupt) for a file that does not hold what it should; never quotes it.
ControllerState load_or_make_state(const std::string& directory);

// Replaces what is there, for a controller that takes its model's UUID from a machine: it has the same one when that machine's files are
// lost.
void save_state(const std::string& directory, const ControllerState& state);

}  // namespace jujubackup
