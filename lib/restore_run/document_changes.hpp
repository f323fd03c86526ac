// Documents that a step changes: what they become, and keeping what they were.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <jujubackup/database.hpp>

#include "database/commands.hpp"

namespace jujubackup::restore_run {

struct DocumentChange {
  database::Namespace where;
  Value id;
  std::optional<Value> after;  // nothing: the document is removed
};

// Writes what is there now of the documents to `path` (0600), unless it was written before: then a killed process may have changed some
// since. A document that is not there is noted, too.
void keep_documents(const std::string& path, const std::vector<DocumentChange>& changes, DatabaseSession& session, Job* job);
// May be done again and again.
void apply_changes(const std::vector<DocumentChange>& changes, DatabaseSession& session, Job* job);

// What keep_documents wrote; nothing if it wrote nothing.
struct KeptDocuments {
  std::vector<DocumentChange> before;
  std::vector<database::Namespace> new_collections;  // those of them that were not there at all
};
std::optional<KeptDocuments> kept_documents(const std::string& path);
// May be done again and again. A collection that was not there goes, unless something else is in it by now.
void put_back(const KeptDocuments& kept, DatabaseSession& session, Job* job);

}  // namespace jujubackup::restore_run
