// YAML, as much of it as Juju's files use: mappings, sequences and scalars; no anchors, aliases or tags.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"

namespace jujubackup {

// Plain scalars become null, booleans, integers or strings by the core rules; quoted and block scalars are strings. Keys
// are strings. Error(corrupt) `invalid YAML at line N` or `repeated key at line N`, Error(limit); never quotes the text.
Value parse_yaml(std::string_view text, const TextLimits& limits = {});

// Block style, as Juju's own output looks: `list:` and `- x` in the same column; a newline at the end.
std::string write_yaml(const Value& value);

}  // namespace jujubackup
