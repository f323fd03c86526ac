// What check-restore and restore-backup have in common: which machine, what kind of restore, and what it works with there.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <jujubackup/database.hpp>
#include <jujubackup/hosts.hpp>
#include <jujubackup/restore.hpp>
#include <jujubackup/restore_run.hpp>

#include "command.hpp"

namespace cli {

// About the machine; who gives one of them means a machine and not a controller's API.
std::vector<Option> restore_machine_options();
// The first of them that was given; "" if none was.
std::string restore_machine_option_given(const Arguments& arguments);

jujubackup::RestoreOptions restore_options_from(const Arguments& arguments);
jujubackup::RestorePlace restore_place_from(const Arguments& arguments);

// Whether there is an agent.conf of a machine below the root that was named, or below /.
bool is_controller_machine(const Arguments& arguments);

// As check-restore and verify-backup: 0 nothing speaks against it, 3 warnings, 1 blocked.
int exit_code_of(const jujubackup::RestorePlan& plan);

// Database, services and other machines. Without --database-folder the database is the one that runs on this machine: below another root
// there is none. Other machines are asked and changed from this machine alone, or with the key that was named.
class Workbench {
 public:
  explicit Workbench(Context& context);

  jujubackup::RestoreViews views() const;
  jujubackup::RestoreTools tools() const;
  bool reaches_others() const noexcept { return reaches_others_; }

 private:
  std::unique_ptr<jujubackup::Database> database_;
  std::unique_ptr<jujubackup::Hosts> ssh_;
  std::unique_ptr<jujubackup::Hosts> hosts_;
  std::unique_ptr<jujubackup::Services> services_;
  bool reaches_others_ = false;
};

}  // namespace cli
