#include <utility>

#include <jujubackup/archive_writer.hpp>
#include <jujubackup/error.hpp>

#include "io/walk.hpp"

namespace jujubackup {
namespace {

// Juju dumps these and then deletes them: `admin` would replace the users of the database that is restored to, and `backups` holds
// the archives that 2.0 - 2.9.21 stored there.
bool is_left_out(const Found& found) {
  const std::size_t slash = found.path.find('/');
  if (slash == std::string::npos && found.info.kind != FileKind::directory) return false;
  const std::string_view first = std::string_view(found.path).substr(0, slash);
  return first == "admin" || first == "backups";
}

}  // namespace

std::vector<InputFile> gather_dump(const std::string& dump_dir, Job* job) {
  job_check(job);
  std::vector<InputFile> files;
  std::size_t top_entries = 0;
  for (Found& found : walk(dump_dir)) {
    if (is_left_out(found)) continue;
    if (found.path.find('/') == std::string::npos) ++top_entries;
    files.push_back({join_path(dump_dir, found.path), std::move(found.path)});
  }
  // As Juju 2.8.10+: mongodump has been seen to succeed and to write nothing.
  if (top_entries < 2) {
    throw Error(ErrorCode::invalid_argument, "too few files in dump dir (" + std::to_string(top_entries) + ")");
  }
  return files;
}

}  // namespace jujubackup
