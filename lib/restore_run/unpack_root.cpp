// unpack-root. Everything is unpacked beside first, then each path is renamed into its place, so that one that is there is whole.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include <jujubackup/error.hpp>

#include "archive/layout.hpp"
#include "io/tree_files.hpp"
#include "io/walk.hpp"
#include "restore_run/file_steps.hpp"
#include "restore_run/places.hpp"

namespace jujubackup::restore_run {
namespace {

bool is_there(const std::string& path) { return look_at(path).kind != FileKind::missing; }

std::string in_root_tar(const std::string& path) { return std::string(layout::root_tar) + "/" + path; }

// Nobody but the owner may write there, whatever an archive says.
constexpr std::uint32_t parent_mode_mask = 0755;

class Unpacking {
 public:
  Unpacking(const UnpackRoot& step, StepContext& context)
      : step_(step), context_(context), half_(context.kept_path("unpacking")), whole_(context.kept_path("unpacked")) {}

  void act(const Value& prepared) {
    if (!is_there(whole_)) {
      const auto is_live = [&](const std::string& path) { return is_there(context_.at(path)); };
      if (!step_.paths.empty() && std::all_of(step_.paths.begin(), step_.paths.end(), is_live)) return;
      unpack();
    }
    make_parents(prepared);
    for (const std::string& path : step_.paths) place(path);
    for (const std::string& path : step_.paths) sync_directory_of(context_.at(path));
    remove_tree(whole_);
  }

  void undo() {
    remove_tree(half_);
    remove_tree(whole_);
  }

 private:
  void unpack() {
    remove_tree(half_);
    ExtractOptions options;
    options.owners = step_.owners;
    for (const std::string& path : step_.paths) options.names.push_back(in_root_tar(path));
    // No names would mean all of them.
    if (!options.names.empty()) {
      ExtractReport report = context_.archive->extract(half_, options, context_.job);
      std::move(report.warnings.begin(), report.warnings.end(), std::back_inserter(context_.report->warnings));
    } else {
      make_directories(half_);
    }
    sync_volume_of(half_);
    if (!rename_to_free(half_, whole_)) throw Error(ErrorCode::io, "renaming " + half_ + ": its folder is on two volumes");
    sync_directory_of(whole_);
  }

  void make_parents(const Value& prepared) {
    const Value* parents = prepared.find("parents");
    if (parents == nullptr || parents->array() == nullptr) throw Error(ErrorCode::corrupt, "what unpack-root noted is not complete");
    for (const Value& parent : *parents->array()) {
      const Value* path = parent.find("path");
      if (path == nullptr || path->string() == nullptr) throw Error(ErrorCode::corrupt, "what unpack-root noted is not complete");
      make_parent(context_.at(*path->string()), number(parent, "mode"), number(parent, "uid"), number(parent, "gid"));
    }
  }

  void make_parent(const std::string& place, std::int64_t mode, std::int64_t uid, std::int64_t gid) const {
    if (::mkdir(place.c_str(), 0700) != 0 && errno != EEXIST) throw Error::from_errno(errno, "making directory " + place);
    if (step_.owners && ::lchown(place.c_str(), static_cast<uid_t>(uid), static_cast<gid_t>(gid)) != 0) {
      throw Error::from_errno(errno, "setting the owner of " + place);
    }
    const auto bits = static_cast<mode_t>(static_cast<std::uint32_t>(mode) & parent_mode_mask);
    if (::fchmodat(AT_FDCWD, place.c_str(), bits, 0) != 0) throw Error::from_errno(errno, "setting the mode of " + place);
    sync_directory_of(place);
  }

  static std::int64_t number(const Value& value, std::string_view key) {
    const Value* found = value.find(key);
    if (found == nullptr || found->integer() == nullptr) throw Error(ErrorCode::corrupt, "what unpack-root noted is not complete");
    return *found->integer();
  }

  void place(const std::string& path) {
    const std::string staged = whole_ + "/" + layout::unpacked_place(in_root_tar(path));
    const std::string live = context_.at(path);
    if (!is_there(staged)) {
      if (!is_there(live)) throw Error(ErrorCode::not_found, live + ": was unpacked and is not there any more");
      return;
    }
    if (!is_there(live) && !rename_to_free(staged, live)) place_copy(staged, live);
    remove_tree(staged);
  }

  // On another volume than the data directory, as home may be.
  static void place_copy(const std::string& staged, const std::string& live) {
    const std::string half = half_name(live);
    remove_tree(half);
    copy_tree(staged, half);
    sync_volume_of(half);
    if (!rename_to_free(half, live)) throw Error(ErrorCode::io, "renaming " + half + ": it is on another volume than its own name");
    sync_directory_of(live);
  }

  const UnpackRoot& step_;
  StepContext& context_;
  std::string half_, whole_;
};

}  // namespace

Value prepare(const UnpackRoot& step, StepContext& context) {
  for (const std::string& path : step.paths) {
    if (is_there(context.at(path))) throw Error(ErrorCode::exists, context.at(path) + ": is in the way of what is to be unpacked");
  }
  const std::set<std::string> missing = missing_parents(step.paths, context);
  std::vector<Entry> known;
  if (!missing.empty()) {
    const std::string prefix = in_root_tar("");
    context.archive->for_each(
        true,
        [&](const Entry& entry) {
          if (entry.type != EntryType::directory || !entry.path.starts_with(prefix)) return;
          if (missing.count(entry.path.substr(prefix.size())) != 0) known.push_back(entry);
        },
        context.job);
  }
  Value::Array parents;
  for (const std::string& path : missing) {
    const auto entry = std::find_if(known.begin(), known.end(), [&](const Entry& each) { return each.path == in_root_tar(path); });
    const bool is_known = entry != known.end();
    parents.emplace_back(Value::Object{{"path", path},
                                       {"mode", std::int64_t{is_known ? entry->mode : parent_mode_mask}},
                                       {"uid", is_known ? entry->uid : std::int64_t{0}},
                                       {"gid", is_known ? entry->gid : std::int64_t{0}}});
  }
  return Value::Object{{"parents", std::move(parents)}};
}

void act(const UnpackRoot& step, const Value& prepared, StepContext& context) { Unpacking(step, context).act(prepared); }

// What is in its place is removed by the undo of save-files.
void undo(const UnpackRoot& step, const Value& /*prepared*/, StepContext& context) { Unpacking(step, context).undo(); }

}  // namespace jujubackup::restore_run
