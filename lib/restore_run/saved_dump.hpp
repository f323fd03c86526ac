// What save-collections keeps: a dump, and the list of what is in it, which is written last and so says that it is whole.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <jujubackup/database.hpp>
#include <jujubackup/job.hpp>

namespace jujubackup::restore_run {

// Where in `directory`, as this process sees it, the dump itself is.
std::string saved_dump_dir(const std::string& directory);
// An empty, private directory, whatever was there.
void begin_saved_dump(const std::string& directory);
// Removes from the dump what is not among `namespaces`, reads the rest in full, and lists it. Returns those that are missing.
std::vector<std::string> finish_saved_dump(const std::string& directory, const std::vector<std::string>& namespaces, Job* job);
// The namespaces that are kept; nothing if the dump is not there or not whole.
std::optional<std::vector<std::string>> saved_namespaces(const std::string& directory);

}  // namespace jujubackup::restore_run
