#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <optional>
#include <utility>

#include <jujubackup/client.hpp>
#include <jujubackup/client_backup.hpp>
#include <jujubackup/error.hpp>

#include "archive/tree_archive.hpp"
#include "client/backup_gather.hpp"
#include "client/backup_layout.hpp"
#include "client/backup_lock.hpp"
#include "client/backup_record.hpp"
#include "client/environment.hpp"
#include "client/store_lock.hpp"
#include "io/walk.hpp"

namespace jujubackup {
namespace client {

ClientLock wait_for_lock(const std::string& client_dir, Job* job) {
  const auto points = lock_points(client_dir, temp_dir(process_environment()), this_platform);
  try {
    hold_store_lock(points, client_dir, std::chrono::milliseconds(0), job);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::busy) throw;
    job_note(job, "waiting up to five seconds for the lock: " + error.message());
  }
  return ClientLock(client_dir, job);
}

}  // namespace client

namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::optional<ClientLock> take_lock(const std::string& directory, bool go_on, client::Gathered& gathered, Job* job) {
  try {
    return client::wait_for_lock(directory, job);
  } catch (const Error& error) {
    if (!go_on || error.code() != ErrorCode::busy) throw;
    gathered.warnings.push_back("the lock was not waited for any longer: " + error.message());
    return std::nullopt;
  }
}

}  // namespace

std::string client_backup_name(const Timestamp& when, bool utc) {
  std::string digits = when.compact();
  const auto seconds = static_cast<std::time_t>(when.unix_seconds());
  std::tm local{};
  std::array<char, 32> text{};
  if (!utc && ::localtime_r(&seconds, &local) != nullptr && std::strftime(text.data(), text.size(), "%Y%m%d-%H%M%S", &local) != 0) {
    digits = text.data();
  }
  return "juju-client-" + digits + ".tar.gz";
}

ClientBackupRecord backup_client(const ClientBackupOptions& options, Sink& sink, Job* job) {
  const client::Environment environment = client::process_environment();
  const std::string given = options.directory.empty() ? default_client_dir() : options.directory;
  std::string directory = std::filesystem::absolute(given).lexically_normal().string();
  while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  if (look_at(join_path(directory, ".")).kind != FileKind::directory) {
    throw Error(ErrorCode::not_found, "there is no client directory at " + directory);
  }
  ClientBackupRecord record;
  record.started = Timestamp::now();
  record.host = host_name();
  record.directory = directory;
  record.entry = client::entry_name(directory, environment("HOME"));
  record.own = true;
  if (record.entry.empty()) throw Error(ErrorCode::invalid_argument, directory + ": is no client directory");

  job_begin(job, Phase::gathering, 0);
  client::Gathered gathered;
  std::optional<ClientLock> lock = take_lock(given, options.go_on_without_lock, gathered, job);
  client::gather_directory(directory, record.entry, gathered, job);
  const std::string jar = options.cookie_jar ? client::old_cookie_file(environment) : "";
  if (!jar.empty()) {
    const std::string place = std::filesystem::absolute(jar).lexically_normal().string();
    const std::string name = client::entry_name(place, environment("HOME"));
    const bool inside = name.starts_with(record.entry + "/");
    if (!inside && client::gather_cookie_jar(place, name, gathered, job)) record.cookie_jar = name;
  }
  if (gathered.all_read) lock.reset();

  TreeInput input;
  input.entries = std::move(gathered.entries);
  input.manifest_name = client::entry_below(record.entry, client::manifest_file);
  input.facts = {{"kind", "juju-client"}, {"started", record.started.rfc3339()}, {"host", record.host}, {"directory", record.directory},
                 {"entry", record.entry}, {"cookie-jar", record.cookie_jar}};
  input.warnings = gathered.warnings;
  const WriteResult written = write_tree_archive(input, sink, options.write, job);

  record.files = gathered.files;
  record.content_bytes = gathered.content_bytes;
  record.left_out = std::move(gathered.left_out);
  record.warnings = written.warnings;
  record.size_bytes = written.size_bytes;
  record.sha1_base64 = written.sha1_base64;
  record.sha256_hex = written.sha256_hex;
  client::describe_controllers(gathered.texts, record);
  return record;
}

}  // namespace jujubackup
