// What each step of a restore does: three functions for each action of restore_steps.hpp, declared in *_steps.hpp of this room.
//
//   Value prepare(const Action&, StepContext&)                 looks at what is there and returns what undo will need; changes nothing that
//                                                              anybody would miss. Its value, never a secret, is in the journal before act.
//   void act(const Action&, const Value& prepared, StepContext&)   may find its own work half or wholly done by a process that was killed
//   void undo(const Action&, const Value& prepared, StepContext&)  may find act not begun, half done or done, or itself half done
//
// All of them throw Error. What undo needs and is secret or large goes to files below StepContext::kept_path.
#pragma once

#include <string>
#include <vector>

#include <jujubackup/restore_run.hpp>

#include "base/json.hpp"

namespace jujubackup::restore_run {

struct StepContext {
  std::string root;            // of the machine
  std::string work_dir;        // as this process sees it
  std::string staging_dir;     // likewise
  std::size_t index = 0;       // of the step
  Archive* archive = nullptr;  // null while undoing
  RestoreTools tools;
  Job* job = nullptr;
  StepReport* report = nullptr;  // warnings and machines go there; never null

  // A path of the machine as this process sees it.
  std::string at(const std::string& path) const;
  // For what undo of this step needs: a path in the work directory, which nobody else uses.
  std::string kept_path(const std::string& name) const;
};

}  // namespace jujubackup::restore_run
