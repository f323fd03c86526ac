// A backup made from a database that answers over the wire, and a restore carried out into it; for restore_test.py.
//   restore-tool make ROOT CA_FILE STATE_PORT API_PORT MONGOD_VERSION   a controller machine's files; prints its password
//   restore-tool create ROOT STORE ADDRESS MONGODUMP
//   restore-tool undo-again ROOT ADDRESS                                        prints the report
//   restore-tool restore|undo ROOT ARCHIVE ADDRESS MONGORESTORE KIND STAGING   prints the report; undo: carried out, then undone
#include <iostream>
#include <string>
#include <vector>

#include <jujubackup/error.hpp>
#include <jujubackup/restore_run.hpp>
#include <jujubackup/store.hpp>

#include "../unit/machine/controller_root.hpp"
#include "../unit/restore_run/recording_hosts.hpp"

namespace {

using Words = std::vector<std::string>;

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

int make(const Words& words) {
  test::ControllerRoot root;
  root.version = "3.6.22";  // as the dump in test/data has it
  test::make_controller_root(words.at(0), root);
  for (const char* service : {"jujud-machine-0", "snap.juju-db.daemon"}) {
    test::write_file(words.at(0) + "/etc/systemd/system/" + service + ".service", "[Unit]\n");
  }
  const std::string path = words.at(0) + "/var/lib/juju/agents/machine-0/agent.conf";
  std::string text = test::read_file(path);
  replace_all(text, "cacert: " + test::block_of(test::ca_cert), "cacert: " + test::block_of(test::read_file(words.at(1))));
  replace_all(text, "stateport: 37017", "stateport: " + words.at(2));
  replace_all(text, "apiport: 17070", "apiport: " + words.at(3));
  replace_all(text, "mongoversion: 4.4.30", "mongoversion: " + words.at(4));
  test::write_file(path, text);
  std::cout << test::state_password << "\n";
  return 0;
}

int create(const Words& words) {
  jujubackup::BackupStore store = jujubackup::BackupStore::open(words.at(1));
  jujubackup::CreateOptions options;
  options.place.root = words.at(0);
  options.mongodump.emplace();
  options.mongodump->host = words.at(2);
  options.mongodump->program = words.at(3);
  options.instance_id = "juju-b23b53-0";
  options.check_space = false;
  std::cout << jujubackup::create_backup(store, options).id << "\n";
  return 0;
}

std::unique_ptr<jujubackup::Database> database_at(const std::string& root, const std::string& address) {
  jujubackup::MongoDatabaseOptions options;
  options.place.root = root;
  options.host = address;
  return jujubackup::mongo_database(options);
}

// Its agent and its database run.
test::RecordingServices running_services() {
  test::RecordingServices services;
  services.active = {"jujud-machine-0@here", "snap.juju-db.daemon@here"};
  services.known = {"jujud-machine-0", "snap.juju-db.daemon"};
  return services;
}

int undo_again(const Words& words) {
  const auto database = database_at(words.at(0), words.at(1));
  test::RecordingServices services = running_services();
  const auto hosts = jujubackup::ssh_hosts();
  const jujubackup::RestoreReport report = jujubackup::undo_restore({words.at(0), ""}, {database.get(), &services, hosts.get()});
  std::cout << to_text(report);
  return report.state == jujubackup::RestoreState::undone ? 0 : 1;
}

int restore(const Words& words, bool then_undo) {
  jujubackup::RestoreOptions options;
  options.place.root = words.at(0);
  options.mongo_host = words.at(2);
  options.mongorestore = words.at(3);
  options.kind = jujubackup::restore_kind_named(words.at(4));
  options.staging_dir = words.at(5);
  options.overrides = {"root", "services", "tools"};
  options.update_agents = false;
  const auto database = database_at(words.at(0), words.at(2));
  test::RecordingServices services = running_services();
  const auto hosts = jujubackup::ssh_hosts();

  jujubackup::Archive archive = jujubackup::Archive::open(words.at(1));
  const jujubackup::RestorePlan plan = plan_restore(archive, options, {database.get(), hosts.get()});
  if (plan.blocked()) {
    std::cout << checks_to_text(plan);
    return 2;
  }
  const jujubackup::RestoreTools tools{database.get(), &services, hosts.get()};
  jujubackup::RestoreReport report = run_restore(plan, archive, tools);
  if (then_undo && report.ok()) report = jujubackup::undo_restore({options.place.root, ""}, tools);
  std::cout << to_text(report);
  return report.state == (then_undo ? jujubackup::RestoreState::undone : jujubackup::RestoreState::restored) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const Words words(argv + 1, argv + argc);
  const std::string what = words.empty() ? "" : words.front();
  const Words rest(words.begin() + (words.empty() ? 0 : 1), words.end());
  try {
    if (what == "make") return make(rest);
    if (what == "create") return create(rest);
    if (what == "undo-again") return undo_again(rest);
    return restore(rest, what == "undo");
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 3;
  }
}
