#include "restore_run/database_steps.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "database/bson_file.hpp"
#include "database/commands.hpp"
#include "io/tree_files.hpp"
#include "io/walk.hpp"
#include "machine/mongodump.hpp"
#include "restore_run/database_access.hpp"
#include "restore_run/hosts_and_services.hpp"
#include "restore_run/private_stage.hpp"
#include "restore_run/saved_dump.hpp"
#include "restore_run/stage_dump.hpp"

namespace jujubackup::restore_run {
namespace {

constexpr const char* replay_argument = "--oplogReplay";

void erase_all(std::vector<std::string>& list, const std::string& value) {
  list.erase(std::remove(list.begin(), list.end(), value), list.end());
}

// Without what says where to, and without an oplog: what is saved is what is there now, with the agents stopped.
std::vector<std::string> dump_arguments(const SaveCollections& step, const ControllerPlace& place, const std::string& program) {
  const std::string out = "OUT";
  std::vector<std::string> arguments =
      mongodump_arguments(step.juju_version, step.address, step.username, out, machine::tls_of(place, program));
  const auto option = std::find(arguments.begin(), arguments.end(), "--out");
  if (option != arguments.end()) arguments.erase(option, option + 2);
  erase_all(arguments, "--oplog");
  return arguments;
}

// A database that is no mongod needs no tool, so one that is missing is the database's to complain of.
template <typename Find>
std::string program_or(const std::string& name, Find&& find) {
  try {
    return find();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    return name;
  }
}

bool has_collection(DatabaseSession& session, const std::string& name, Job* job) {
  const database::Namespace where = database::parse_namespace(name);
  const std::vector<std::string> names = database::collection_names(session, where.database, job);
  return std::find(names.begin(), names.end(), where.collection) != names.end();
}

// While one exists, mongorestore may run as the role of it that replaying an oplog needs.
class OplogRole {
 public:
  OplogRole(const RestoreDatabase& step, StepContext& context) : step_(step), context_(context) {}

  void give() {
    const auto session = open();
    const Value::Object anything = {{"resource", Value::Object{{"anyResource", true}}}, {"actions", Value::Array{"anyAction"}}};
    run_if_not(*session, {{"createRole", step_.oplog_role}, {"privileges", Value::Array{anything}}, {"roles", Value::Array()}},
               {"already exists"});
    database::run(*session, "admin", {{"grantRolesToUser", step_.username}, {"roles", Value::Array{step_.oplog_role}}}, context_.job);
  }

  // Taking a role away takes it from who has it.
  void take_away() {
    if (step_.oplog_role.empty()) return;
    const auto session = open();
    // Mongod 4.4 and later, and before.
    run_if_not(*session, {{"dropRole", step_.oplog_role}}, {"Could not find role", "No role named", "not found"});
  }

 private:
  std::unique_ptr<DatabaseSession> open() {
    return open_database(context_, login_of(context_, step_.address, step_.username, step_.conf_path));
  }
  void run_if_not(DatabaseSession& session, Value::Object command, std::initializer_list<std::string_view> fine) {
    try {
      database::run(session, "admin", std::move(command), context_.job);
    } catch (const Error& error) {
      const auto says = [&](std::string_view text) { return error.message().find(text) != std::string::npos; };
      if (error.code() != ErrorCode::program || std::none_of(fine.begin(), fine.end(), says)) throw;
    }
  }

  const RestoreDatabase& step_;
  StepContext& context_;
};

// Calls `what` and then, whatever came of it, `after`, which a cancelled job does not stop; its own failure only counts if there was none
// before.
template <typename F, typename After>
void and_after(StepContext& context, F&& what, After&& after) {
  StepContext calm = context;
  calm.job = nullptr;
  try {
    what();
  } catch (...) {
    try {
      after(calm);
    } catch (const std::exception& error) {
      context.report->warnings.emplace_back(printable(error.what()));
    }
    throw;
  }
  after(calm);
}

void run_tool(const RestoreDatabase& step, StepContext& context, const std::string& dump, std::vector<std::string> arguments,
              const std::string& log_path) {
  const bool offline = step.generation == MongoGeneration::offline;
  const AgentConf conf = conf_at(context, step.conf_path);
  MongoToolCall call;
  call.program = step.program.empty()
                     ? program_or("mongorestore", [&] { return find_mongorestore(place_of_conf(context, conf), conf.version); })
                     : step.program;
  call.arguments = std::move(arguments);
  call.directory = dump;
  call.log_path = log_path;
  if (!offline) {
    const DatabaseLogin login = login_of(context, step.address, step.username, step.conf_path);
    // Only now is it known that the tool will find the database up.
    open_database(context, login);
    call.password = login.password;
    return database_of(context).restore(call, context.job);
  }
  // The tool works on the files, which nobody else may then.
  services_of(context).stop(this_machine(), step.service, context.job);
  and_after(
      context, [&] { database_of(context).restore(call, context.job); },
      [&](StepContext& calm) {
        services_of(calm).start(this_machine(), step.service, nullptr);
        wait_for_mongod({step.service, step.address}, calm);
      });
}

std::string begun_path(const StepContext& context) { return context.kept_path("begun"); }

void mark_begun(const StepContext& context) {
  const std::string path = begun_path(context);
  database::make_durable_directory(parent_of(path));
  database::BsonWriter(path).publish();
}

std::string staged_in(const Value& prepared) { return database::text_in(prepared, "staged"); }

void drop_all(const RestoreDatabase& step, StepContext& context, const std::vector<std::string>& names) {
  if (names.empty() && step.into_database.empty()) return;
  const auto session = open_database(context, login_of(context, step.address, step.username, step.conf_path));
  if (!step.into_database.empty()) return database::drop_database(*session, step.into_database, context.job);
  for (const std::string& name : names) database::drop_collection(*session, database::parse_namespace(name), context.job);
}

// Those of the backup that were not there before.
std::vector<std::string> names_to_drop(const RestoreDatabase& step, const std::optional<std::vector<std::string>>& saved) {
  std::vector<std::string> names = step.new_namespaces;
  if (!saved) return names;
  for (const std::string& name : step.namespaces) {
    if (std::find(saved->begin(), saved->end(), name) == saved->end()) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void put_back(const RestoreDatabase& step, StepContext& context) {
  std::optional<std::vector<std::string>> saved;
  if (!step.kept_dump.empty() && step.into_database.empty()) {
    const std::string directory = context.at(step.kept_dump);
    saved = saved_namespaces(directory);
    if (!saved) throw Error(ErrorCode::not_found, directory + ": what was saved of the database is not there");
    std::vector<std::string> arguments = step.arguments;
    erase_all(arguments, replay_argument);
    if (!saved->empty())
      run_tool(step, context, saved_dump_dir(directory), std::move(arguments), context.kept_path("mongorestore-undo.log"));
  }
  drop_all(step, context, names_to_drop(step, saved));
}

}  // namespace

Value prepare(const SaveCollections&, StepContext&) { return {}; }

void act(const SaveCollections& step, const Value&, StepContext& context) {
  const AgentConf conf = conf_at(context, step.conf_path);
  const ControllerPlace place = place_of_conf(context, conf);
  const DatabaseLogin login = login_of(context, step.address, step.username, step.conf_path);
  const std::string directory = context.at(step.directory);
  const auto session = open_database(context, login);
  begin_saved_dump(directory);
  MongoToolCall call;
  call.program = program_or("mongodump", [&] { return find_mongodump(place, step.juju_version); });
  call.arguments = dump_arguments(step, place, call.program);
  call.password = login.password;
  call.directory = saved_dump_dir(directory);
  call.namespaces = step.namespaces;
  call.log_path = context.kept_path("mongodump.log");
  database::make_durable_directory(parent_of(call.log_path));
  database_of(context).dump(call, context.job);
  for (const std::string& name : finish_saved_dump(directory, step.namespaces, context.job)) {
    // One that went since the plan was made is dropped by undo, as if it had not been there.
    if (!has_collection(*session, name, context.job)) continue;
    throw Error(ErrorCode::program, "mongodump left " + quoted_name(name) + " out, which the restore will replace");
  }
}

// What was saved stays until the restore is committed: another step is undone with it.
void undo(const SaveCollections&, const Value&, StepContext&) {}

Value prepare(const RestoreDatabase& step, StepContext& context) {
  require_space(context.staging_dir, step.dump_bytes);
  return Value::Object{{"staged", new_stage_path(context.staging_dir)}};
}

void act(const RestoreDatabase& step, const Value& prepared, StepContext& context) {
  if (context.archive == nullptr) throw Error(ErrorCode::internal, "a database cannot be restored without an archive");
  const bool replays = std::find(step.arguments.begin(), step.arguments.end(), replay_argument) != step.arguments.end();
  PrivateStage stage(staged_in(prepared));
  require_space(context.staging_dir, step.dump_bytes);
  const std::string dump = stage_dump(*context.archive, step.namespaces, replays, stage.path(), context.job);
  mark_begun(context);
  const std::string log_path = context.at(step.log_path);
  database::make_durable_directory(parent_of(log_path));
  if (step.oplog_role.empty()) {
    run_tool(step, context, dump, step.arguments, log_path);
  } else {
    and_after(
        context,
        [&] {
          OplogRole(step, context).give();
          run_tool(step, context, dump, step.arguments, log_path);
        },
        [&](StepContext& calm) { OplogRole(step, calm).take_away(); });
  }
  stage.remove();
}

void undo(const RestoreDatabase& step, const Value& prepared, StepContext& context) {
  remove_stage(staged_in(prepared));
  // Until the mark is there, nothing was changed.
  if (look_at(begun_path(context)).kind == FileKind::missing) return;
  OplogRole(step, context).take_away();
  put_back(step, context);
}

}  // namespace jujubackup::restore_run
