// Carrying out the plan of a restore (restore.hpp): with a journal on disk, so that it can be resumed or undone whatever happened.
//
// Everything that a restore replaces is kept in the work directory until commit_restore. The journal there holds no secret; what is kept
// does, and is 0600 or has the modes it had, below a directory of mode 0700.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/archive.hpp>
#include <jujubackup/database.hpp>
#include <jujubackup/hosts.hpp>
#include <jujubackup/job.hpp>
#include <jujubackup/restore.hpp>
#include <jujubackup/time.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

// What steps act through. None may be null, unless no step of the plan needs it; that is looked at before the first step.
struct RestoreTools {
  Database* database = nullptr;
  Services* services = nullptr;
  Hosts* hosts = nullptr;
};

// The values may be handed through a C ABI: never renumber.
enum class StepState : std::int32_t {
  pending = 0,
  begun = 1,  // is running, or was when the process ended
  done = 2,
  failed = 3,
  undone = 4,
  undo_failed = 5,
};
std::string_view name_of(StepState state) noexcept;

enum class RestoreState : std::int32_t {
  interrupted = 1,  // the process ended in the midst: resume_restore or undo_restore
  restored = 2,     // all steps are done; what was replaced is kept: commit_restore or undo_restore
  failed = 3,       // a step failed and nothing was undone yet, as asked: resume_restore or undo_restore
  undone = 4,       // everything is as before
  undo_failed = 5,  // as before, but for the steps that say so, or undoing was interrupted: undo_restore tries again
  committed = 6,    // nothing is kept any more
};
std::string_view name_of(RestoreState state) noexcept;

// One of the machines that update-agents goes to.
struct MachineReport {
  std::string machine_id, model_uuid, address;
  bool updated = false;
  std::string text;  // what was changed, or why nothing was
};

struct StepReport {
  RestoreStep step;
  StepState state = StepState::pending;
  std::string message;                  // of a failure: one line
  std::vector<std::string> warnings;    // what a person should know of it
  std::vector<MachineReport> machines;  // of update-agents
};

struct RestoreReport {
  RestoreState state = RestoreState::interrupted;
  RestoreKind kind = RestoreKind::database_only;
  std::string source;    // the archive's name
  std::string work_dir;  // as this process sees it
  Timestamp started, ended;
  std::vector<StepReport> steps;
  std::string error;                        // the first failure: "restore-database: ..."; "" if there is none
  std::vector<std::string> commands_after;  // for a person; empty unless restored
  bool ok() const noexcept { return state == RestoreState::restored || state == RestoreState::committed; }
};

std::string to_text(const RestoreReport& report);
std::string to_json(const RestoreReport& report);

struct RestoreEvent {
  enum class Kind : std::int32_t { step_begins = 1, step_ends = 2, undo_begins = 3, undo_ends = 4, note = 5 };
  Kind kind = Kind::note;
  std::size_t index = 0;             // of the step
  std::size_t count = 0;             // of steps
  const StepReport* step = nullptr;  // null for a note that belongs to no step; lives as long as the call
  std::string_view text;             // of a note
};

struct RunOptions {
  // Called on the calling thread. An exception from it is taken for a cancelled job.
  std::function<void(const RestoreEvent&)> on_event;
  bool undo_on_failure = true;
};

// Carries `plan` out, which was made for this archive and machine. A step that fails, or a job that is cancelled, has the others undone in
// reverse order (undo_on_failure); the report says what was and what was not. Nothing is thrown for that. A step that cannot be undone
// stays `done` in the report. After an undo nothing is left in the work directory but the logs (*.log, 0600) of a restore that failed; the
// next one, or you, remove them.
//
// The archive is read once more to its end, to compare its digest. The work directory is made, or has to be empty; Error(exists) else.
// Error(invalid_argument) for a plan that is blocked or that lacks a tool, Error(exists) where an unfinished restore is in the work
// directory, Error(busy) where one runs, Error(corrupt) if the archive is not the one that was planned for: in these cases nothing was
// done.
RestoreReport run_restore(const RestorePlan& plan, Archive& archive, const RestoreTools& tools, const RunOptions& options = {},
                          Job* job = nullptr);

// `root` and `work_dir` as those of the plan; work_dir "" stands for var/lib/juju/restore.
struct RestorePlace {
  std::string root = "/";
  std::string work_dir;
};

// What the journal there says; nothing if there is none or the restore ended (committed or undone). Takes no lock.
std::optional<RestoreReport> find_restore(const RestorePlace& place);

// Goes on where it stopped; the step that was begun is done again. The archive is compared with what the journal says of it. Nothing is
// done if all steps are. Error(not_found) if there is nothing to go on with, Error(unsupported) if it was being undone, Error(busy).
RestoreReport resume_restore(const RestorePlace& place, Archive& archive, const RestoreTools& tools, const RunOptions& options = {},
                             Job* job = nullptr);
// Undoes every step that was begun, the last first. May be called again if it fails or is killed. A cancelled job stops it between two
// steps. Error(not_found), Error(busy).
RestoreReport undo_restore(const RestorePlace& place, const RestoreTools& tools, const RunOptions& options = {}, Job* job = nullptr);
// Removes what was kept, and the work directory. May be called again if it is killed. Error(unsupported) unless it is `restored`.
void commit_restore(const RestorePlace& place, Job* job = nullptr);
// Runs update-agents of a restore again, for the machines that were not updated; it has to be `restored`. Error(not_found) if it has no
// such step. What the step throws goes through.
RestoreReport update_agents_again(const RestorePlace& place, const RestoreTools& tools, const RunOptions& options = {}, Job* job = nullptr);

}  // namespace jujubackup
