// mongodump and mongorestore as child processes.
#pragma once

#include <string>

#include <jujubackup/database.hpp>

namespace jujubackup::database {

// `root` is that of the machine, whose juju-db snap the tool may be of. Error(program) with the last that the tool said.
void run_dump_tool(const MongoToolCall& call, const std::string& root, Job* job);
void run_restore_tool(const MongoToolCall& call, const std::string& root, Job* job);

}  // namespace jujubackup::database
