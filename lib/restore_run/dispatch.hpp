// The three functions of a step, and what it needs, by its action.
#pragma once

#include "restore_run/step.hpp"

namespace jujubackup::restore_run {

Value prepare_step(const RestoreAction& action, StepContext& context);
void act_step(const RestoreAction& action, const Value& prepared, StepContext& context);
void undo_step(const RestoreAction& action, const Value& prepared, StepContext& context);

// "a database" and so on, as far as `tools` lacks what the action works through; "" if it lacks nothing.
std::string lacking_tool(const RestoreAction& action, const RestoreTools& tools);

}  // namespace jujubackup::restore_run
