// What is run on a machine whose agents are told of new addresses: two fixed POSIX shell scripts, run as root with the folder of agents as
// their argument, and the texts that they print and read. What is secret passes through standard input and output alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jujubackup::restore_run {

// Prints every agent.conf there.
extern const char* const fetch_agents_script;
// Reads the new ones; stops all these agents, puts the files in place with owner and mode of the old ones, which are kept as
// agent.conf.old, has relations run again, starts the agents. It finishes also if the connection ends meanwhile, once it has read all.
extern const char* const put_agents_script;

struct AgentFile {
  std::string agent;  // "unit-mysql-0"
  std::string state;  // changes when somebody else writes the file
  std::string conf;
};

// Out of what the first script printed, after whatever sudo or a shell's start printed. Error(corrupt), which quotes nothing of it.
std::vector<AgentFile> parse_agents(std::string_view output);

// The standard input of the second script. An agent whose `conf` is "" keeps its file and is restarted.
std::string agents_input(const std::vector<AgentFile>& agents);

struct AgentResult {
  std::string agent;
  bool done = false;
  std::string problem;
};
// Of the second script; an agent that it does not speak of is not among them.
std::vector<AgentResult> parse_results(std::string_view output);

// What was printed before a script of ours began: the part that cannot be secret.
std::string_view before_script(std::string_view output) noexcept;

}  // namespace jujubackup::restore_run
