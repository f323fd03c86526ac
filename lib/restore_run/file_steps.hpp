// The steps that keep, unpack and rewrite files of the machine.
#pragma once

#include "restore_run/step.hpp"

namespace jujubackup::restore_run {

Value prepare(const SaveFiles& step, StepContext& context);
void act(const SaveFiles& step, const Value& prepared, StepContext& context);
void undo(const SaveFiles& step, const Value& prepared, StepContext& context);

Value prepare(const UnpackRoot& step, StepContext& context);
void act(const UnpackRoot& step, const Value& prepared, StepContext& context);
void undo(const UnpackRoot& step, const Value& prepared, StepContext& context);

Value prepare(const RewriteAgentConf& step, StepContext& context);
void act(const RewriteAgentConf& step, const Value& prepared, StepContext& context);
void undo(const RewriteAgentConf& step, const Value& prepared, StepContext& context);

Value prepare(const SetAgentVersion& step, StepContext& context);
void act(const SetAgentVersion& step, const Value& prepared, StepContext& context);
void undo(const SetAgentVersion& step, const Value& prepared, StepContext& context);

}  // namespace jujubackup::restore_run
