// PrepareRestore, Restore and FinishRestore of the embedded controller: its own root folder and database are replaced.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <jujubackup/job.hpp>
#include <jujubackup/restore_run.hpp>
#include <jujubackup/server.hpp>

#include "server/backups.hpp"
#include "server/event_log.hpp"
#include "server/generation.hpp"
#include "server/restore_status.hpp"

namespace jujubackup {

// For any number of threads. Throws RpcError with the texts of the emulated release.
class Restorer {
 public:
  // Ends what a process left that was killed in a restore: what Restore had begun is undone, and the status becomes FAILED; what it had
  // done stays, and the status becomes RESTORED. Error(busy) if another process restores there now.
  Restorer(const Generation& generation, std::optional<ServerRestore> restore, const std::string& state_dir, EventLog& log);

  // What a real controller does when it has restored: it ends and is started again.
  void on_restored(std::function<void()> start_again) { start_again_ = std::move(start_again); }

  bool serves() const noexcept { return restore_.has_value(); }
  RestoreStatus status() const { return record_.get(); }

  void prepare();
  void restore(const std::string& id, Backups& backups, Job* job);
  void finish();

 private:
  void settle();
  void replace(const std::string& id, Backups& backups, Job* job) const;
  RestorePlace place() const;

  Generation generation_;
  std::optional<ServerRestore> restore_;
  RestoreRecord record_;
  EventLog& log_;
  std::function<void()> start_again_;
};

}  // namespace jujubackup
