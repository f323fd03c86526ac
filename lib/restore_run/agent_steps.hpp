// The step that tells other machines where the controller is.
#pragma once

#include "restore_run/step.hpp"

namespace jujubackup::restore_run {

Value prepare(const UpdateAgents& step, StepContext& context);
void act(const UpdateAgents& step, const Value& prepared, StepContext& context);
void undo(const UpdateAgents& step, const Value& prepared, StepContext& context);

}  // namespace jujubackup::restore_run
