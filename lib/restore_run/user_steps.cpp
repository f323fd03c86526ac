// set-database-user: giving the machine's agent the password that the restored agent.conf has.
#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "database/commands.hpp"
#include "machine/place.hpp"
#include "restore_run/database_access.hpp"
#include "restore_run/database_steps.hpp"

namespace jujubackup::restore_run {
namespace {

// As the agent of a controller has them.
Value::Array agent_roles() {
  Value::Array roles;
  for (const char* role : {"dbAdminAnyDatabase", "userAdminAnyDatabase", "clusterAdmin", "readWriteAnyDatabase"}) {
    roles.emplace_back(Value::Object{{"role", role}, {"db", "admin"}});
  }
  return roles;
}

DatabaseLogin old_login(const SetDatabaseUser& step, const StepContext& context) {
  const std::string user = machine::agent_name(conf_at(context, step.old_conf_path).machine_id);
  return login_of(context, step.address, user, step.old_conf_path);
}

DatabaseLogin new_login(const SetDatabaseUser& step, const StepContext& context) {
  return login_of(context, step.address, step.username, step.conf_path);
}

// Who may change users: the agent from before, or anyone on this machine as long as there is no user.
std::unique_ptr<DatabaseSession> open_as_admin(const SetDatabaseUser& step, StepContext& context) {
  if (step.old_conf_path.empty()) return open_database(context, without_user(new_login(step, context)));
  return open_database(context, old_login(step, context));
}

bool has_user(DatabaseSession& session, const std::string& name, Job* job) {
  const Value answer = database::run(session, "admin", {{"usersInfo", Value::Object{{"user", name}, {"db", "admin"}}}}, job);
  const Value* users = answer.find("users");
  return users != nullptr && users->array() != nullptr && !users->array()->empty();
}

bool flag_in(const Value& value, const char* name) {
  const Value* flag = value.find(name);
  return flag != nullptr && flag->boolean() != nullptr && *flag->boolean();
}

void set_password(DatabaseSession& session, const std::string& name, const std::string& password, Job* job) {
  database::run(session, "admin", {{"updateUser", name}, {"pwd", password}}, job);
}

void create_user(DatabaseSession& session, const DatabaseLogin& login, Job* job) {
  database::run(session, "admin", {{"createUser", login.username}, {"pwd", login.password}, {"roles", agent_roles()}}, job);
}

}  // namespace

Value prepare(const SetDatabaseUser& step, StepContext& context) {
  const DatabaseLogin login = new_login(step, context);
  if (try_open_database(context, login) != nullptr) return Value::Object{{"opens", true}};
  bool existed = false;
  if (!step.old_conf_path.empty()) existed = has_user(*open_as_admin(step, context), step.username, context.job);
  return Value::Object{{"opens", false}, {"existed", existed}};
}

void act(const SetDatabaseUser& step, const Value& prepared, StepContext& context) {
  const DatabaseLogin login = new_login(step, context);
  if (try_open_database(context, login) != nullptr) return;
  const auto session = open_as_admin(step, context);
  const bool existed = flag_in(prepared, "existed") || (!step.old_conf_path.empty() && has_user(*session, step.username, context.job));
  if (existed) {
    set_password(*session, step.username, login.password, context.job);
  } else if (step.create) {
    create_user(*session, login, context.job);
  } else {
    throw Error(ErrorCode::not_found, "the database has no user " + quoted_name(step.username));
  }
  open_database(context, login);
}

void undo(const SetDatabaseUser& step, const Value& prepared, StepContext& context) {
  if (prepared.is_null() || flag_in(prepared, "opens")) return;
  const auto session = try_open_database(context, new_login(step, context));
  // The new password does not open it: act did not come to it, or undo did already.
  if (session == nullptr) return;
  if (!flag_in(prepared, "existed")) {
    database::run(*session, "admin", {{"dropUser", step.username}}, context.job);
    return;
  }
  const DatabaseLogin old = old_login(step, context);
  if (old.username != step.username) {
    context.report->warnings.push_back("the password that " + step.username + " had in the database is not known, so it keeps the new one");
    return;
  }
  set_password(*session, step.username, old.password, context.job);
}

}  // namespace jujubackup::restore_run
