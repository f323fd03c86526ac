// Restoring a controller through its own API, as Juju 2.0 to 2.9.21 offer it.
//
// The controller does the work, in three calls: PrepareRestore, Restore, FinishRestore. Between the first and the last it refuses nearly
// everything else, for as long as it takes; so whatever goes wrong after the first is followed by the last.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <jujubackup/controller.hpp>
#include <jujubackup/io.hpp>
#include <jujubackup/job.hpp>
#include <jujubackup/metadata.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

// The values may be handed through a C ABI: never renumber.
enum class ControllerRestoreStage : std::int32_t {
  checking = 1,     // the release, the number of controllers, the backup; of an archive every byte
  preparing = 2,    // PrepareRestore
  uploading = 3,    // the job has the bytes
  restoring = 4,    // Restore: the controller says nothing until it is done
  waiting = 5,      // for the controller, which has started again; an event for each attempt to reach it
  finishing = 6,    // FinishRestore
  cleaning_up = 7,  // FinishRestore, since something failed
};
// "checking", ...
std::string_view name_of(ControllerRestoreStage stage) noexcept;

struct ControllerRestoreEvent {
  ControllerRestoreStage stage = ControllerRestoreStage::checking;
  std::string_view text;           // for a person, one line
  bool warning = false;            // something to think about; nothing has failed
  std::chrono::seconds waited{0};  // of `waiting`: so far
};

struct ControllerRestoreOptions {
  // What to restore: one of the two.
  std::string backup_id;      // that the controller keeps
  Source* archive = nullptr;  // from its first byte, which is returned to for a second reading; as plain as Juju wrote it, not encrypted
  // Of the archive. Nothing: what is in it, which 1.20 and older did not write, and without which controllers take no upload.
  std::optional<Metadata> metadata;

  // Called on the thread that called. An exception from it ends the restore, as a failure does.
  std::function<void(const ControllerRestoreEvent&)> on_event;

  // How the controller is waited for after Restore, and how long a call is repeated that it answers with "upgrade in progress".
  std::chrono::milliseconds dial_every{2'000};
  std::chrono::milliseconds dial_for{600'000};
  std::chrono::milliseconds busy_every{10'000};
  std::chrono::milliseconds busy_for{600'000};
};

struct ControllerRestoreResult {
  std::string backup_id;  // on the controller
  bool uploaded = false;
  bool reused = false;           // an equal archive was on the controller: nothing was uploaded
  bool connection_lost = false;  // Restore was not answered, since the controller started again; it is so in most cases
  JujuVersion version;           // of the controller that was restored, before
  JujuVersion version_after;
};

// Restores the controller that `connect` leads to, each step over a connection of its own. Returns when the controller has said that it is
// restored.
//
// Before anything is touched: Error(unsupported) for a release without these calls and, since 2.4, for more than one active controller;
// Error(not_found) for an unknown backup, Error(corrupt) for an archive that does not verify, Error(permission) for who is no superuser,
// Error(busy) if a restore is going on.
//
// After: whatever failed, or a cancelled job, is followed by FinishRestore, so that the controller works as before; where that fails as
// well, the Error tells both and what to type. A job that is cancelled while the controller restores leaves it restoring.
ControllerRestoreResult restore_controller(const ConnectOptions& connect, const ControllerRestoreOptions& options, Job* job = nullptr);

// The values may be handed through a C ABI: never renumber.
enum class ControllerRestoreEnd : std::int32_t {
  finished = 1,  // the restore had been done, which is now confirmed
  released = 2,  // it had not: it counts as failed, and the controller can be used
  nothing = 3,   // no restore was going on
};

// FinishRestore alone, for a controller whose restore was begun by a client that did not end it. Error(busy) while it restores.
ControllerRestoreEnd finish_controller_restore(const ConnectOptions& connect, Job* job = nullptr);

}  // namespace jujubackup
