// restore-backup's three ways: on this controller machine, over a controller's API, and onto a controller that is bootstrapped first.
#pragma once

#include <string>
#include <string_view>

#include "command.hpp"
#include "target.hpp"

namespace cli {

// What --id or --file named; a file by its absolute path.
struct RestoreSource {
  std::string id, file;
  std::string name() const { return id.empty() ? file : id; }
};

int restore_here(const RestoreSource& source, Context& context);
// --resume, --undo, --commit, --status, --update-agents
int end_restore_here(std::string_view what, const RestoreSource& source, Context& context);
int restore_over_api(const RestoreSource& source, const Place& place, Context& context);
// --release
int release_over_api(const Place& place, Context& context);
int restore_after_bootstrap(const RestoreSource& source, Context& context);

enum class NoTerminal { refuse, go_on };
// Asks whether to proceed, unless --yes was given. Error if the answer is no, or if there is nobody to ask and that matters.
void confirm_restore(Context& context, NoTerminal no_terminal);
// The last line on standard output.
void tell_completed(const RestoreSource& source, Context& context);

}  // namespace cli
