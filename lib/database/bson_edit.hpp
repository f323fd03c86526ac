// Looking for and changing BSON documents by the part of MongoDB's query and update language that a restore uses.
//
// Documents are well-formed (bson::check_document). Paths may have dots; a number among them is an index of an array.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bson/builder.hpp"

namespace jujubackup::database {

using Document = std::span<const std::byte>;

// Equal as MongoDB's queries see it: whole numbers by value, whatever their type.
bool equal(const bson::Field& a, const bson::Field& b);
// The same for what equals: a key for maps.
std::string key_of(const bson::Field& value);
// That of _id; "" if there is none.
std::string id_key(Document document);

// Equality, and $in, $nin, $ne, $exists. An array matches also through its elements. Error(program) for other operators.
bool matches(Document document, Document filter);

// $set, $unset, $pull, or a whole document, which keeps the _id. Error(program) for other operators.
bson::Bytes updated(Document document, Document update);
// What an upsert inserts.
bson::Bytes upserted(Document filter, Document update);
bool is_replacement(Document update);

// What the `o` of an update in the oplog makes of a document: a whole document, {$v: 1, $set, $unset}, or {$v: 2, diff}. Nothing if
// `document` is not there and `change` needs one.
std::optional<bson::Bytes> replayed(std::optional<Document> document, Document change, Document id);

}  // namespace jujubackup::database
