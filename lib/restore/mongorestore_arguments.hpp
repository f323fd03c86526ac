// mongorestore's arguments, for each generation of mongod.
#pragma once

#include <string>
#include <vector>

#include <jujubackup/restore.hpp>

namespace jujubackup::restore {

struct MongorestoreCall {
  MongoGeneration generation = MongoGeneration::modern;
  std::string address;   // "localhost:37017"
  std::string username;  // "machine-0"
  std::string db_path;   // offline only: where mongod has its files, as the process sees it
  bool replay_oplog = false;
  bool copy_controller = false;  // into the database jujucontroller
};

// Without the password, and without the folder of the dump, which comes last.
std::vector<std::string> mongorestore_arguments(const MongorestoreCall& call);

}  // namespace jujubackup::restore
