#include "restore_run/fix_steps.hpp"

#include <jujubackup/error.hpp>

namespace jujubackup::restore_run {

Value prepare(const FixDatabase&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void act(const FixDatabase&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void undo(const FixDatabase&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }

Value prepare(const MergeController&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void act(const MergeController&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }
void undo(const MergeController&, const Value&, StepContext&) { throw Error(ErrorCode::unsupported, "not there yet"); }

}  // namespace jujubackup::restore_run
