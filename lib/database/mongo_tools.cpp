#include "database/mongo_tools.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include <jujubackup/error.hpp>

#include "database/commands.hpp"
#include "database/tool_log.hpp"
#include "io/fd.hpp"
#include "io/process.hpp"
#include "io/temp_file.hpp"
#include "io/walk.hpp"
#include "machine/mongo_tool.hpp"
#include "machine/mongodump.hpp"
#include "machine/place.hpp"

namespace jujubackup::database {
namespace {

constexpr const char* snap_common = "/var/snap/juju-db/common";
constexpr std::size_t kept_output_bytes = std::size_t{64} << 10;
constexpr std::size_t max_message_bytes = 1000;

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Programs of the juju-db snap see neither the data directory nor the machine's /tmp.
bool is_of_snap(const std::string& program) { return file_name(program).starts_with("juju-db."); }

bool has_argument(const MongoToolCall& call, const std::string& wanted) {
  return std::find(call.arguments.begin(), call.arguments.end(), wanted) != call.arguments.end();
}

// With -vvvvv a tool says a lot; why it failed comes last.
std::string last_words(const std::string& output, const std::string& password) {
  std::string text = output;
  bool cut = output.size() >= kept_output_bytes;
  if (text.size() > max_message_bytes) {
    const std::size_t line = text.find('\n', text.size() - max_message_bytes);
    const bool at_line = line != std::string::npos && line + 1 < text.size();
    text.erase(0, at_line ? line + 1 : text.size() - max_message_bytes);
    cut = !at_line;
  }
  text = machine::fit_for_message(std::move(text), password, cut);
  return text.empty() ? "it said nothing" : text;
}

std::string how_it_ended(int exit_code) {
  return exit_code > 128 ? "was ended by signal " + std::to_string(exit_code - 128) : "ended with status " + std::to_string(exit_code);
}

void run_tool(const MongoToolCall& call, std::vector<std::string> more, ToolLog& log, Job* job) {
  const std::string name = file_name(call.program);
  Command command;
  command.program = call.program;
  command.arguments = call.arguments;
  machine::refuse_password_arguments(call.arguments, call.password, name);
  command.arguments.insert(command.arguments.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  if (!call.password.empty()) command.standard_input = machine::password_line(call.password, name);
  command.timeout = call.timeout;
  command.max_output_bytes = kept_output_bytes;
  command.on_output = [&log](std::string_view text) { log.take(text); };
  const CommandResult result = run_command(command, job);
  if (result.exit_code == 0) return;
  throw Error(ErrorCode::program, name + " " + how_it_ended(result.exit_code) + ": " + last_words(result.output, call.password));
}

// Runs `what` and finishes the log whatever comes of it.
template <typename F>
void with_log(const MongoToolCall& call, Job* job, F&& what) {
  ToolLog log(call.log_path, call.password);
  try {
    what(log);
  } catch (...) {
    log.finish();
    throw;
  }
  const std::string problem = log.finish();
  if (!problem.empty()) job_note(job, "the output of " + file_name(call.program) + " is not kept in full: " + problem);
}

// What a crash must not take away again.
void sync_file(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file) throw Error::from_errno(errno, "opening " + path);
  sync_fd(file.get(), path);
}

void sync_tree(const std::string& directory, Job* job) {
  for (const Found& found : walk(directory)) {
    job_check(job);
    if (found.info.kind == FileKind::file || found.info.kind == FileKind::directory) sync_file(join_path(directory, found.path));
  }
  sync_file(directory);
}

// The files of `from` in `to`, as second names where that can be had, since nobody writes to either.
void copy_dump(const std::string& from, const std::string& to, Job* job) {
  const std::vector<Found> all = walk(from);
  std::uint64_t bytes = 0;
  for (const Found& found : all) bytes += found.info.kind == FileKind::file ? found.info.size_bytes : 0;
  bool linking = true;
  for (const Found& found : all) {
    job_check(job);
    const std::string source = join_path(from, found.path);
    const std::string target = join_path(to, found.path);
    if (found.info.kind == FileKind::directory) {
      make_directories(target);
    } else if (found.info.kind == FileKind::file) {
      if (linking && ::link(source.c_str(), target.c_str()) == 0) continue;
      if (linking) require_space(to, bytes);
      linking = false;
      const auto file = open_file(source);
      save_file(*file, target, true, nullptr);
    } else {
      throw Error(ErrorCode::corrupt, source + ": is neither a file nor a directory");
    }
  }
}

std::set<std::string> databases_of(const std::vector<std::string>& namespaces) {
  std::set<std::string> databases;
  for (const std::string& name : namespaces) databases.insert(parse_namespace(name).database);
  return databases;
}

void dump_into(const MongoToolCall& call, const std::string& directory, ToolLog& log, Job* job) {
  // An oplog is only written with all that it speaks of.
  if (call.namespaces.empty() || has_argument(call, "--oplog")) return run_tool(call, {"--out", directory}, log, job);
  for (const std::string& database : databases_of(call.namespaces)) run_tool(call, {"--db", database, "--out", directory}, log, job);
}

}  // namespace

void run_dump_tool(const MongoToolCall& call, const std::string& root, Job* job) {
  if (call.directory.empty()) throw Error(ErrorCode::invalid_argument, "a dump needs a directory");
  make_directories(call.directory);
  job_begin(job, Phase::dumping, 0);
  with_log(call, job, [&](ToolLog& log) {
    if (!is_of_snap(call.program)) return dump_into(call, call.directory, log, job);
    const machine::StagedDump staged(root, machine::staging_dir({}));
    dump_into(call, staged.out_dir(), log, job);
    if (look_at(staged.path()).kind != FileKind::directory) {
      throw Error(ErrorCode::program, file_name(call.program) + " left no dump where it is looked for");
    }
    copy_dump(staged.path(), call.directory, job);
  });
  sync_tree(call.directory, job);
}

void run_restore_tool(const MongoToolCall& call, const std::string& root, Job* job) {
  if (look_at(call.directory).kind != FileKind::directory) throw Error(ErrorCode::not_found, call.directory + ": is no dump");
  with_log(call, job, [&](ToolLog& log) {
    if (!is_of_snap(call.program)) return run_tool(call, {call.directory}, log, job);
    const TempDirectory stage(machine::under(root, snap_common), "jujubackup-restore-");
    const std::string dump = join_path(stage.path(), "dump");
    make_directories(dump);
    copy_dump(call.directory, dump, job);
    run_tool(call, {dump}, log, job);
  });
}

}  // namespace jujubackup::database
