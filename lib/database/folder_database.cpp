#include <memory>
#include <string>
#include <utility>

#include <jujubackup/database.hpp>
#include <jujubackup/error.hpp>

#include "database/facts.hpp"
#include "database/folder_commands.hpp"
#include "database/folder_restore.hpp"
#include "io/walk.hpp"

namespace jujubackup {
namespace {

class FolderDatabase final : public Database {
 public:
  explicit FolderDatabase(std::string directory)
      : state_(std::make_shared<database::FolderState>(database::FolderState{database::Folder(std::move(directory)), {}})) {}

  std::unique_ptr<DatabaseSession> open(const DatabaseLogin& /*login*/, Job* /*job*/) override {
    return std::make_unique<database::FolderSession>(state_);
  }

  void dump(const MongoToolCall& call, Job* job) override { database::dump_folder(state_->folder, call, job); }
  void restore(const MongoToolCall& call, Job* job) override { database::restore_folder(state_->folder, call, job); }

  bool needs_tools() const noexcept override { return false; }

  DatabaseFacts facts(Job* job) override {
    database::FolderSession session(state_);
    return database::gather_facts(session, "", job);
  }

 private:
  std::shared_ptr<database::FolderState> state_;
};

}  // namespace

std::unique_ptr<Database> folder_database(const std::string& directory) {
  database::make_durable_directory(directory);
  const database::Folder folder(directory);
  for (const std::string& name : folder.databases()) remove_stale_temps(join_path(directory, name));
  return std::make_unique<FolderDatabase>(directory);
}

}  // namespace jujubackup
