// What the checks and the steps of one plan are made from.
#pragma once

#include <string>
#include <vector>

#include <jujubackup/restore.hpp>

namespace jujubackup::restore {

// The two sides, and what follows from both for a kind of restore.
struct Planning {
  RestoreKind kind = RestoreKind::database_only;
  const BackupFacts& backup;
  const TargetFacts& target;
  const RestoreOptions& options;

  // The kinds by what they touch.
  bool puts_files() const noexcept {
    return kind == RestoreKind::full_machine || kind == RestoreKind::files_only || kind == RestoreKind::single_then_enable_ha;
  }
  bool puts_database() const noexcept { return kind != RestoreKind::files_only && kind != RestoreKind::recover_survivor; }
  bool replaces_machine() const noexcept { return kind == RestoreKind::full_machine || kind == RestoreKind::single_then_enable_ha; }
  bool keeps_ha() const noexcept { return kind == RestoreKind::database_only || kind == RestoreKind::copy_controller; }
  // Nothing of these works without a database that answers.
  bool needs_database() const noexcept { return keeps_ha() || kind == RestoreKind::recover_survivor; }

  JujuVersion target_version() const;     // zero if it is not known
  std::string target_model_uuid() const;  // "" if it is not known
  std::string target_controller_uuid() const;
  std::string target_mongo() const;
  std::string machine_id() const;  // of the agent after the restore
  MongoGeneration generation() const;
  std::string mongo_address() const;  // "localhost:37017"
  std::string data_path(const std::string& name) const { return target.data_dir + "/" + name; }
  std::string work_dir() const;
  std::string conf_path(const std::string& machine_id) const;

  // The controller machines of the target: this one last, as their agents are stopped. Only this one if the database is not known.
  std::vector<ControllerHost> hosts() const;
  std::vector<ControllerHost> other_hosts() const;
  std::vector<std::string> workload_models() const;  // names of the target's models beside the controller model and an empty "default"

  // What mongorestore brings, sorted.
  std::vector<std::string> namespaces() const;
  std::uint64_t staged_bytes() const;

  // This machine's addresses as others see it, without ports; "" where nothing says.
  std::string private_address() const;
  std::string public_address() const;
  // Whether other machines have to be told.
  bool moved() const;
  // Machines that ran a controller when the backup was made and do not any more.
  std::vector<ControllerHost> lost_controllers() const;
};

std::vector<std::string> ids_of(const std::vector<ControllerHost>& hosts);

}  // namespace jujubackup::restore
