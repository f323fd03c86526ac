#include <jujubackup/error.hpp>
#include <jujubackup/restore_run.hpp>

namespace jujubackup {
RestoreReport run_restore(const RestorePlan&, Archive&, const RestoreTools&, const RunOptions&, Job*) {
  throw Error(ErrorCode::unsupported, "not there yet");
}
std::optional<RestoreReport> find_restore(const RestorePlace&) { throw Error(ErrorCode::unsupported, "not there yet"); }
RestoreReport resume_restore(const RestorePlace&, Archive&, const RestoreTools&, const RunOptions&, Job*) {
  throw Error(ErrorCode::unsupported, "not there yet");
}
RestoreReport undo_restore(const RestorePlace&, const RestoreTools&, const RunOptions&, Job*) {
  throw Error(ErrorCode::unsupported, "not there yet");
}
void commit_restore(const RestorePlace&, Job*) { throw Error(ErrorCode::unsupported, "not there yet"); }
RestoreReport update_agents_again(const RestorePlace&, const RestoreTools&, const RunOptions&, Job*) {
  throw Error(ErrorCode::unsupported, "not there yet");
}
std::string to_text(const RestoreReport&) { throw Error(ErrorCode::unsupported, "not there yet"); }
std::string to_json(const RestoreReport&) { throw Error(ErrorCode::unsupported, "not there yet"); }
std::string_view name_of(StepState) noexcept { return ""; }
std::string_view name_of(RestoreState) noexcept { return ""; }
}  // namespace jujubackup
