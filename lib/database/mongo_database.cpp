#include <algorithm>
#include <utility>

#include <jujubackup/database.hpp>
#include <jujubackup/error.hpp>

#include "database/facts.hpp"
#include "database/mongo_session.hpp"
#include "database/mongo_tools.hpp"
#include "machine/place.hpp"
#include "restore/agent_conf_addresses.hpp"

namespace jujubackup {
namespace {

constexpr std::chrono::milliseconds longest_timeout{86'400'000};  // what the driver counts in has 32 bits

class MongoDatabase final : public Database {
 public:
  explicit MongoDatabase(MongoDatabaseOptions options) : options_(std::move(options)) {
    options_.timeout = std::clamp(options_.timeout, std::chrono::milliseconds(1), longest_timeout);
  }

  DatabaseFacts facts(Job* job) override {
    const AgentConf conf = read_agent_conf(options_.place);
    if (conf.state_password.empty()) throw Error(ErrorCode::invalid_argument, "agent.conf has no statepassword");
    DatabaseLogin login;
    login.address = address_of(conf);
    login.username = machine::agent_name(conf.machine_id);
    login.password = conf.state_password;
    login.ca_cert = conf.ca_cert.value_or("");
    database::MongoSessionOptions session = session_options();
    session.answer_timeout = options_.timeout;
    return database::gather_facts(*database::open_mongo_session(login, session, job), conf.machine_id, job);
  }

  std::unique_ptr<DatabaseSession> open(const DatabaseLogin& login, Job* job) override {
    return database::open_mongo_session(login, session_options(), job);
  }

  void dump(const MongoToolCall& call, Job* job) override { database::run_dump_tool(call, options_.place.root, job); }
  void restore(const MongoToolCall& call, Job* job) override { database::run_restore_tool(call, options_.place.root, job); }

 private:
  database::MongoSessionOptions session_options() const {
    database::MongoSessionOptions session;
    session.tls = options_.tls;
    session.connect_timeout = options_.timeout;
    return session;
  }

  std::string address_of(const AgentConf& conf) const {
    // One colon begins a port; more are an IPv6 address.
    const std::string& host = options_.host;
    if (host.starts_with('[') || std::count(host.begin(), host.end(), ':') == 1) return host;
    if (conf.state_port == 0)
      throw Error(ErrorCode::invalid_argument, "agent.conf has no stateport: give the database's host as host:port");
    return restore::with_port(host, conf.state_port);
  }

  MongoDatabaseOptions options_;
};

}  // namespace

std::unique_ptr<Database> mongo_database(const MongoDatabaseOptions& options) { return std::make_unique<MongoDatabase>(options); }

}  // namespace jujubackup
