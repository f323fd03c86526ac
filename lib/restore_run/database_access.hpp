// How a step gets at the database: whose password it takes, and how long it is patient.
#pragma once

#include <memory>
#include <string>

#include <jujubackup/database.hpp>

#include "restore_run/step.hpp"

namespace jujubackup::restore_run {

// Error(invalid_argument) where the caller gave none.
Database& database_of(StepContext& context);

// The agent.conf at `conf_path`, which is relative to the machine's root. An Error never quotes it.
AgentConf conf_at(const StepContext& context, const std::string& conf_path);
// The statepassword there; Error(invalid_argument) if there is none. As CA, that of each agent.conf of the machine: mongod shows the
// certificate that root.tar brought, also to who logs in with the password from before.
DatabaseLogin login_of(const StepContext& context, const std::string& address, const std::string& username, const std::string& conf_path);
// The same without user and password: for mongod's exception for localhost, when it has no users.
DatabaseLogin without_user(DatabaseLogin login);

// Opens; where a retry may help, for up to a minute, which is what a mongod takes that has just been started.
std::unique_ptr<DatabaseSession> open_database(StepContext& context, const DatabaseLogin& login);
// Null where the database refuses user and password.
std::unique_ptr<DatabaseSession> try_open_database(StepContext& context, const DatabaseLogin& login);

// Where programs are looked for that work on the machine of `conf_path`.
ControllerPlace place_of_conf(const StepContext& context, const AgentConf& conf);

}  // namespace jujubackup::restore_run
