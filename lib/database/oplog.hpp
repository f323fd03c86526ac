// Entries of oplog.bson: which collections they are about.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "bson/builder.hpp"

namespace jujubackup::database {

using Namespaces = std::set<std::string, std::less<>>;  // "juju.machines"

// `entry` as far as it is about `wanted`: itself, itself with fewer operations in its applyOps, or nothing. What says nothing of any
// collection (noops, the end of a transaction) is kept. A command about a whole database, or one that is not known, is left out.
// Error(corrupt).
std::optional<bson::Bytes> oplog_entry_about(std::span<const std::byte> entry, const Namespaces& wanted);

struct OplogOperation {
  enum class Kind { insert, update, remove, drop };
  Kind kind = Kind::insert;
  std::string where;              // the namespace
  std::span<const std::byte> o;   // what is written, or of a remove the _id
  std::span<const std::byte> id;  // of an update: {_id: ...}
};
// The changes of documents in an entry, also those inside of applyOps, in order. Commands that change no document are passed over;
// Error(unsupported) for those that would and are not known here (renameCollection, dropDatabase, a prepared transaction).
void for_each_operation(std::span<const std::byte> entry, const std::function<void(const OplogOperation&)>& visit);

}  // namespace jujubackup::database
