// The backup record of a machine, put together from what is known.
#pragma once

#include <string>
#include <vector>

#include <jujubackup/dump_facts.hpp>
#include <jujubackup/machine.hpp>

namespace jujubackup::machine {

// Options win over agent.conf, that over the machine's own files, those over the dump. Error(invalid_argument) that names the fact
// to be given where the model UUID or the version is not known. What does not fit together is said in `warnings`.
Metadata make_record(const CreateOptions& options, const AgentConf& conf, const DumpFacts& facts, std::vector<std::string>& warnings);

}  // namespace jujubackup::machine
