// The way in which the oplog of MongoDB 5 and later tells of a change ($v: 2): as the difference of two documents.
#pragma once

#include <cstddef>
#include <span>

#include "bson/builder.hpp"

namespace jujubackup::database {

// `diff` has d (fields removed), u (fields with a new value), i (fields added at the end), and sNAME (what changed inside of NAME); that of
// an array has a: true, l (its new length), uN and sN. Error(corrupt) for anything else.
bson::Bytes with_diff(std::span<const std::byte> document, std::span<const std::byte> diff);

}  // namespace jujubackup::database
