// initiate-replica-set and wait-database.
#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "base/wait.hpp"
#include "database/replica_set.hpp"
#include "restore_run/database_access.hpp"
#include "restore_run/database_steps.hpp"

namespace jujubackup::restore_run {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto interval = 500ms;
constexpr std::size_t max_members = 50;  // mongod's own limit

Value::Array members_of(const Value& config) {
  const Value* members = config.find("members");
  if (members == nullptr || members->array() == nullptr || members->array()->size() > max_members) {
    throw Error(ErrorCode::program, "the replica set's configuration has no list of members");
  }
  return *members->array();
}

bool is_at(const Value& member, const std::string& address) { return database::text_in(member, "host") == address; }

// With the exception for localhost, where the database has no users yet.
std::unique_ptr<DatabaseSession> open_replica_set(const InitiateReplicaSet& step, StepContext& context) {
  // This member alone, whatever its replica set says of others: by the port that the others know it by.
  const std::size_t port = step.member.rfind(':');
  if (port == std::string::npos) throw Error(ErrorCode::invalid_argument, "a member of a replica set needs a port");
  const std::string address = "localhost" + step.member.substr(port);
  const DatabaseLogin login = login_of(context, address, step.username, step.conf_path);
  auto session = try_open_database(context, login);
  return session != nullptr ? std::move(session) : open_database(context, without_user(login));
}

Value this_member(const InitiateReplicaSet& step, Value member) {
  const Value* old_tags = member.find("tags");
  Value tags = database::with_field(old_tags == nullptr ? Value() : *old_tags, "juju-machine-id", step.machine_id);
  member = database::with_field(member, "tags", std::move(tags));
  // One that had none before could not become primary.
  for (const char* key : {"votes", "priority"}) {
    if (member.find(key) != nullptr) member = database::with_field(member, key, 1);
  }
  return member;
}

// `config` with this machine as its only member.
Value alone(const InitiateReplicaSet& step, const Value& config) {
  const Value::Array members = members_of(config);
  std::int64_t last_id = 0;
  const Value* mine = nullptr;
  for (const Value& member : members) {
    last_id = std::max(last_id, database::integer_in(member, "_id").value_or(0));
    if (is_at(member, step.member)) mine = &member;
  }
  const Value made = Value::Object{{"_id", last_id + 1}, {"host", step.member}};
  return database::with_field(config, "members", Value::Array{this_member(step, mine == nullptr ? made : *mine)});
}

Value with_next_version(const Value& config, const Value& current) {
  return database::with_field(config, "version", database::integer_in(current, "version").value_or(1) + 1);
}

void reconfigure(DatabaseSession& session, const Value& config, bool force, Job* job) {
  database::run(session, "admin", {{"replSetReconfig", config}, {"force", force}}, job);
}

// Members leave one by one, since mongod from 4.4 on takes no greater change while it asks the others.
void remove_others(const InitiateReplicaSet& step, DatabaseSession& session, StepContext& context) {
  for (std::size_t rounds = 0; rounds <= max_members; ++rounds) {
    const std::optional<Value> config = database::replica_config(session, context.job);
    Value::Array members = members_of(config ? *config : Value());
    const auto other = std::find_if(members.begin(), members.end(), [&](const Value& member) { return !is_at(member, step.member); });
    if (other == members.end()) return;
    job_note(context.job, "taking " + printable(database::text_in(*other, "host")) + " out of the replica set");
    members.erase(other);
    reconfigure(session, with_next_version(database::with_field(*config, "members", std::move(members)), *config), false, context.job);
  }
}

bool is_as_wanted(const InitiateReplicaSet& step, const Value& config) {
  const Value::Array members = members_of(config);
  const Value* tag = members.size() == 1 ? database::at_path(members.front(), "tags.juju-machine-id") : nullptr;
  const bool is_tagged = tag != nullptr && tag->string() != nullptr && *tag->string() == step.machine_id;
  return members.size() == 1 && is_at(members.front(), step.member) && is_tagged;
}

void become_alone(const InitiateReplicaSet& step, DatabaseSession& session, const Value& config, StepContext& context) {
  const Value::Array members = members_of(config);
  const bool is_member = std::any_of(members.begin(), members.end(), [&](const Value& member) { return is_at(member, step.member); });
  if (members.size() > 1 && !step.force) {
    if (!is_member) throw Error(ErrorCode::unsupported, "the replica set has several members, and this machine is none of them");
    return remove_others(step, session, context);
  }
  // With one member there is nobody whose majority would be passed over; and where the address changed, this one is no primary.
  reconfigure(session, with_next_version(alone(step, config), config), true, context.job);
}

void wait_for_primary(const InitiateReplicaSet& step, StepContext& context) {
  std::string problem = "it has no primary yet";
  std::unique_ptr<DatabaseSession> session;
  bool said = false;
  const bool is_up = wait_until(Clock::now() + step.timeout, interval, context.job, [&] {
    try {
      if (session == nullptr) session = open_replica_set(step, context);
      if (database::is_primary(*session, context.job)) return true;
      problem = "it has no primary yet";
    } catch (const Error& error) {
      if (!error.retry_may_help()) throw;
      problem = error.message();
      session.reset();
    }
    if (!std::exchange(said, true)) job_note(context.job, "waiting for this machine to become the replica set's primary");
    return false;
  });
  if (!is_up) {
    throw Error(ErrorCode::program,
                "the replica set was not ready within " + std::to_string(step.timeout.count()) + " s: " + printable(problem));
  }
}

// "10.0.0.2:37017 is RECOVERING"; "" if all is well.
std::string health_problem(const WaitDatabase& step, DatabaseSession& session, Job* job) {
  const std::vector<database::MemberHealth> members = database::member_health(session, job);
  std::string problem;
  std::size_t healthy = 0;
  bool has_primary = false;
  for (const database::MemberHealth& member : members) {
    if (member.healthy) {
      ++healthy;
      has_primary = has_primary || member.state == "PRIMARY";
    } else {
      problem += (problem.empty() ? "" : ", ") + printable(member.address) + " is " + printable(member.state);
    }
  }
  if (problem.empty() && !has_primary) problem = "no member is primary";
  if (problem.empty() && healthy < step.members) {
    problem = std::to_string(healthy) + " of " + std::to_string(step.members) + " members are there";
  }
  return problem;
}

}  // namespace

Value prepare(const InitiateReplicaSet& step, StepContext& context) {
  const auto session = open_replica_set(step, context);
  std::optional<Value> config = database::replica_config(*session, context.job);
  return config ? Value::Object{{"config", std::move(*config)}} : Value::Object();
}

void act(const InitiateReplicaSet& step, const Value&, StepContext& context) {
  const auto session = open_replica_set(step, context);
  const std::optional<Value> config = database::replica_config(*session, context.job);
  if (!config) {
    const Value member = this_member(step, Value::Object{{"_id", 1}, {"host", step.member}});
    const Value made = Value::Object{{"_id", step.name}, {"version", 1}, {"members", Value::Array{member}}};
    database::run(*session, "admin", {{"replSetInitiate", made}}, context.job);
  } else if (!is_as_wanted(step, *config)) {
    become_alone(step, *session, *config, context);
  }
  wait_for_primary(step, context);
}

void undo(const InitiateReplicaSet& step, const Value& prepared, StepContext& context) {
  const Value* before = prepared.find("config");
  // A replica set that was made cannot be unmade.
  if (before == nullptr) return;
  const auto session = open_replica_set(step, context);
  const std::optional<Value> now = database::replica_config(*session, context.job);
  if (now && database::same(members_of(*now), members_of(*before))) return;
  reconfigure(*session, with_next_version(*before, now ? *now : *before), true, context.job);
}

Value prepare(const WaitDatabase&, StepContext&) { return {}; }

void act(const WaitDatabase& step, const Value&, StepContext& context) {
  const DatabaseLogin login = login_of(context, step.address, step.username, step.conf_path);
  std::unique_ptr<DatabaseSession> session;
  std::string problem, said;
  const bool is_up = wait_until(Clock::now() + step.timeout, interval, context.job, [&] {
    try {
      if (session == nullptr) session = database_of(context).open(login, context.job);
      problem = health_problem(step, *session, context.job);
    } catch (const Error& error) {
      if (!error.retry_may_help()) throw;
      problem = error.message();
      session.reset();
    }
    if (problem.empty()) return true;
    if (problem != said) job_note(context.job, "waiting for the database: " + printable(problem));
    said = problem;
    return false;
  });
  if (!is_up) {
    throw Error(ErrorCode::program,
                "the database is not healthy after " + std::to_string(step.timeout.count()) + " s: " + printable(problem));
  }
}

void undo(const WaitDatabase&, const Value&, StepContext&) {}

}  // namespace jujubackup::restore_run
