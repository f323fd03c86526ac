// Members of the JSON objects that Juju's API carries. A missing or null member is an empty one, as Go's decoder has it; the
// errors name the member and never its value, which may be a secret.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace jujubackup {

// Error(corrupt) where the member is of another kind.
std::string text_at(const Value& object, std::string_view key);
std::int64_t integer_at(const Value& object, std::string_view key);
const Value::Array& array_at(const Value& object, std::string_view key);  // `object` has to live as long

// What a peer wrote, safe to show: control characters made visible but for line ends, which some of Juju's messages have; not longer than a
// page.
std::string shown_text(std::string_view text);

}  // namespace jujubackup
