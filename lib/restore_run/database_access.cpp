#include "restore_run/database_access.hpp"

#include <chrono>
#include <optional>
#include <set>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "base/wait.hpp"
#include "io/walk.hpp"
#include "machine/place.hpp"

namespace jujubackup::restore_run {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_conf_bytes = std::size_t{1} << 20;
constexpr auto patience = 60s;
constexpr auto retry_interval = 500ms;

// Those of the agents that are in place. One that cannot be read has no say.
std::set<std::string> ca_certificates(const StepContext& context, const AgentConf& conf) {
  std::set<std::string> all;
  if (conf.ca_cert) all.insert(*conf.ca_cert);
  const ControllerPlace place = place_of_conf(context, conf);
  try {
    for (const std::string& id : machine::machine_ids(place)) {
      ControllerPlace of_machine = place;
      of_machine.machine_id = id;
      const AgentConf other = read_agent_conf(of_machine);
      if (other.ca_cert) all.insert(*other.ca_cert);
    }
  } catch (const Error&) {
    return all;
  }
  return all;
}

}  // namespace

Database& database_of(StepContext& context) {
  if (context.tools.database == nullptr) throw Error(ErrorCode::invalid_argument, "the database cannot be changed: none was given");
  return *context.tools.database;
}

AgentConf conf_at(const StepContext& context, const std::string& conf_path) {
  const std::string path = context.at(conf_path);
  const std::string text = read_small_file(path, max_conf_bytes);
  try {
    return parse_agent_conf(text);
  } catch (Error& error) {
    error.add_context("reading " + path);
    throw;
  }
}

DatabaseLogin login_of(const StepContext& context, const std::string& address, const std::string& username, const std::string& conf_path) {
  const AgentConf conf = conf_at(context, conf_path);
  if (conf.state_password.empty()) throw Error(ErrorCode::invalid_argument, context.at(conf_path) + ": it has no statepassword");
  DatabaseLogin login;
  login.address = address;
  login.username = username;
  login.password = conf.state_password;
  for (const std::string& certificate : ca_certificates(context, conf)) {
    login.ca_cert += certificate;
    if (!login.ca_cert.ends_with('\n')) login.ca_cert += '\n';
  }
  return login;
}

DatabaseLogin without_user(DatabaseLogin login) {
  login.username.clear();
  login.password.clear();
  return login;
}

std::unique_ptr<DatabaseSession> open_database(StepContext& context, const DatabaseLogin& login) {
  std::unique_ptr<DatabaseSession> session;
  std::optional<Error> last;
  wait_until(std::chrono::steady_clock::now() + patience, retry_interval, context.job, [&] {
    try {
      session = database_of(context).open(login, context.job);
      return true;
    } catch (const Error& error) {
      if (!error.retry_may_help()) throw;
      if (!last) job_note(context.job, "waiting for the database at " + printable(login.address) + ": " + error.message());
      last = error;
      return false;
    }
  });
  if (session == nullptr) throw Error(*last);
  return session;
}

std::unique_ptr<DatabaseSession> try_open_database(StepContext& context, const DatabaseLogin& login) {
  try {
    return open_database(context, login);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::permission) throw;
    return nullptr;
  }
}

ControllerPlace place_of_conf(const StepContext& context, const AgentConf& conf) {
  ControllerPlace place;
  place.root = context.root;
  if (conf.data_dir.starts_with('/')) place.data_dir = conf.data_dir;
  return place;
}

}  // namespace jujubackup::restore_run
