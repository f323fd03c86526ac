// The steps that dump, restore and set up the database.
#pragma once

#include "restore_run/step.hpp"

namespace jujubackup::restore_run {

Value prepare(const SaveCollections& step, StepContext& context);
void act(const SaveCollections& step, const Value& prepared, StepContext& context);
void undo(const SaveCollections& step, const Value& prepared, StepContext& context);

Value prepare(const RestoreDatabase& step, StepContext& context);
void act(const RestoreDatabase& step, const Value& prepared, StepContext& context);
void undo(const RestoreDatabase& step, const Value& prepared, StepContext& context);

Value prepare(const SetDatabaseUser& step, StepContext& context);
void act(const SetDatabaseUser& step, const Value& prepared, StepContext& context);
void undo(const SetDatabaseUser& step, const Value& prepared, StepContext& context);

Value prepare(const InitiateReplicaSet& step, StepContext& context);
void act(const InitiateReplicaSet& step, const Value& prepared, StepContext& context);
void undo(const InitiateReplicaSet& step, const Value& prepared, StepContext& context);

Value prepare(const WaitDatabase& step, StepContext& context);
void act(const WaitDatabase& step, const Value& prepared, StepContext& context);
void undo(const WaitDatabase& step, const Value& prepared, StepContext& context);

}  // namespace jujubackup::restore_run
