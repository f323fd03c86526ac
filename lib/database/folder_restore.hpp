// What mongodump and mongorestore would do, with a folder in the place of the database.
#pragma once

#include <jujubackup/database.hpp>

#include "database/folder.hpp"

namespace jujubackup::database {

void dump_folder(const Folder& folder, const MongoToolCall& call, Job* job);

// Honours --drop, --oplogReplay, --nsFrom and --nsTo with one "*" at the end of each. Every file of the dump is read to its end before the
// first collection is changed. Error(corrupt), Error(unsupported) for what an oplog may say and is not known here.
void restore_folder(Folder& folder, const MongoToolCall& call, Job* job);

}  // namespace jujubackup::database
