// What a restore acts through, for the time of one call.
#pragma once

#include <memory>

#include <jujubackup/jujubackup.h>
#include <jujubackup/restore_run.hpp>

namespace jujubackup::capi {

class RestoreCall {
 public:
  // `tools` may be null, and may be freed while this lives.
  explicit RestoreCall(const jjb_restore_tools* tools);

  RestoreTools tools() const noexcept;
  // Without hosts if others are not to be reached: whether they could be is not known then.
  RestoreViews views() const noexcept;

 private:
  std::shared_ptr<Database> database_;
  std::unique_ptr<Hosts> ssh_;         // before those to which it is lent
  std::unique_ptr<Hosts> here_alone_;  // what is used where others are not to be reached
  std::shared_ptr<Services> services_;
};

}  // namespace jujubackup::capi
