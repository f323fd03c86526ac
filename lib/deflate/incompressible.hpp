// Telling content that deflate cannot make smaller, without trying.
#pragma once

#include <cstddef>
#include <span>

namespace jujubackup::deflate {

// Whether compressing is not worth the time: what was compressed or encrypted already. Looks at samples only, so it costs a fraction of
// a millisecond, and now and then leaves a gain of a few per cent of such content. False for little content.
bool looks_incompressible(std::span<const std::byte> content);

}  // namespace jujubackup::deflate
