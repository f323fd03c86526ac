// The commands that a folder answers as mongod does.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <jujubackup/database.hpp>

#include "database/folder.hpp"

namespace jujubackup::database {

// What sessions of one folder share.
struct FolderState {
  Folder folder;
  std::string replica_config;  // JSON: as it was set last; not kept on disk, since nobody replicates a folder
};

class FolderSession final : public DatabaseSession {
 public:
  explicit FolderSession(std::shared_ptr<FolderState> state) : state_(std::move(state)) {}
  std::string run(std::string_view database, std::string_view command, Job* job) override;

 private:
  struct Cursor {
    Namespace where;
    std::unique_ptr<BsonReader> reader;  // null: the collection is missing
    bson::Bytes filter;
    std::uint64_t left = 0;              // documents
    std::optional<std::string> waiting;  // one that was read and did not fit into the batch
  };
  struct Call;  // a command as it came
  using Answer = std::string (FolderSession::*)(const Call&);
  static const std::map<std::string, Answer, std::less<>>& answers();

  std::string ok(const Call&);
  std::string hello(const Call&);
  std::string build_info(const Call&);
  std::string replica_status(const Call&);
  std::string replica_config(const Call&);
  std::string set_replica_config(const Call&);
  std::string no_users(const Call&);
  std::string list_databases(const Call&);
  std::string list_collections(const Call&);
  std::string find(const Call&);
  std::string get_more(const Call&);
  std::string kill_cursors(const Call&);
  std::string count(const Call&);
  std::string insert(const Call&);
  std::string update(const Call&);
  std::string remove(const Call&);
  std::string drop(const Call&);
  std::string drop_database(const Call&);

  std::string batch_of(Cursor cursor, std::int64_t id, std::int64_t documents, const char* name, Job* job);
  struct Updated {
    std::int64_t matched = 0, modified = 0;
    bool upserted = false;
  };
  Updated update_one(const Namespace& where, Document statement, Job* job);

  std::shared_ptr<FolderState> state_;
  std::map<std::int64_t, Cursor> cursors_;
  std::int64_t next_cursor_ = 1;
};

}  // namespace jujubackup::database
