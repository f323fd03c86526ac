// create-backup where a controller makes the backup.
#pragma once

#include "target.hpp"

namespace cli {

int create_on_controller(const Place& place, Context& context);

// The value of --filename; "" if it was not given, which is also what Juju takes its own default for.
std::string file_to_create(const Arguments& arguments);

}  // namespace cli
