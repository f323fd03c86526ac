// Changing a few values in the text of an agent.conf, with every other byte as it was.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace jujubackup::restore_run {

struct AgentConfEdit {
  std::vector<std::string> api_addresses = {};    // empty: stay
  std::string upgraded_to_version = {};           // "": stays
  std::vector<std::string> state_addresses = {};  // empty: stay
};

// Error(corrupt) for what is no agent.conf of format 2.0. Never quotes the text: half of it is secret. Where the lines are laid out so that
// they cannot be exchanged one by one, the whole is written anew with the same values.
std::string edit_agent_conf(std::string_view text, const AgentConfEdit& edit);

// What goes with the text and is not in it.
struct ConfMeta {
  std::uint32_t mode = 0600;
  std::int64_t uid = 0, gid = 0;
  std::int64_t mtime_s = 0, mtime_ns = 0;
};

std::string read_conf(const std::string& path);
// Error(unsupported) if it is a link or no file.
ConfMeta conf_meta(const std::string& path);
// Replaces the file at once and durably. `keep_mtime`: with the time of `meta`.
void write_conf(const std::string& path, std::string_view text, const ConfMeta& meta, bool keep_mtime);

Value value_of(const ConfMeta& meta);
ConfMeta conf_meta_from(const Value& value);

}  // namespace jujubackup::restore_run
