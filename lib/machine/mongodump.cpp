#include "machine/mongodump.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "io/process.hpp"
#include "machine/mongo_tool.hpp"
#include "machine/mongod_version.hpp"
#include "machine/place.hpp"

namespace jujubackup {
namespace {

constexpr const char* snap_common = "/var/snap/juju-db/common";

bool is_between(const JujuVersion& version, const JujuVersion& first, const JujuVersion& beyond) {
  return version >= first && version < beyond;
}

// The flag by which Juju had mongodump accept any certificate; null where it names the CA instead.
const char* insecure_flag(const JujuVersion& version, bool old_mongod) {
  const JujuVersion first_2_4{2, 4, "rc", 1, 0};
  if (version < first_2_4) return nullptr;
  if (version.major == 2) return version < JujuVersion{2, 9, "", 54, 0} ? "--sslAllowInvalidCertificates" : nullptr;
  if (version < JujuVersion{3, 6, "", 15, 0}) return "--tlsInsecure";
  return old_mongod && version < JujuVersion{3, 6, "", 22, 0} ? "--tlsInsecure" : nullptr;
}

bool names_ca(const JujuVersion& version, bool old_mongod) {
  const bool only_for_new_mongod =
      is_between(version, {2, 9, "", 54, 0}, {2, 9, "", 58, 0}) || is_between(version, {3, 6, "", 15, 0}, {3, 6, "", 22, 0});
  if (only_for_new_mongod) return !old_mongod;
  return is_between(version, {2, 9, "", 58, 0}, {3, 0, "alpha", 0, 0}) || version >= JujuVersion{3, 6, "", 22, 0};
}

std::string address_of(const MongodumpOptions& options, const AgentConf& conf) {
  if (options.host.find(':') != std::string::npos) return options.host;
  if (conf.state_port == 0) throw Error(ErrorCode::invalid_argument, "agent.conf has no stateport: give mongodump's host as host:port");
  return options.host + ":" + std::to_string(conf.state_port);
}

bool has_entries(const std::string& directory) {
  std::error_code error;
  const std::filesystem::directory_iterator entries(directory, error);
  return !error && entries != std::filesystem::directory_iterator();
}

}  // namespace

std::vector<std::string> mongodump_arguments(const JujuVersion& version, const std::string& address, const std::string& username,
                                             const std::string& out_dir, const MongodumpTls& tls) {
  std::vector<std::string> arguments = {"--ssl"};
  if (version.major < 2) arguments.emplace_back("--journal");
  const char* insecure = insecure_flag(version, tls.old_mongod);
  if (insecure != nullptr) arguments.emplace_back(insecure);
  for (const std::string& each : {std::string("--authenticationDatabase"), std::string("admin"), std::string("--host"), address,
                                  std::string("--username"), username, std::string("--out"), out_dir, std::string("--oplog")}) {
    arguments.push_back(each);
  }
  if (names_ca(version, tls.old_mongod)) {
    arguments.insert(arguments.end(), {"--sslCAFile", join_path(tls.directory, "ca.crt"), "--sslPEMKeyFile",
                                       join_path(tls.directory, "server.pem"), "--sslPEMKeyPassword", "ignore"});
  }
  return arguments;
}

namespace machine {

StagedDump::StagedDump(const std::string& root, const std::string& work_dir) : root_(root), stage_(work_dir, "jujubackup-dump-") {}

StagedDump::~StagedDump() {
  for (const std::string& stage : snap_stages()) {
    std::error_code ignored;
    std::filesystem::remove_all(stage, ignored);
  }
}

std::vector<std::string> StagedDump::snap_stages() const {
  struct PrivateTmp {
    const char* guard;  // nobody else may be able to put something below this
    const char* path;
  };
  // Since snapd 2.57, and before.
  constexpr PrivateTmp places[] = {{"/tmp/snap-private-tmp", "/tmp/snap-private-tmp/snap.juju-db"},
                                   {"/tmp/snap.juju-db", "/tmp/snap.juju-db"}};
  std::vector<std::string> stages;
  for (const PrivateTmp& place : places) {
    const FileInfo guard = look_at(under(root_, place.guard));
    const bool is_trusted = guard.kind == FileKind::directory && (guard.mode & 022u) == 0 &&
                            (guard.uid == 0 || guard.uid == static_cast<std::int64_t>(::geteuid()));
    if (is_trusted) stages.push_back(under(under(root_, place.path), stage_.path()));
  }
  return stages;
}

std::string StagedDump::path() const {
  if (has_entries(out_dir())) return out_dir();
  for (const std::string& stage : snap_stages()) {
    if (has_entries(stage + "/dump")) return stage + "/dump";
  }
  return out_dir();
}

MongodumpTls tls_of(const ControllerPlace& place, const std::string& program) {
  MongodumpTls tls;
  const std::string snap = under(place.root, snap_common);
  tls.directory = look_at(snap).kind == FileKind::directory ? snap : machine::under(place.root, place.data_dir);
  const std::string beside = program.substr(0, program.rfind('/') + 1);
  for (const char* name : {"juju-db.mongod", "mongod"}) {
    if (look_at(beside + name).kind == FileKind::missing) continue;
    const auto version = machine::mongod_version(beside + name);
    tls.old_mongod = version && *version < machine::MongodVersion{4, 4, 30};
    break;
  }
  return tls;
}

std::string staging_dir(const MongodumpOptions& options) {
  if (!options.work_dir.empty()) return options.work_dir;
  const char* from_environment = std::getenv("TMPDIR");
  return from_environment != nullptr && *from_environment != '\0' ? from_environment : "/tmp";
}

std::unique_ptr<StagedDump> run_mongodump(const ControllerPlace& place, const MongodumpOptions& options, const JujuVersion& version,
                                          const AgentConf& conf, Job* job) {
  const std::string& password = options.password.empty() ? conf.state_password : options.password;
  if (password.empty()) throw Error(ErrorCode::invalid_argument, "agent.conf has no statepassword: give mongodump's password");
  std::string line = password_line(password, "mongodump");
  refuse_password_arguments(options.extra_arguments, password, "mongodump");
  std::string username = options.username;
  if (username.empty()) {
    if (conf.machine_id.empty()) throw Error(ErrorCode::invalid_argument, "without agent.conf, mongodump's username must be given");
    username = agent_name(conf.machine_id);
  }

  auto staged = std::make_unique<StagedDump>(place.root, staging_dir(options));
  Command command;
  command.program = options.program.empty() ? find_mongodump(place, version) : options.program;
  command.arguments = mongodump_arguments(version, address_of(options, conf), username, staged->out_dir(), tls_of(place, command.program));
  command.arguments.insert(command.arguments.end(), options.extra_arguments.begin(), options.extra_arguments.end());
  command.standard_input = std::move(line);
  command.timeout = options.timeout;

  job_begin(job, Phase::dumping, 0);
  const CommandResult result = run_command(command, job);
  if (result.exit_code != 0) {
    const bool cut = result.output.size() >= command.max_output_bytes;
    throw Error(ErrorCode::program, "error dumping databases: error executing " + go_quote(command.program) + ": " +
                                        fit_for_message(result.output, password, cut));
  }
  // Whether it left anything; the caller looks at it in full.
  if (look_at(staged->path()).kind != FileKind::directory) throw Error(ErrorCode::invalid_argument, "too few files in dump dir (0)");
  return staged;
}

}  // namespace machine
}  // namespace jujubackup
