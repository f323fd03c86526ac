// The controller machine's side of ha_rehearsal_test.py: a restore in HA, with hosts over a real ssh and services through systemctl.
//
// The database is a folder, which is what can be had without mongod. It does not know that it has three members: that is told here, in what
// it says to the checks and of its health.
//
//   rehearsal-tool make ROOT ARCHIVE                      a controller machine's files, and a backup of it and of test/data/dump
//   rehearsal-tool check|run|undo KEY=VALUE...            root, archive, database, members ("0@10.73.0.1,1@..."), identity, known-hosts,
//                                                         wait (of run: before that step, "NAME TARGET", it waits for a line)
#include <cstdlib>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <jujubackup/database.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/hosts.hpp>
#include <jujubackup/restore.hpp>
#include <jujubackup/restore_run.hpp>

#include "restore/restore_support.hpp"

namespace {

using namespace jujubackup;

std::string with_mongo_port(const std::string& address) {
  return (address.find(':') == std::string::npos ? address : "[" + address + "]") + ":37017";
}

struct Member {
  std::string id, address;
};

class HealthOfThree final : public DatabaseSession {
 public:
  HealthOfThree(std::unique_ptr<DatabaseSession> folder, const std::vector<Member>& members)
      : folder_(std::move(folder)), members_(members) {}
  std::string run(std::string_view database, std::string_view command, Job* job) override {
    if (command.find("replSetGetStatus") == std::string_view::npos) return folder_->run(database, command, job);
    std::string list;
    for (const Member& member : members_) {
      const bool primary = list.empty();
      list += (primary ? "" : ",") + (R"({"_id":)" + member.id + R"(,"name":")" + with_mongo_port(member.address)) +
              R"(","health":1,"stateStr":")" + (primary ? "PRIMARY" : "SECONDARY") + R"("})";
    }
    return R"({"set":"juju","members":[)" + list + R"(],"ok":1})";
  }

 private:
  std::unique_ptr<DatabaseSession> folder_;
  const std::vector<Member>& members_;
};

class DatabaseOfThree final : public Database {
 public:
  DatabaseOfThree(const std::string& folder, std::vector<Member> members)
      : folder_(folder_database(folder)), members_(std::move(members)) {}

  DatabaseFacts facts(Job* job) override {
    DatabaseFacts facts = folder_->facts(job);
    facts.mongo_version = "4.4.30";
    facts.replica_set = "juju";
    facts.version = JujuVersion::parse("2.9.50");
    facts.members.clear();
    facts.controller_hosts.clear();
    facts.controller_machines.clear();
    for (const Member& member : members_) {
      const bool primary = facts.members.empty();
      facts.members.push_back({with_mongo_port(member.address), primary ? "PRIMARY" : "SECONDARY", member.id, true, primary});
      facts.controller_hosts.push_back({member.id, member.address, false});
      facts.controller_machines.push_back({member.id, facts.controller_model_uuid, "jammy", "ubuntu@22.04"});
    }
    return facts;
  }
  std::unique_ptr<DatabaseSession> open(const DatabaseLogin& login, Job* job) override {
    return std::make_unique<HealthOfThree>(folder_->open(login, job), members_);
  }
  void dump(const MongoToolCall& call, Job* job) override { folder_->dump(call, job); }
  void restore(const MongoToolCall& call, Job* job) override { folder_->restore(call, job); }

 private:
  std::unique_ptr<Database> folder_;
  std::vector<Member> members_;
};

std::vector<Member> members_in(const std::string& text) {
  std::vector<Member> members;
  std::istringstream in(text);
  for (std::string each; std::getline(in, each, ',');) members.push_back({each.substr(0, each.find('@')), each.substr(each.find('@') + 1)});
  return members;
}

class Rehearsal {
 public:
  explicit Rehearsal(std::map<std::string, std::string> words)
      : words_(std::move(words)), database_(words_.at("database"), members_in(words_.at("members"))) {
    SshOptions ssh;
    ssh.identity_path = words_.at("identity");
    ssh.known_hosts_path = words_.at("known-hosts");
    ssh.connect_timeout = std::chrono::seconds(5);
    hosts_ = ssh_hosts(ssh);
    services_ = systemd_services(*hosts_);
    tools_ = {&database_, services_.get(), hosts_.get()};
  }

  int check() {
    const RestorePlan plan = plan_of();
    std::cout << checks_to_text(plan);
    return plan.blocked() ? 1 : 0;
  }

  int run() {
    Archive archive = Archive::open(words_.at("archive"));
    const RestorePlan plan = plan_of();
    std::cout << checks_to_text(plan) << std::flush;
    return ended(run_restore(plan, archive, tools_, options()));
  }

  int undo() { return ended(undo_restore({words_.at("root"), ""}, tools_, options())); }

 private:
  RestorePlan plan_of() {
    Archive archive = Archive::open(words_.at("archive"));
    RestoreOptions options;
    options.place.root = words_.at("root");
    options.kind = RestoreKind::database_only;
    options.mongorestore = "/bin/true";  // the folder does without
    return plan_restore(archive, options, {&database_, hosts_.get()});
  }

  RunOptions options() {
    RunOptions options;
    options.on_event = [this](const RestoreEvent& event) {
      if (event.step == nullptr) return;
      const std::string step = event.step->step.name + " " + event.step->step.target;
      if (event.kind == RestoreEvent::Kind::undo_begins) std::cout << "undo " << step << std::endl;
      if (event.kind != RestoreEvent::Kind::step_begins) return;
      std::cout << "step " << step << std::endl;
      const auto wait = words_.find("wait");
      if (wait == words_.end() || wait->second != step) return;
      std::cout << "waiting" << std::endl;
      std::string line;
      std::getline(std::cin, line);
    };
    return options;
  }

  static int ended(const RestoreReport& report) {
    std::cout << to_text(report) << "state " << name_of(report.state) << "\n";
    return report.ok() ? 0 : 1;
  }

  std::map<std::string, std::string> words_;
  DatabaseOfThree database_;
  std::unique_ptr<Hosts> hosts_;
  std::unique_ptr<Services> services_;
  RestoreTools tools_;
};

int make(const std::string& root, const std::string& archive) {
  test::make_controller_root(root);
  const std::vector<std::byte> bytes = test::archive_of(root);
  test::write_file(archive, test::text_of(bytes));
  return 0;
}

int run(const std::vector<std::string>& words) {
  const std::string verb = words.empty() ? "" : words[0];
  if (verb == "make" && words.size() == 3) return make(words[1], words[2]);
  std::map<std::string, std::string> values;
  for (std::size_t i = 1; i < words.size(); ++i) values[words[i].substr(0, words[i].find('='))] = words[i].substr(words[i].find('=') + 1);
  Rehearsal rehearsal(values);
  if (verb == "check") return rehearsal.check();
  if (verb == "run") return rehearsal.run();
  if (verb == "undo") return rehearsal.undo();
  throw Error(ErrorCode::invalid_argument, "unknown verb " + verb);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "rehearsal-tool: " << error.what() << "\n";
    return 3;
  }
}
