// The steps that change documents of the database.
#pragma once

#include "restore_run/step.hpp"

namespace jujubackup::restore_run {

Value prepare(const FixDatabase& step, StepContext& context);
void act(const FixDatabase& step, const Value& prepared, StepContext& context);
void undo(const FixDatabase& step, const Value& prepared, StepContext& context);

Value prepare(const MergeController& step, StepContext& context);
void act(const MergeController& step, const Value& prepared, StepContext& context);
void undo(const MergeController& step, const Value& prepared, StepContext& context);

}  // namespace jujubackup::restore_run
