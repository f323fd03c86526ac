#include "restore_run/agent_steps.hpp"

#include <jujubackup/error.hpp>

namespace jujubackup::restore_run {

Value prepare(const UpdateAgents&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void act(const UpdateAgents&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void undo(const UpdateAgents&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }

}  // namespace jujubackup::restore_run
