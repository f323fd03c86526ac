// A step as a value.
#pragma once

#include <jujubackup/restore_steps.hpp>

#include "base/json.hpp"

namespace jujubackup::restore {

Value value_of(const RestoreStep& step);
RestoreStep step_from(const Value& value);  // Error(corrupt)

}  // namespace jujubackup::restore
