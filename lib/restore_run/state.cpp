#include "restore_run/state.hpp"

#include <algorithm>
#include <variant>

namespace jujubackup::restore_run {
namespace {

bool is_at_or_below(std::string_view path, std::string_view place) {
  return path.starts_with(place) && (path.size() == place.size() || path[place.size()] == '/');
}

bool covers(const SaveFiles& saved, std::string_view path) {
  return std::any_of(saved.paths.begin(), saved.paths.end(), [&](const std::string& each) { return is_at_or_below(path, each); });
}

bool covers(const SaveFiles& saved, const RestoreAction& action) {
  if (const auto* unpack = std::get_if<UnpackRoot>(&action)) {
    return std::all_of(unpack->paths.begin(), unpack->paths.end(), [&](const std::string& each) { return covers(saved, each); });
  }
  const auto* rewrite = std::get_if<RewriteAgentConf>(&action);
  return rewrite != nullptr && covers(saved, rewrite->path);
}

}  // namespace

RestoreReport report_of(const Journal& journal, const std::string& work_dir) {
  RestoreReport report;
  report.state = journal.state();
  report.kind = journal.header.kind;
  report.source = journal.header.source;
  report.work_dir = work_dir;
  report.started = journal.header.started;
  report.ended = journal.last;
  report.error = journal.error;
  for (std::size_t i = 0; i < journal.steps.size(); ++i) {
    const JournalStep& step = journal.steps[i];
    report.steps.push_back({journal.header.steps[i], step.state, step.message, step.warnings, step.machines});
  }
  if (report.ok()) report.commands_after = journal.header.commands_after;
  return report;
}

bool is_moot(const Journal& journal, std::size_t step) {
  for (std::size_t i = 0; i < step; ++i) {
    const auto* saved = std::get_if<SaveFiles>(&journal.header.steps[i].action);
    if (saved == nullptr || journal.steps[i].state != StepState::undone) continue;
    if (covers(*saved, journal.header.steps[step].action)) return true;
  }
  return false;
}

bool needs_undo(const Journal& journal, std::size_t step) {
  const JournalStep& each = journal.steps[step];
  return each.begun && each.state != StepState::undone && journal.header.steps[step].undoable;
}

}  // namespace jujubackup::restore_run
