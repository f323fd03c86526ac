// What create-backup and serve have in common: which machine's files and which database go into a backup.
#pragma once

#include <vector>

#include <jujubackup/machine.hpp>

#include "arguments.hpp"

namespace cli {

std::vector<Option> machine_options();

// --dump or --mongodump: a backup of this machine, or of a tree that looks like one.
bool wants_machine(const Arguments& arguments);
// The first of the other options of machine_options() that was given; "" if none was.
std::string machine_option_given(const Arguments& arguments);
// UsageError for what does not go together. Notes are not among them.
jujubackup::CreateOptions machine_options_from(const Arguments& arguments);

}  // namespace cli
