#include <utility>

#include <jujubackup/error.hpp>
#include <jujubackup/machine.hpp>

#include "base/text.hpp"
#include "io/walk.hpp"
#include "machine/place.hpp"

namespace jujubackup {
namespace {

// Collects what Juju lists in state/backups/files.go, in its order.
class Gathering {
 public:
  Gathering(const ControllerPlace& place, std::vector<std::string>& warnings, Job* job)
      : root_(place.root), data_(machine::data_name(place)), warnings_(warnings), job_(job) {}

  const std::string& data() const noexcept { return data_; }
  std::string disk_path(const std::string& name) const { return join_path(root_, name); }
  bool exists(const std::string& name) const { return look_at(disk_path(name)).kind != FileKind::missing; }

  // The file, or the directory with all below it.
  void take(const std::string& name, bool required) {
    job_check(job_);
    const FileInfo info = look_at(disk_path(name));
    if (info.kind == FileKind::missing && !required) {
      warn("skipping missing file " + go_quote("/" + name));
      return;
    }
    add(name, info.kind, required);
    if (info.kind == FileKind::directory) take_below(name);
  }

  // What matches; nothing is no fault.
  void take_matching(const std::string& directory, const std::string& pattern) {
    for (const std::string& match : glob_names(disk_path(directory), pattern)) take(join_path(directory, match), false);
  }

  std::vector<InputFile> finish() { return std::move(files_); }

  void warn(std::string text) {
    job_note(job_, text);
    warnings_.push_back(std::move(text));
  }

 private:
  void add(const std::string& name, FileKind kind, bool required) {
    // A socket in the agent's directory made Juju's own backups fail until 2.9.51.
    if (kind == FileKind::other && !required) {
      warn("skipping special file " + go_quote("/" + name));
      return;
    }
    files_.push_back({disk_path(name), name, required});
  }

  void take_below(const std::string& name) {
    const auto problem = [&](const std::string& path, const std::string& text) {
      warn("skipping " + go_quote("/" + name + "/" + path) + ": " + text);
    };
    for (const Found& found : walk(disk_path(name), problem)) add(join_path(name, found.path), found.info.kind, false);
    job_check(job_);
  }

  std::string root_;
  std::string data_;
  std::vector<std::string>& warnings_;
  Job* job_;
  std::vector<InputFile> files_;
};

std::string shared_secret(const Gathering& gathering, const JujuVersion& version) {
  std::string in_data = gathering.data() + "/shared-secret";
  // With the juju-db snap (2.8.10+) mongod can only read below its own directory.
  if (version < JujuVersion{2, 8, "", 10, 0} || gathering.exists(in_data)) return in_data;
  std::string in_snap = "var/snap/juju-db/common/shared-secret";
  if (gathering.exists(in_snap)) return in_snap;
  throw Error(ErrorCode::not_found, "no shared-secret: neither " + gathering.disk_path(in_data) + " nor " + gathering.disk_path(in_snap));
}

void take_logs_of_1_x(Gathering& gathering, const ControllerPlace& place) {
  gathering.take_matching("etc/rsyslog.d", "*juju.conf");
  std::vector<std::string> ids = {place.machine_id};
  if (place.machine_id.empty()) ids = machine::machine_ids(place);
  std::vector<std::string> logs = {"var/log/juju/all-machines.log"};
  for (const std::string& id : ids) logs.push_back("var/log/juju/" + machine::agent_name(id) + ".log");
  for (const std::string& log : logs) {
    if (gathering.exists(log)) gathering.take(log, false);
  }
}

}  // namespace

std::vector<InputFile> find_controller_files(const ControllerPlace& place, const JujuVersion& version, std::vector<std::string>& warnings,
                                             Job* job) {
  Gathering gathering(place, warnings, job);
  const std::string& data = gathering.data();
  const bool is_1_x = version.major < 2;

  gathering.take(data + "/tools", true);
  gathering.take(data + "/system-identity", true);
  gathering.take(data + "/server.pem", true);
  gathering.take(shared_secret(gathering, version), true);
  gathering.take_matching(data + "/agents", "machine-*");
  if (!is_1_x) {
    gathering.take_matching(data + "/init", "*");
  } else if (gathering.exists(data + "/init")) {
    gathering.take(data + "/init", false);
  }
  gathering.take(data + "/nonce.txt", false);
  // Before 2.9.51 Juju failed when the directory was there without the file. Nothing is lost by going on.
  gathering.take("home/ubuntu/.ssh/authorized_keys", false);
  if (is_1_x) take_logs_of_1_x(gathering, place);
  return gathering.finish();
}

}  // namespace jujubackup
