// What a person is told of a step.
#pragma once

#include <jujubackup/restore.hpp>

namespace jujubackup::restore {

RestoreStep step_of(RestoreAction action, const TargetFacts& target);

}  // namespace jujubackup::restore
