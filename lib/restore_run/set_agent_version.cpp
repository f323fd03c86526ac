// set-agent-version: the link tools/machine-N and one line of agent.conf, on this machine or, by a shell script with the same effect, on
// another.
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "io/tree_files.hpp"
#include "io/walk.hpp"
#include "machine/place.hpp"
#include "restore_run/agent_conf_edit.hpp"
#include "restore_run/agent_version_scripts.hpp"
#include "restore_run/file_steps.hpp"

namespace jujubackup::restore_run {
namespace {

[[noreturn]] void fail_incomplete() { throw Error(ErrorCode::corrupt, "what set-agent-version noted is not complete"); }

[[noreturn]] void fail_without_tools(const SetAgentVersion& step) {
  throw Error(ErrorCode::not_found, "machine " + printable(step.host.machine_id) + " has no tools of " + step.version.to_string() +
                                        " in /" + step.data_dir + "/tools");
}

std::string text(const Value& value, std::string_view key) {
  const Value* found = value.find(key);
  if (found == nullptr || found->string() == nullptr) fail_incomplete();
  return *found->string();
}

// Nothing where there is none.
std::optional<std::string> link_target(const std::string& path) {
  const FileKind kind = look_at(path).kind;
  if (kind == FileKind::missing) return std::nullopt;
  if (kind != FileKind::symlink) throw Error(ErrorCode::unsupported, path + ": is not a link");
  std::array<char, PATH_MAX + 1> target{};
  const ssize_t length = ::readlink(path.c_str(), target.data(), target.size() - 1);
  if (length < 0) throw Error::from_errno(errno, "reading link " + path);
  return std::string(target.data(), static_cast<std::size_t>(length));
}

void replace_link(const std::string& path, const std::string& target) {
  const std::string half = parent_of(path) + "/." + path.substr(path.rfind('/') + 1) + ".jujubackup-restore";
  remove_tree(half);
  if (::symlinkat(target.c_str(), AT_FDCWD, half.c_str()) != 0) throw Error::from_errno(errno, "making link " + half);
  if (::renameat(AT_FDCWD, half.c_str(), AT_FDCWD, path.c_str()) != 0) throw Error::from_errno(errno, "renaming " + half);
  sync_directory_of(path);
}

struct Here {
  Here(const SetAgentVersion& step, const StepContext& context)
      : tools(context.at(step.data_dir + "/tools")),
        link(tools + "/" + machine::agent_name(step.host.machine_id)),
        conf(context.at(step.data_dir + "/agents/" + machine::agent_name(step.host.machine_id) + "/agent.conf")) {}
  std::string tools, link, conf;
};

// The first of "<version>-*-*".
std::string tools_folder(const SetAgentVersion& step, const std::string& tools) {
  for (const std::string& name : glob_names(tools, step.version.to_string() + "-*-*")) {
    if (look_at(join_path(tools, name)).kind == FileKind::directory) return name;
  }
  fail_without_tools(step);
}

Value prepare_here(const SetAgentVersion& step, StepContext& context) {
  const Here here(step, context);
  const std::string folder = tools_folder(step, here.tools);
  const std::optional<std::string> old = link_target(here.link);
  // Juju's own links are absolute.
  const bool relative = old && !old->starts_with('/');
  const ConfMeta meta = conf_meta(here.conf);
  const std::string conf = read_conf(here.conf);
  edit_agent_conf(conf, {{}, step.version.to_string()});
  ConfMeta kept = meta;
  kept.mode = 0600;
  write_conf(context.kept_path("agent.conf"), conf, kept, false);
  return Value::Object{{"link", relative ? folder : "/" + step.data_dir + "/tools/" + folder},
                       {"had-link", old.has_value()},
                       {"old-link", old.value_or("")},
                       {"conf", value_of(meta)}};
}

void act_here(const SetAgentVersion& step, const Value& prepared, StepContext& context) {
  const Here here(step, context);
  const std::string conf = read_conf(here.conf);
  const std::string edited = edit_agent_conf(conf, {{}, step.version.to_string()});
  if (edited != conf) write_conf(here.conf, edited, conf_meta(here.conf), false);
  const std::string target = text(prepared, "link");
  if (link_target(here.link) != target) replace_link(here.link, target);
}

bool had_link(const Value& prepared) {
  const Value* found = prepared.find("had-link");
  if (found == nullptr || found->boolean() == nullptr) fail_incomplete();
  return *found->boolean();
}

void undo_here(const SetAgentVersion& step, const Value& prepared, StepContext& context) {
  const Here here(step, context);
  const std::string old = text(prepared, "old-link");
  remove_tree(parent_of(here.link) + "/." + here.link.substr(here.link.rfind('/') + 1) + ".jujubackup-restore");
  if (!had_link(prepared)) {
    remove_tree(here.link);
    sync_directory_of(here.link);
  } else if (link_target(here.link) != old) {
    replace_link(here.link, old);
  }
  const Value* meta = prepared.find("conf");
  if (meta == nullptr) fail_incomplete();
  const std::string conf = read_conf(context.kept_path("agent.conf"));
  if (look_at(here.conf).kind == FileKind::file && read_conf(here.conf) == conf) return;
  write_conf(here.conf, conf, conf_meta_from(*meta), true);
}

// Runs a script of agent_version_scripts.hpp; what it is told are words, none of them a secret.
HostAnswer run_there(const SetAgentVersion& step, std::string_view script, std::vector<std::string> words, StepContext& context) {
  HostCommand command;
  command.words = {"sh", "-s", "/" + step.data_dir, machine::agent_name(step.host.machine_id)};
  command.words.insert(command.words.end(), words.begin(), words.end());
  command.standard_input = script;
  if (context.tools.hosts == nullptr) throw Error(ErrorCode::internal, "there is no way to other machines");
  HostAnswer answer = context.tools.hosts->run(step.host, command, context.job);
  if (answer.exit_code == script_without_tools) fail_without_tools(step);
  if (answer.exit_code == 0) return answer;
  throw Error(ErrorCode::program, "machine " + printable(step.host.machine_id) + ": setting the version of its agent failed with code " +
                                      std::to_string(answer.exit_code) + ": " + printable(answer.output.substr(0, 500)));
}

// The line of the answer that begins with `key` and a blank; nothing if there is none.
std::optional<std::string> line_of(const std::string& output, const std::string& key) {
  std::size_t at = 0;
  while (at < output.size()) {
    const std::size_t end = std::min(output.find('\n', at), output.size());
    const std::string line = output.substr(at, end - at);
    if (line.starts_with(key + " ")) return line.substr(key.size() + 1);
    at = end + 1;
  }
  return std::nullopt;
}

Value prepare_there(const SetAgentVersion& step, StepContext& context) {
  const HostAnswer answer = run_there(step, look_script, {step.version.to_string()}, context);
  const auto link = line_of(answer.output, "link");
  const auto version = line_of(answer.output, "version");
  const auto had_copy = line_of(answer.output, "copy");
  if (!version || !had_copy) {
    throw Error(ErrorCode::program, "machine " + printable(step.host.machine_id) + ": what it says of its agent cannot be understood");
  }
  return Value::Object{
      {"had-link", link.has_value()}, {"old-link", link.value_or("")}, {"version", *version}, {"had-copy", *had_copy == "yes"}};
}

void act_there(const SetAgentVersion& step, StepContext& context) { run_there(step, set_script, {step.version.to_string()}, context); }

void undo_there(const SetAgentVersion& step, const Value& prepared, StepContext& context) {
  const Value* had_copy = prepared.find("had-copy");
  if (had_copy == nullptr || had_copy->boolean() == nullptr) fail_incomplete();
  run_there(step, undo_script,
            {text(prepared, "version"), had_link(prepared) ? "yes" : "no", text(prepared, "old-link"), *had_copy->boolean() ? "yes" : "no"},
            context);
}

}  // namespace

Value prepare(const SetAgentVersion& step, StepContext& context) {
  return step.host.here ? prepare_here(step, context) : prepare_there(step, context);
}

void act(const SetAgentVersion& step, const Value& prepared, StepContext& context) {
  if (step.host.here) return act_here(step, prepared, context);
  act_there(step, context);
}

void undo(const SetAgentVersion& step, const Value& prepared, StepContext& context) {
  if (step.host.here) return undo_here(step, prepared, context);
  undo_there(step, prepared, context);
}

}  // namespace jujubackup::restore_run
