// What a journal says, as a report.
#pragma once

#include <string>

#include "restore_run/journal.hpp"

namespace jujubackup::restore_run {

RestoreReport report_of(const Journal& journal, const std::string& work_dir);

// Whether what the step did is gone anyway: it wrote to files that save-files, undone by now, has replaced by those from before.
bool is_moot(const Journal& journal, std::size_t step);

// Whether the step's own undo has still to be called.
bool needs_undo(const Journal& journal, std::size_t step);

}  // namespace jujubackup::restore_run
