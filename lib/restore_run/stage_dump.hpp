// Putting a part of an archive's dump into a folder, as mongorestore is to find it.
#pragma once

#include <string>
#include <vector>

#include <jujubackup/archive.hpp>
#include <jujubackup/job.hpp>

namespace jujubackup::restore_run {

// Into `directory`, which must be there, be empty and private: the files of `namespaces`, and with `with_oplog` the entries of oplog.bson
// that are about them. Returns where the dump is. Error(corrupt) if the archive lacks one, Error(no_space).
std::string stage_dump(Archive& archive, const std::vector<std::string>& namespaces, bool with_oplog, const std::string& directory,
                       Job* job);

}  // namespace jujubackup::restore_run
