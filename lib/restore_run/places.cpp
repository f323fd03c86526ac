#include "restore_run/places.hpp"

#include <jujubackup/error.hpp>

#include "io/tree_files.hpp"
#include "io/walk.hpp"

namespace jujubackup::restore_run {

std::string half_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return path.substr(0, slash + 1) + "." + path.substr(slash + 1) + ".jujubackup-restore";
}

std::set<std::string> missing_parents(const std::vector<std::string>& paths, const StepContext& context) {
  std::set<std::string> missing;
  for (const std::string& path : paths) {
    for (std::size_t slash = path.rfind('/'); slash != std::string::npos && slash != 0; slash = path.rfind('/', slash - 1)) {
      const std::string parent = path.substr(0, slash);
      if (look_at(context.at(parent)).kind != FileKind::missing) break;
      missing.insert(parent);
    }
  }
  return missing;
}

std::set<std::string> names_from(const Value& prepared, std::string_view key) {
  const Value* list = prepared.find(key);
  if (list == nullptr || list->array() == nullptr) throw Error(ErrorCode::corrupt, "what a step noted before it began is not complete");
  std::set<std::string> names;
  for (const Value& each : *list->array()) {
    if (each.string() == nullptr) throw Error(ErrorCode::corrupt, "what a step noted before it began is not complete");
    names.insert(*each.string());
  }
  return names;
}

}  // namespace jujubackup::restore_run
