// rewrite-agent-conf.
#include <jujubackup/error.hpp>

#include "io/walk.hpp"
#include "restore_run/agent_conf_edit.hpp"
#include "restore_run/file_steps.hpp"

namespace jujubackup::restore_run {

Value prepare(const RewriteAgentConf& step, StepContext& context) {
  const std::string path = context.at(step.path);
  const ConfMeta meta = conf_meta(path);
  const std::string text = read_conf(path);
  // Says now what it would say in the midst of the step.
  edit_agent_conf(text, {step.api_addresses, step.upgraded_to_version});
  ConfMeta kept = meta;
  kept.mode = 0600;
  write_conf(context.kept_path("agent.conf"), text, kept, false);
  return value_of(meta);
}

void act(const RewriteAgentConf& step, const Value& /*prepared*/, StepContext& context) {
  const std::string path = context.at(step.path);
  const std::string text = read_conf(path);
  const std::string edited = edit_agent_conf(text, {step.api_addresses, step.upgraded_to_version});
  if (edited != text) write_conf(path, edited, conf_meta(path), false);
}

void undo(const RewriteAgentConf& step, const Value& prepared, StepContext& context) {
  const std::string path = context.at(step.path);
  const std::string text = read_conf(context.kept_path("agent.conf"));
  if (look_at(path).kind == FileKind::file && read_conf(path) == text) return;
  write_conf(path, text, conf_meta_from(prepared), true);
}

}  // namespace jujubackup::restore_run
