// FinishRestore: the end of a restore through the API, good or bad.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <jujubackup/controller_restore.hpp>

namespace jujubackup {

// One attempt.
ControllerRestoreEnd finish_restore_once(const ConnectOptions& connect, Job* job);

struct FinishOptions {
  std::vector<ConnectOptions> connect;  // SECRET: tried in turn; after a restore a controller may be another one
  std::chrono::milliseconds every{2'000}, patience{600'000};
  std::function<void(const ControllerRestoreEvent&)> on_event;
};

// Waits for the controller to come back from Restore and have it confirmed that it is restored; returns its version.
JujuVersion wait_and_finish_restore(const FinishOptions& options, Job* job);

// What a person types to do it later, in quotes.
std::string release_command(const ConnectOptions& connect);

}  // namespace jujubackup
