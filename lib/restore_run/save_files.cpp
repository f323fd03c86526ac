// save-files. That a path is kept is the one mark of its having been moved: what is kept appears there at once and whole, and what is put
// back goes from there at once. So every function here finds out by looking how far it got.
#include <unistd.h>

#include <fcntl.h>
#include <algorithm>
#include <cerrno>
#include <set>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "io/tree_files.hpp"
#include "io/walk.hpp"
#include "restore_run/file_steps.hpp"
#include "restore_run/places.hpp"

namespace jujubackup::restore_run {
namespace {

bool is_there(const std::string& path) { return look_at(path).kind != FileKind::missing; }

// Moves to a name that is free; across volumes as a copy that gets its name when it is durable.
void move_whole(const std::string& from, const std::string& to, StepContext& context) {
  if (rename_to_free(from, to)) return;
  const std::string half = half_name(to);
  remove_tree(half);
  copy_tree(from, half, [&](const std::string& path) {
    context.report->warnings.push_back(printable(path) + " is neither a file nor a folder nor a link, and was not kept");
  });
  sync_volume_of(half);
  if (!rename_to_free(half, to)) throw Error(ErrorCode::io, "renaming " + half + ": it is on another volume than its own name");
}

void keep(const std::string& live, const std::string& kept, StepContext& context) {
  if (!is_there(kept)) {
    if (!is_there(live)) throw Error(ErrorCode::not_found, live + ": is gone since the restore began");
    make_directories(parent_of(kept));
    move_whole(live, kept, context);
    sync_directory_of(kept);
  }
  // Where it was copied; or somebody made it anew while the restore was interrupted.
  remove_tree(live);
  sync_directory_of(live);
}

void put_back(const std::string& live, const std::string& kept, StepContext& context) {
  remove_tree(half_name(live));
  if (!is_there(kept)) {
    if (!is_there(live)) throw Error(ErrorCode::not_found, live + ": is neither in its place nor kept");
    return;
  }
  remove_tree(live);
  move_whole(kept, live, context);
  sync_directory_of(live);
}

}  // namespace

Value prepare(const SaveFiles& step, StepContext& context) {
  Value::Array there;
  for (const std::string& path : step.paths) {
    if (is_there(context.at(path))) there.emplace_back(path);
  }
  Value::Array parents;
  for (const std::string& path : missing_parents(step.paths, context)) parents.emplace_back(path);
  return Value::Object{{"there", std::move(there)}, {"missing-parents", std::move(parents)}};
}

void act(const SaveFiles& step, const Value& prepared, StepContext& context) {
  const std::set<std::string> there = names_from(prepared, "there");
  for (const std::string& path : step.paths) {
    job_check(context.job);
    const std::string live = context.at(path);
    if (there.count(path) != 0) {
      keep(live, context.at(step.directory + "/" + path), context);
    } else if (is_there(live)) {
      throw Error(ErrorCode::exists, live + ": was not there when the restore began");
    }
  }
}

void undo(const SaveFiles& step, const Value& prepared, StepContext& context) {
  const std::set<std::string> there = names_from(prepared, "there");
  for (auto path = step.paths.rbegin(); path != step.paths.rend(); ++path) {
    const std::string live = context.at(*path);
    if (there.count(*path) != 0) {
      put_back(live, context.at(step.directory + "/" + *path), context);
    } else if (is_there(parent_of(live))) {
      remove_tree(half_name(live));
      remove_tree(live);
      sync_directory_of(live);
    }
  }
  const std::set<std::string> parents = names_from(prepared, "missing-parents");
  for (auto path = parents.rbegin(); path != parents.rend(); ++path) {
    const std::string place = context.at(*path);
    if (::unlinkat(AT_FDCWD, place.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT || errno == ENOTEMPTY || errno == EEXIST) continue;
    throw Error::from_errno(errno, "removing " + place);
  }
}

}  // namespace jujubackup::restore_run
