// Does the steps of a journal, and undoes them.
#pragma once

#include <string>
#include <string_view>

#include "restore_run/journal.hpp"
#include "restore_run/step.hpp"
#include "restore_run/work_dir.hpp"

namespace jujubackup::restore_run {

// What every step of one run shares.
struct RunPlace {
  std::string root;
  const WorkDir& dir;
  const RestoreTools& tools;
  const RunOptions& options;
};

// Its report is what this process knows: the journal lags behind where it could not be written.
class Runner {
 public:
  Runner(const RunPlace& place, JournalFile& journal);

  // Every step that is not done; ends at the first that fails, as the report then says.
  void forward(Archive& archive, Job* job);
  // Every step that was begun, the last first; one that fails does not stop the others. A job that is cancelled does. Returns whether
  // nothing is left to be undone.
  bool back(Job* job);
  // update-agents again, for those machines that were not updated. Error(not_found) without such a step.
  void update_agents(Job* job);

  const RestoreReport& report() const noexcept { return report_; }

 private:
  StepContext context_of(std::size_t step, Archive* archive, Job* job);
  void do_step(std::size_t step, Archive& archive, Job* job);
  void fail_step(std::size_t step, const std::string& message);
  void undo(std::size_t step, Job* job);
  void mark_moot();
  // Error(cancelled) for any exception of the caller's.
  void tell(RestoreEvent::Kind kind, std::size_t step) const;
  // For moments at which nothing may stop the work.
  void tell_quietly(RestoreEvent::Kind kind, std::size_t step) const noexcept;

  const RunPlace& place_;
  JournalFile& journal_;
  RestoreReport report_;
};

// A note that belongs to no step.
void tell_note(const RunOptions& options, std::string_view text) noexcept;

}  // namespace jujubackup::restore_run
