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
// The changes that bring back what keep_documents wrote; none if it wrote nothing.
std::vector<DocumentChange> kept_documents(const std::string& path);

}  // namespace jujubackup::restore_run
