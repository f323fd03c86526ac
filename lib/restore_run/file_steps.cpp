#include "restore_run/file_steps.hpp"

#include <jujubackup/error.hpp>

namespace jujubackup::restore_run {

Value prepare(const SaveFiles&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void act(const SaveFiles&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void undo(const SaveFiles&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }

Value prepare(const UnpackRoot&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void act(const UnpackRoot&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void undo(const UnpackRoot&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }

Value prepare(const RewriteAgentConf&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void act(const RewriteAgentConf&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void undo(const RewriteAgentConf&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }

Value prepare(const SetAgentVersion&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void act(const SetAgentVersion&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void undo(const SetAgentVersion&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }

}  // namespace jujubackup::restore_run
