#include "database/oplog.hpp"

#include <algorithm>
#include <array>

#include <jujubackup/error.hpp>

#include "base/text.hpp"

namespace jujubackup::database {
namespace {

using bson::Builder;
using bson::Bytes;
using bson::Field;
using bson::Type;
using Document = std::span<const std::byte>;

constexpr int max_nesting = 8;  // of applyOps

// Whose first value is the name of a collection.
constexpr std::array<std::string_view, 15> collection_commands{"create",
                                                               "drop",
                                                               "collMod",
                                                               "createIndexes",
                                                               "dropIndexes",
                                                               "deleteIndexes",
                                                               "dropIndex",
                                                               "deleteIndex",
                                                               "startIndexBuild",
                                                               "commitIndexBuild",
                                                               "abortIndexBuild",
                                                               "convertToCapped",
                                                               "emptycapped",
                                                               "importCollection",
                                                               "modifyCollectionShardingIndexCatalog"};

bool is_collection_command(std::string_view name) {
  return std::find(collection_commands.begin(), collection_commands.end(), name) != collection_commands.end();
}

std::string text_of(Document document, std::string_view name) {
  const auto field = bson::find_field(document, name);
  const auto text = field ? field->string() : std::nullopt;
  return std::string(text.value_or(""));
}

Document document_of(Document document, std::string_view name) {
  const auto field = bson::find_field(document, name);
  return field && field->is(Type::document) ? field->value : Document();
}

std::optional<Field> first_field(Document document) {
  std::optional<Field> first;
  bson::for_each_field(document, [&](const Field& field) {
    first = field;
    return false;
  });
  return first;
}

std::string database_of(std::string_view where) { return std::string(where.substr(0, where.find('.'))); }

std::optional<Bytes> about(Document entry, const Namespaces& wanted, int depth);

Bytes with_operations(Document entry, Document o, const Bytes& operations) {
  Builder command;
  bson::for_each_field(o, [&](const Field& field) {
    if (field.name == "applyOps") {
      command.append(field.name, field.type, operations);
    } else {
      command.append(field);
    }
    return true;
  });
  const Bytes new_o = command.finish();
  Builder out;
  bson::for_each_field(entry, [&](const Field& field) {
    if (field.name == "o") {
      out.append(field.name, field.type, new_o);
    } else {
      out.append(field);
    }
    return true;
  });
  return out.finish();
}

std::optional<Bytes> apply_ops_about(Document entry, Document o, const Field& list, const Namespaces& wanted, int depth) {
  if (!list.is(Type::array)) throw Error(ErrorCode::corrupt, "an oplog entry's applyOps is no array");
  Builder operations;
  std::size_t kept = 0;
  bson::for_each_field(list.value, [&](const Field& item) {
    if (!item.is(Type::document)) throw Error(ErrorCode::corrupt, "an operation of applyOps is no document");
    const auto operation = about(item.value, wanted, depth + 1);
    if (operation) operations.append(std::to_string(kept++), item.type, *operation);
    return true;
  });
  // One of a transaction stays although nothing of it is wanted, since later entries name it.
  if (kept == 0 && !bson::find_field(entry, "txnNumber")) return std::nullopt;
  return with_operations(entry, o, operations.finish());
}

std::optional<Bytes> command_about(Document entry, std::string_view where, const Namespaces& wanted, int depth) {
  const Document o = document_of(entry, "o");
  const auto command = o.empty() ? std::nullopt : first_field(o);
  if (!command) return std::nullopt;
  if (command->name == "applyOps") return apply_ops_about(entry, o, *command, wanted, depth);
  const Bytes whole(entry.begin(), entry.end());
  if (command->name == "commitTransaction" || command->name == "abortTransaction") return whole;
  const std::string named(command->string().value_or(""));
  if (command->name == "renameCollection") {
    return wanted.contains(named) && wanted.contains(text_of(o, "to")) ? std::optional(whole) : std::nullopt;
  }
  if (!is_collection_command(command->name)) return std::nullopt;
  return wanted.contains(database_of(where) + "." + named) ? std::optional(whole) : std::nullopt;
}

std::optional<Bytes> about(Document entry, const Namespaces& wanted, int depth) {
  if (depth > max_nesting) throw Error(ErrorCode::corrupt, "an oplog entry is nested too deeply");
  const std::string kind = text_of(entry, "op"), where = text_of(entry, "ns");
  if (kind == "c") return command_about(entry, where, wanted, depth);
  // mongod 2.x makes an index by inserting what it is like.
  const bool is_index = where.ends_with(".system.indexes");
  const Document o = is_index ? document_of(entry, "o") : Document();
  const bool keeps = kind == "n" || wanted.contains(is_index && !o.empty() ? text_of(o, "ns") : where);
  return keeps ? std::optional(Bytes(entry.begin(), entry.end())) : std::nullopt;
}

void visit_operations(Document entry, const std::function<void(const OplogOperation&)>& visit, int depth) {
  if (depth > max_nesting) throw Error(ErrorCode::corrupt, "an oplog entry is nested too deeply");
  const std::string kind = text_of(entry, "op");
  OplogOperation operation;
  operation.where = text_of(entry, "ns");
  operation.o = document_of(entry, "o");
  operation.id = document_of(entry, "o2");
  if (kind == "n" || kind == "db" || operation.where.ends_with(".system.indexes")) return;
  if (operation.o.empty()) throw Error(ErrorCode::corrupt, "an oplog entry says nothing");
  if (kind == "i") return visit(operation);
  if (kind == "u" || kind == "d") {
    operation.kind = kind == "u" ? OplogOperation::Kind::update : OplogOperation::Kind::remove;
    return visit(operation);
  }
  if (kind != "c") throw Error(ErrorCode::corrupt, "an oplog entry of the unknown kind " + quoted_name(kind));

  const auto command = first_field(operation.o);
  if (!command) throw Error(ErrorCode::corrupt, "an oplog entry says nothing");
  if (command->name == "applyOps" && command->is(Type::array)) {
    if (bson::find_field(operation.o, "prepare")) throw Error(ErrorCode::unsupported, "the oplog has a prepared transaction");
    bson::for_each_field(command->value, [&](const Field& item) {
      if (!item.is(Type::document)) throw Error(ErrorCode::corrupt, "an operation of applyOps is no document");
      visit_operations(item.value, visit, depth + 1);
      return true;
    });
    return;
  }
  if (command->name == "drop") {
    operation.kind = OplogOperation::Kind::drop;
    operation.where = database_of(operation.where) + "." + std::string(command->string().value_or(""));
    return visit(operation);
  }
  if (is_collection_command(command->name) || command->name == "commitTransaction") return;
  throw Error(ErrorCode::unsupported, "the oplog has the command " + quoted_name(command->name));
}

}  // namespace

std::optional<Bytes> oplog_entry_about(Document entry, const Namespaces& wanted) {
  bson::check_document(entry);
  return about(entry, wanted, 0);
}

void for_each_operation(Document entry, const std::function<void(const OplogOperation&)>& visit) { visit_operations(entry, visit, 0); }

}  // namespace jujubackup::database
