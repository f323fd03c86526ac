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
  RestoreViews views() const noexcept;

 private:
  std::shared_ptr<Database> database_;
  std::unique_ptr<Hosts> hosts_;  // before services_, to which it is lent
  bool reaches_others_ = false;
  std::shared_ptr<Services> services_;
};

}  // namespace jujubackup::capi
