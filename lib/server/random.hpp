// Random bytes of the system, and what is made of them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace jujubackup {

void fill_random(std::span<std::byte> bytes);
// Version 4: "6d0c1a52-1111-4222-8333-94c7d2f0aa01".
std::string random_uuid();
// As Juju has it: 8-4-4-4-12 lower-case hex digits.
bool is_uuid(std::string_view text) noexcept;

}  // namespace jujubackup
