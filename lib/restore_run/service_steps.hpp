// The steps that start, stop and install services, and that wait for agents.
#pragma once

#include "restore_run/step.hpp"

namespace jujubackup::restore_run {

Value prepare(const StopAgent& step, StepContext& context);
void act(const StopAgent& step, const Value& prepared, StepContext& context);
void undo(const StopAgent& step, const Value& prepared, StepContext& context);

Value prepare(const StartAgent& step, StepContext& context);
void act(const StartAgent& step, const Value& prepared, StepContext& context);
void undo(const StartAgent& step, const Value& prepared, StepContext& context);

Value prepare(const StopDatabase& step, StepContext& context);
void act(const StopDatabase& step, const Value& prepared, StepContext& context);
void undo(const StopDatabase& step, const Value& prepared, StepContext& context);

Value prepare(const StartDatabase& step, StepContext& context);
void act(const StartDatabase& step, const Value& prepared, StepContext& context);
void undo(const StartDatabase& step, const Value& prepared, StepContext& context);

Value prepare(const InstallServices& step, StepContext& context);
void act(const InstallServices& step, const Value& prepared, StepContext& context);
void undo(const InstallServices& step, const Value& prepared, StepContext& context);

Value prepare(const WaitAgents& step, StepContext& context);
void act(const WaitAgents& step, const Value& prepared, StepContext& context);
void undo(const WaitAgents& step, const Value& prepared, StepContext& context);

}  // namespace jujubackup::restore_run
