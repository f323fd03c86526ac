// What the tests of carrying out a restore share: a machine whose files differ from those of its backup, hosts that are shells here, and
// what a tree looks like.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <jujubackup/restore_run.hpp>

#include "../restore/restore_support.hpp"
#include "io/process.hpp"
#include "recording_hosts.hpp"
#include "restore_run/step.hpp"

namespace test {

// Runs what is for another machine in a shell here.
class LocalHosts : public jujubackup::Hosts {
 public:
  void reach(const jujubackup::ControllerHost& host, jujubackup::Job*) override { asked.push_back(host.machine_id); }
  jujubackup::HostAnswer run(const jujubackup::ControllerHost& host, const jujubackup::HostCommand& command,
                             jujubackup::Job* job) override {
    asked.push_back(host.machine_id);
    if (before) before(host);
    jujubackup::Command local;
    local.program = command.words.front();
    local.arguments.assign(command.words.begin() + 1, command.words.end());
    local.standard_input = command.standard_input;
    local.timeout = command.timeout;
    local.max_output_bytes = command.max_output_bytes;
    const jujubackup::CommandResult result = jujubackup::run_command(local, job);
    return {result.exit_code, result.output};
  }

  std::vector<std::string> asked;
  std::function<void(const jujubackup::ControllerHost&)> before;  // may throw
};

enum class Times { all, none };

// One line for each entry at or below `directory`: kind, mode, owner, time of change of the content, link or content.
inline std::string tree_look(const std::string& directory, Times times = Times::all) {
  std::vector<std::string> lines;
  const auto add = [&](const std::filesystem::path& path, const std::string& name) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return;
    std::string line =
        name + " " + std::to_string(status.st_mode) + " " + std::to_string(status.st_uid) + ":" + std::to_string(status.st_gid);
    if (times == Times::all) line += " " + std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec);
    if (S_ISLNK(status.st_mode)) line += " -> " + std::filesystem::read_symlink(path).string();
    if (S_ISREG(status.st_mode)) line += " x" + std::to_string(status.st_nlink) + " " + read_file(path.string());
    lines.push_back(line);
  };
  add(directory, ".");
  if (std::filesystem::is_directory(std::filesystem::symlink_status(directory))) {
    for (const auto& found : std::filesystem::recursive_directory_iterator(directory)) {
      add(found.path(), std::filesystem::relative(found.path().parent_path(), directory).string() + "/" + found.path().filename().string());
    }
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

inline void set_time(const std::string& path, std::int64_t seconds, long nanoseconds = 0) {
  const struct timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
  if (::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) throw std::runtime_error("utimensat " + path);
}

// Modes, owners (as root) and times that no default gives, different for each entry.
inline void make_particular(const std::string& directory, long nanoseconds) {
  std::vector<std::filesystem::path> all;
  for (const auto& found : std::filesystem::recursive_directory_iterator(directory)) all.push_back(found.path());
  std::sort(all.begin(), all.end());
  std::int64_t n = 0;
  for (auto path = all.rbegin(); path != all.rend(); ++path) {
    ++n;
    if (::geteuid() == 0 && n % 3 == 0 && ::lchown(path->c_str(), 1000, 1001) != 0) throw std::runtime_error("lchown");
    const auto status = std::filesystem::symlink_status(*path);
    if (n % 4 == 0 && std::filesystem::is_regular_file(status) && ::chmod(path->c_str(), 0640) != 0) throw std::runtime_error("chmod");
    set_time(path->string(), 1'600'000'000 + n, nanoseconds);
  }
}

// A machine as it is now, with a backup of it as it was: every file that a restore replaces differs, some are gone and some are new.
class RestoreScene {
 public:
  enum class With { files, database };
  explicit RestoreScene(const std::string& private_address = "10.9.8.7", With with = With::files) {
    make_controller_root(root());
    for (const char* unit : {"jujud-machine-0", "juju-db"}) {
      write_file(root() + "/etc/systemd/system/" + std::string(unit) + ".service", "[Unit]\n");
    }
    make_particular(root() + "/var/lib/juju", 0);
    make_particular(root() + "/home", 0);
    new_look_ = units_look();
    archive_ = archive_of(root(), "i-0a1b2c3d4e5f60718", 1);
    make_old();
    if (with == With::database) make_old_database();
    options.kind = with == With::files ? jujubackup::RestoreKind::files_only : jujubackup::RestoreKind::full_machine;
    options.place.root = root();
    options.private_address = private_address;
    if (with == With::database) {
      options.place.machine_id = "0";
      options.allow_downgrade = true;  // the database is of a later version
    }
    // Nothing listens where a mongod of this machine would.
    services.runs_here = false;
    old_look_ = look();
  }

  std::string root() const { return scratch_ / "root"; }
  std::string data(const std::string& name) const { return root() + "/var/lib/juju/" + name; }
  std::string work_dir() const { return data("restore"); }
  jujubackup::RestorePlace place() const { return {root(), ""}; }
  const std::vector<std::byte>& bytes() const { return archive_; }
  jujubackup::Archive archive() const { return jujubackup::Archive::open(jujubackup::source_of_memory(archive_, "backup.tar.gz")); }
  jujubackup::RestorePlan plan() const {
    jujubackup::Archive opened = archive();
    jujubackup::Job job;
    job.set_threads(1);
    jujubackup::RestorePlan plan = jujubackup::plan_restore(opened, options, {database.get(), nullptr}, &job);
    // Here no sshd answers for the machines that the dump knows.
    std::erase_if(plan.steps, [](const jujubackup::RestoreStep& step) { return step.name == "update-agents"; });
    return plan;
  }
  jujubackup::RestoreTools tools() { return {database.get(), &services, &hosts}; }

  // Everything, the folders that only lead to what is replaced without their times.
  std::string look() const {
    std::string text = units_look();
    for (const char* name : {"", "var", "var/lib", "var/lib/juju", "var/lib/juju/agents", "home", "home/ubuntu", "home/ubuntu/.ssh"}) {
      struct stat status {};
      const bool there = ::lstat((root() + "/" + name).c_str(), &status) == 0;
      text += std::string(name) + " " + (there ? std::to_string(status.st_mode) : "none") + "\n";
    }
    for (const std::string& folder : {root() + "/var/lib/juju", root() + "/var/lib/juju/agents"}) {
      std::set<std::string> names;
      if (std::filesystem::exists(folder)) {
        for (const auto& found : std::filesystem::directory_iterator(folder)) names.insert(found.path().filename().string());
      }
      for (const std::string& name : names) text += name + "\n";
    }
    return text + tree_look(root() + "/etc") + tree_look(data("agents/unit-web-0")) + database_look();
  }
  // Names and content of what is in it, as far as it can be printed.
  std::string database_look() const {
    std::set<std::string> files;
    if (!database) return "";
    for (const auto& found : std::filesystem::recursive_directory_iterator(database_path())) {
      if (!found.is_regular_file()) continue;
      std::string line = std::filesystem::relative(found.path(), database_path()).string() + " " + read_file(found.path().string());
      std::replace(line.begin(), line.end(), '\0', '_');
      files.insert(std::move(line));
    }
    std::string text;
    for (const std::string& file : files) text += file + "\n";
    return text;
  }
  // As a later process does.
  void reopen_database() {
    if (database) database = jujubackup::folder_database(database_path());
  }
  std::string database_path() const { return scratch_ / "db"; }
  std::string staging_path() const { return scratch_ / "staging"; }
  const std::string& old_look() const { return old_look_; }
  // Of what the backup holds, as it was.
  const std::string& new_units() const { return new_look_; }
  // No backup has the folder init itself.
  std::string units_look(Times times = Times::all) const {
    std::string text;
    for (const char* name : {"tools", "init/jujud-machine-0", "agents/machine-0", "agents/machine-1", "system-identity", "server.pem",
                             "shared-secret", "nonce.txt"}) {
      text += std::string(name) + ":\n" + tree_look(data(name), times);
    }
    return text + tree_look(root() + "/home/ubuntu/.ssh/authorized_keys", times);
  }

  jujubackup::RestoreOptions options;
  RecordingServices services;
  LocalHosts hosts;
  std::unique_ptr<jujubackup::Database> database;

 private:
  // A collection that the backup has not, one that differs, one that is missing.
  void make_old_database() {
    std::filesystem::copy(data_path("dump"), database_path(), std::filesystem::copy_options::recursive);
    for (const char* name : {"oplog.bson", "admin", "backups", "juju/clouds.bson", "juju/clouds.metadata.json"}) {
      std::filesystem::remove_all(database_path() + "/" + name);
    }
    database = jujubackup::folder_database(database_path());
    const auto session = database->open({}, nullptr);
    session->run("juju", R"({"insert":"younger","documents":[{"_id":"x","old":true}]})", nullptr);
    session->run("juju", R"({"insert":"users","documents":[{"_id":"somebody","old":true}]})", nullptr);
    for (const char* tool : {"mongod", "mongodump", "mongorestore"}) {
      const std::string path = root() + "/snap/bin/juju-db." + tool;
      write_file(path, "#!/bin/sh\nexit 9\n");
      ::chmod(path.c_str(), 0755);
    }
    std::filesystem::create_directories(staging_path());
    options.staging_dir = staging_path();
  }

  void make_old() const {
    for (const char* name : {"tools", "init", "agents", "system-identity", "shared-secret"}) std::filesystem::remove_all(data(name));
    write_file(data("tools/2.9.40-ubuntu-amd64/jujud"), "old jujud");
    write_file(data("tools/2.9.40-ubuntu-amd64/jujuc"), "old jujuc");
    std::filesystem::create_hard_link(data("tools/2.9.40-ubuntu-amd64/jujud"), data("tools/2.9.40-ubuntu-amd64/juju-dumplogs"));
    std::filesystem::create_symlink("2.9.40-ubuntu-amd64", data("tools/machine-0"));
    std::filesystem::create_symlink("../nowhere", data("tools/dangling"));
    ControllerRoot old;
    old.version = "2.9.40";
    write_file(data("agents/machine-0/agent.conf"), agent_conf_text(old));
    ::chmod(data("agents/machine-0/agent.conf").c_str(), 0600);
    write_file(data("agents/machine-1/agent.conf"), "# of a machine that is no more\n");
    write_file(data("agents/unit-web-0/agent.conf"), "# of a unit\n");
    write_file(data("init/jujud-machine-0/jujud-machine-0.service"), "[Unit]\nDescription=old\n");
    write_file(data("nonce.txt"), "old nonce");
    std::filesystem::remove_all(root() + "/home/ubuntu/.ssh");
    make_particular(root() + "/var/lib/juju", 123'456'789);
  }

  Scratch scratch_;
  std::vector<std::byte> archive_;
  std::string new_look_, old_look_;
};

// A step's context of its own.
struct OneStep {
  explicit OneStep(const std::string& root) {
    context.root = root;
    context.work_dir = root + "/work";
    context.report = &report;
    std::filesystem::create_directories(context.work_dir);
  }
  jujubackup::StepReport report;
  jujubackup::restore_run::StepContext context;
};

}  // namespace test
