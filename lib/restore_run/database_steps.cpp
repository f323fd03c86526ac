#include "restore_run/database_steps.hpp"

#include <jujubackup/error.hpp>

namespace jujubackup::restore_run {

Value prepare(const SaveCollections&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void act(const SaveCollections&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void undo(const SaveCollections&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }

Value prepare(const RestoreDatabase&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void act(const RestoreDatabase&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void undo(const RestoreDatabase&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }

Value prepare(const SetDatabaseUser&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void act(const SetDatabaseUser&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void undo(const SetDatabaseUser&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }

Value prepare(const InitiateReplicaSet&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void act(const InitiateReplicaSet&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void undo(const InitiateReplicaSet&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }

Value prepare(const WaitDatabase&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void act(const WaitDatabase&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void undo(const WaitDatabase&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }

}  // namespace jujubackup::restore_run
