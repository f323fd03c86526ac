// How `juju bootstrap` is called for a controller that was there before: its arguments, and its configuration file.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/client.hpp>
#include <jujubackup/juju_version.hpp>
#include <jujubackup/rebootstrap.hpp>
#include <jujubackup/restore.hpp>

#include "base/json.hpp"
#include "rebootstrap/ca_keys.hpp"

namespace jujubackup::rebootstrapping {

// What bootstrap-config.yaml says of one controller.
struct BootstrapRecord {
  std::string cloud, region, credential;
  Value::Object controller_config, model_config;  // may hold secrets
};
// Error(not_found) with Juju's words, Error(corrupt); nothing of the text is quoted.
BootstrapRecord parse_bootstrap_record(std::string_view text, const std::string& controller);

// What is known of the user's juju, out of its own texts.
struct JujuProgram {
  JujuVersion version;
  std::set<std::string, std::less<>> options;  // of `juju bootstrap`: "--bootstrap-base"
};
JujuVersion parse_juju_version(std::string_view output);
std::set<std::string, std::less<>> parse_options(std::string_view help);

// The words behind the program's name. Warnings for what that juju cannot be told.
std::vector<std::string> bootstrap_arguments(const RebootstrapPlan& plan, const BackupFacts& backup, const RebootstrapOptions& options,
                                             const JujuProgram& juju, std::vector<std::string>& warnings);

// What was given to the first bootstrap, the CA of the backup, and the password of `account`, so that logging in is the same before and
// after the restore. Keys that juju sets itself are left out.
Value::Object bootstrap_config(const BootstrapRecord& record, const CaKeys& keys, const ClientAccount& account);

}  // namespace jujubackup::rebootstrapping
