// Backups and targets for restores: archives of every format made from the small controller, and views that answer as told.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <jujubackup/archive_writer.hpp>
#include <jujubackup/machine.hpp>
#include <jujubackup/restore.hpp>

#include "../machine/controller_root.hpp"

namespace test {

inline std::vector<std::byte> archive_of(const std::string& root, const std::string& instance_id = "i-0a1b2c3d4e5f60718",
                                         std::int64_t ha_nodes = 3) {
  jujubackup::CreateOptions options;
  options.place.root = root;
  options.dump_dir = data_path("dump");
  options.check_space = false;
  options.instance_id = instance_id;
  options.ha_nodes = ha_nodes;
  options.started = jujubackup::Timestamp::parse_rfc3339("2026-05-01T10:00:00.5Z");
  const jujubackup::CreatePlan plan = jujubackup::plan_create(options);
  jujubackup::MemorySink sink(std::size_t{16} << 20);
  jujubackup::write_archive(plan.input(), sink);
  return sink.bytes();
}

inline jujubackup::BackupFacts facts_of(std::span<const std::byte> bytes) {
  jujubackup::Archive archive = jujubackup::Archive::open(jujubackup::source_of_memory(bytes, "backup.tar.gz"));
  return jujubackup::read_backup_facts(archive);
}

// The backup of that version of Juju, and the machine that it was made on as the target. What depends on the machine that the tests run
// on is replaced.
struct Sides {
  jujubackup::BackupFacts backup;
  jujubackup::TargetFacts target;
};

inline jujubackup::ReplicaMember member(const std::string& address, const std::string& state, const std::string& id, bool self = false) {
  return {address, state, id, true, self};
}

// The controller of test/data/dump, with three nodes, healthy, asked on the primary.
inline jujubackup::DatabaseFacts database_facts(const std::string& version) {
  jujubackup::DatabaseFacts facts;
  facts.mongo_version = "4.4.30";
  facts.replica_set = "juju";
  facts.members = {member("10.9.8.7:37017", "PRIMARY", "0", true), member("10.9.8.8:37017", "SECONDARY", "1"),
                   member("10.9.8.9:37017", "SECONDARY", "2")};
  facts.has_juju = true;
  facts.controller_uuid = controller_uuid;
  facts.controller_model_uuid = model_uuid;
  facts.cloud = "lxd";
  facts.cloud_credential = "lxd#admin#default";
  facts.version = jujubackup::JujuVersion::parse(version);
  facts.models = {{model_uuid, "controller", "admin", "lxd", "iaas"}};
  for (const char* id : {"0", "1", "2"}) facts.controller_machines.push_back({id, model_uuid, "jammy", "ubuntu@22.04"});
  facts.controller_hosts = {{"0", "10.9.8.7", false}, {"1", "10.9.8.8", false}, {"2", "10.9.8.9", false}};
  facts.namespaces = {"blobstore.blobstore.files", "juju.controllers", "juju.machines", "juju.models",
                      "juju.statuseshistory",      "juju.younger"};
  return facts;
}

inline Sides sides_of(const std::string& version, std::int64_t ha_nodes = 3) {
  const Scratch scratch;
  ControllerRoot root;
  root.version = version;
  make_controller_root(scratch.path(), root);
  Sides sides;
  sides.backup = facts_of(archive_of(scratch.path(), "i-0a1b2c3d4e5f60718", ha_nodes));
  // What depends on the writer's library versions would make goldens change.
  sides.backup.verification.size_bytes = 4 << 20;
  jujubackup::RestoreOptions options;
  options.place.root = scratch.path();
  sides.target = jujubackup::read_target_facts(options, nullptr);
  sides.target.root = "/";
  sides.target.is_root = true;
  sides.target.services = {"juju-db", "jujud-machine-0"};
  sides.target.mongorestore = "/usr/bin/mongorestore";
  sides.target.mongodump = "/usr/bin/mongodump";
  sides.target.staging_free_bytes = sides.target.data_free_bytes = std::uint64_t{1} << 40;
  sides.target.staging_dir = "/tmp";
  sides.target.same_volume = false;
  sides.target.database = database_facts(version);
  sides.target.database_problem.clear();
  return sides;
}

// A single controller instead of three.
inline void make_single(Sides& sides) {
  sides.backup.ha_nodes = 1;
  sides.backup.controllers.resize(1);
  auto& database = *sides.target.database;
  database.members.resize(1);
  database.controller_machines.resize(1);
  database.controller_hosts.resize(1);
}

// Bootstrapped to be restored on: other UUIDs, another address, no models.
inline void make_fresh(Sides& sides) {
  sides.target.api_addresses = {"10.20.30.40:17070"};
  sides.target.model_uuid = "99999999-aaaa-4bbb-8ccc-dddddddddddd";
  auto& database = *sides.target.database;
  database.members = {member("10.20.30.40:37017", "PRIMARY", "0", true)};
  database.controller_machines.resize(1);
  database.controller_hosts = {{"0", "10.20.30.40", false}};
  database.controller_model_uuid = sides.target.model_uuid;
  database.models = {{database.controller_model_uuid, "controller", "admin", "lxd", "iaas"},
                     {"88888888", "default", "admin", "lxd", "iaas"}};
  database.instance_id = "i-0fresh";
}

class ToldHosts final : public jujubackup::HostsView {
 public:
  explicit ToldHosts(std::map<std::string, std::string> problems = {}) : problems_(std::move(problems)) {}
  void reach(const jujubackup::ControllerHost& host, jujubackup::Job*) override {
    asked.push_back(host.machine_id);
    const auto problem = problems_.find(host.machine_id);
    if (problem != problems_.end()) throw jujubackup::Error(jujubackup::ErrorCode::program, problem->second);
  }
  std::vector<std::string> asked;

 private:
  std::map<std::string, std::string> problems_;
};

class ToldDatabase final : public jujubackup::DatabaseView {
 public:
  explicit ToldDatabase(std::optional<jujubackup::DatabaseFacts> facts) : facts_(std::move(facts)) {}
  jujubackup::DatabaseFacts facts(jujubackup::Job*) override {
    if (!facts_) throw jujubackup::Error(jujubackup::ErrorCode::io, "connection refused");
    return *facts_;
  }

 private:
  std::optional<jujubackup::DatabaseFacts> facts_;
};

}  // namespace test
