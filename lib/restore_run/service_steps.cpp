#include "restore_run/service_steps.hpp"

#include <jujubackup/error.hpp>

namespace jujubackup::restore_run {

Value prepare(const StopAgent&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void act(const StopAgent&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void undo(const StopAgent&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }

Value prepare(const StartAgent&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void act(const StartAgent&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void undo(const StartAgent&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }

Value prepare(const StopDatabase&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void act(const StopDatabase&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void undo(const StopDatabase&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }

Value prepare(const StartDatabase&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void act(const StartDatabase&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void undo(const StartDatabase&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }

Value prepare(const InstallServices&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void act(const InstallServices&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void undo(const InstallServices&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }

Value prepare(const WaitAgents&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void act(const WaitAgents&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void undo(const WaitAgents&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }

}  // namespace jujubackup::restore_run
