#include <string_view>
#include <utility>

#include <jujubackup/dump_facts.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/machine.hpp>

#include "io/walk.hpp"
#include "machine/mongodump.hpp"
#include "machine/place.hpp"
#include "machine/record.hpp"
#include "machine/space_check.hpp"

namespace jujubackup {

struct CreatePlan::State {
  ArchiveInput input;
  std::uint64_t content_bytes = 0;
  std::unique_ptr<machine::StagedDump> staged;
};

CreatePlan::CreatePlan(std::unique_ptr<State> state) : state_(std::move(state)) {}
CreatePlan::CreatePlan(CreatePlan&&) noexcept = default;
CreatePlan& CreatePlan::operator=(CreatePlan&&) noexcept = default;
CreatePlan::~CreatePlan() = default;
const ArchiveInput& CreatePlan::input() const noexcept { return state_->input; }
std::uint64_t CreatePlan::content_bytes() const noexcept { return state_->content_bytes; }

namespace {

// What it lacks is asked for where it is needed: a tree without agent.conf can still be backed up with everything given.
AgentConf conf_if_there(const ControllerPlace& place, std::vector<std::string>& warnings) {
  try {
    return read_agent_conf(place);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found || !machine::machine_ids(place).empty()) throw;
    warnings.emplace_back(error.what());
    return {};
  }
}

std::uint64_t bytes_of(const std::vector<InputFile>& files) {
  std::uint64_t bytes = 0;
  for (const InputFile& file : files) bytes += look_at(file.disk_path).size_bytes;
  return bytes;
}

// How large the dump will be is not known without asking the server; it is seldom smaller than the compressed files of the database.
std::uint64_t database_bytes(const ControllerPlace& place) {
  std::uint64_t bytes = 0;
  for (const std::string& name : {machine::data_name(place) + "/db", std::string("var/snap/juju-db/common/db")}) {
    const std::string path = join_path(place.root, name);
    if (look_at(path).kind != FileKind::directory) continue;
    for (const Found& found : walk(path, [](const std::string&, const std::string&) {})) bytes += found.info.size_bytes;
  }
  return bytes;
}

std::unique_ptr<machine::StagedDump> make_dump(const CreateOptions& options, const AgentConf& conf, Job* job) {
  const JujuVersion version = options.version.value_or(conf.version);
  if (version.is_zero()) {
    throw Error(ErrorCode::invalid_argument,
                "the Juju version, which mongodump's arguments depend on, is not known: agent.conf does not have it, and none was given "
                "(juju-version)");
  }
  if (options.check_space) {
    const std::string directory = machine::staging_dir(*options.mongodump);
    machine::check_space(directory, database_bytes(options.place), space_at(directory));
  }
  return machine::run_mongodump(options.place, *options.mongodump, version, conf, job);
}

}  // namespace

CreatePlan plan_create(const CreateOptions& options, Job* job) {
  if (options.dump_dir.empty() != options.mongodump.has_value()) {
    throw Error(ErrorCode::invalid_argument, options.dump_dir.empty() ? "there is no dump: give the folder of one, or have mongodump run"
                                                                      : "give either the folder of a dump or mongodump, not both");
  }
  CreateOptions settled = options;
  // The record says when the work began.
  if (!settled.started) settled.started = Timestamp::now();

  auto state = std::make_unique<CreatePlan::State>();
  ArchiveInput& input = state->input;
  job_begin(job, Phase::gathering, 0);
  const AgentConf conf = conf_if_there(settled.place, input.warnings);
  if (settled.mongodump) {
    state->staged = make_dump(settled, conf, job);
    settled.dump_dir = state->staged->path();
    job_begin(job, Phase::gathering, 0);
  }
  input.dump_files = gather_dump(settled.dump_dir, job);
  const DumpFacts facts = read_dump_facts(settled.dump_dir, job);
  input.metadata = machine::make_record(settled, conf, facts, input.warnings);
  input.root_files = find_controller_files(settled.place, input.metadata.version, input.warnings, job);
  state->content_bytes = bytes_of(input.root_files) + bytes_of(input.dump_files);
  return CreatePlan(std::move(state));
}

BackupRecord create_backup(BackupStore& store, const CreateOptions& options, Job* job) {
  const CreatePlan plan = plan_create(options, job);
  constexpr std::string_view directory_scheme = "file:";
  const std::string url = store.url();
  if (options.check_space && url.starts_with(directory_scheme)) {
    const std::string directory = url.substr(directory_scheme.size());
    machine::check_space(directory, plan.content_bytes(), space_at(directory));
  }
  return store.create(plan.input(), options.write, job, options.encryption);
}

}  // namespace jujubackup
