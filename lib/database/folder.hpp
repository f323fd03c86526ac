// A folder shaped like a dump, as a set of collections: where each is, what is there, and changing one as a whole.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <jujubackup/job.hpp>

#include "database/bson_edit.hpp"
#include "database/bson_file.hpp"
#include "database/commands.hpp"

namespace jujubackup::database {

class Folder {
 public:
  explicit Folder(std::string directory) : directory_(std::move(directory)) {}

  const std::string& directory() const noexcept { return directory_; }
  // Sorted. What has not the name of a database or collection, and what is a link, is not there.
  std::vector<std::string> databases() const;
  std::vector<std::string> collections(const std::string& database) const;
  std::vector<Namespace> namespaces() const;
  bool has(const Namespace& where) const;

  // Error(invalid_argument) for a name that would lead out of the folder, or that mongod would not take.
  std::string bson_path(const Namespace& where) const;
  std::string metadata_path(const Namespace& where) const;

  // Until `visit` returns false. A collection that is missing is empty.
  void for_each(const Namespace& where, const std::function<bool(Document)>& visit, Job* job) const;
  // `visit` gets each document and writes what it becomes; `end` writes what is added. Nothing is changed on an Error.
  using Write = std::function<void(Document)>;
  void rewrite(const Namespace& where, const std::function<void(Document, const Write&)>& visit,
               const std::function<void(const Write&)>& end, Job* job);
  // False if it was not there.
  bool drop(const Namespace& where);
  void drop_database(const std::string& database);

 private:
  std::string database_path(const std::string& database) const;

  std::string directory_;
};

}  // namespace jujubackup::database
