// A controller machine in a folder, with the embedded controller that backs it up and restores it.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include <jujubackup/controller_restore.hpp>
#include <jujubackup/server.hpp>

#include "../machine/controller_root.hpp"
#include "base/json.hpp"
#include "test_support.hpp"

namespace test {

using jujubackup::ConnectOptions;
using jujubackup::Controller;
using jujubackup::ControllerRestoreOptions;
using jujubackup::ControllerRestoreResult;
using jujubackup::Job;
using jujubackup::JujuVersion;
using jujubackup::RemoteCreateOptions;
using jujubackup::Server;
using jujubackup::ServerOptions;

// Every file, directory and link with its owner, mode and content.
inline std::map<std::string, std::string> tree_of(const std::string& directory) {
  std::map<std::string, std::string> tree;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    struct stat status = {};
    REQUIRE(::lstat(entry.path().c_str(), &status) == 0);
    std::string what = std::to_string(status.st_mode) + ' ' + std::to_string(status.st_uid) + ':' + std::to_string(status.st_gid) + ' ';
    if (entry.is_symlink())
      what += std::filesystem::read_symlink(entry.path()).string();
    else if (entry.is_regular_file())
      what += read_file(entry.path().string());
    tree.emplace(std::filesystem::relative(entry.path(), directory).string(), what);
  }
  return tree;
}

// What is in one and not the same in the other.
inline std::string difference(const std::map<std::string, std::string>& was, const std::map<std::string, std::string>& is) {
  std::string text;
  for (const auto& [path, what] : was) {
    const auto found = is.find(path);
    if (found == is.end())
      text += "gone: " + path + "\n";
    else if (found->second != what)
      text += "changed: " + path + "\n";
  }
  for (const auto& [path, what] : is) {
    if (was.find(path) == was.end()) text += "new: " + path + "\n";
  }
  return text;
}

struct Machine {
  std::map<std::string, std::string> files, database;
};

class World {
 public:
  explicit World(const std::string& version, const std::function<void(ServerOptions&)>& change = {}) {
    ControllerRoot root;
    root.version = version;
    make_controller_root(scratch / "root", root);
    ::chmod((scratch / "root/var/lib/juju/nonce.txt").c_str(), 0640);
    if (::geteuid() == 0) REQUIRE(::chown((scratch / "root/var/lib/juju/nonce.txt").c_str(), 1000, 1001) == 0);
    std::filesystem::copy(data_path("dump"), scratch / "database", std::filesystem::copy_options::recursive);
    // As the folder's database itself makes them.
    for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch / "database")) {
      REQUIRE(::chmod(entry.path().c_str(), entry.is_directory() ? 0700 : 0600) == 0);
    }
    options.address = "127.0.0.1:0";
    options.state_dir = scratch / "state";
    options.version = JujuVersion::parse(version);
    options.users = {{"admin", "secret", true}, {"bob", "other", false}};
    options.create.emplace();
    options.create->place.root = scratch / "root";
    options.create->dump_dir = scratch / "database";
    options.create->check_space = false;
    options.restore.emplace();
    options.restore->options.place.root = scratch / "root";
    options.restore->options.staging_dir = scratch.path();
    options.restore->database = [this] { return jujubackup::folder_database(scratch / "database"); };
    options.log = [this](std::string_view line) {
      const std::lock_guard lock(mutex_);
      log_ += std::string(line) + "\n";
    };
    if (change) change(options);
    start();
  }

  void start() { server.emplace(Server::start(options)); }
  void stop() { server.reset(); }

  ConnectOptions connect_as(const char* user = "admin", const char* password = "secret") const {
    ConnectOptions connect;
    connect.endpoints = {server->address()};
    connect.ca_cert = server->ca_cert();
    connect.model_uuid = server->model_uuid();
    connect.user = user;
    connect.password = password;
    return connect;
  }
  Controller connected() const { return Controller::connect(connect_as()); }

  std::string make_backup() const {
    RemoteCreateOptions create;
    create.download = false;
    return connected().create(create).metadata.id;
  }
  std::string archive_of(const std::string& id) const { return scratch / ("state/store/juju-backup-" + id + ".tar.gz"); }

  ControllerRestoreResult restore(const ControllerRestoreOptions& what, Job* job = nullptr) const {
    return jujubackup::restore_controller(connect_as(), quick(what), job);
  }
  static ControllerRestoreOptions quick(ControllerRestoreOptions options) {
    options.dial_every = options.busy_every = std::chrono::milliseconds(10);
    options.dial_for = std::chrono::seconds(60);
    return options;
  }
  static ControllerRestoreOptions by_id(const std::string& id) {
    ControllerRestoreOptions options;
    options.backup_id = id;
    return options;
  }

  std::string status() const {
    const std::string path = scratch / "state/restore.json";
    if (!std::filesystem::exists(path)) return "";
    return *jujubackup::parse_json(read_file(path)).find("status")->string();
  }

  // Of the database what a restore brings back: users of mongod and backups are its own, and the oplog is no collection.
  Machine machine() const {
    Machine machine{tree_of(scratch / "root"), tree_of(scratch / "database")};
    std::erase_if(machine.database, [](const auto& entry) {
      return entry.first.starts_with("admin") || entry.first.starts_with("backups") || entry.first == "oplog.bson";
    });
    return machine;
  }
  void destroy() const {
    std::filesystem::remove_all(scratch / "root/var");
    std::filesystem::remove_all(scratch / "root/home");
    std::filesystem::remove_all(scratch / "database");
  }

  std::string log() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  std::size_t logged(const std::string& text) const {
    const std::string all = log();
    std::size_t count = 0;
    for (std::size_t at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++count;
    return count;
  }

  Scratch scratch;
  ServerOptions options;

 private:
  mutable std::mutex mutex_;
  std::string log_;

 public:
  std::optional<Server> server;  // last: writes to the log as long as it lives
};

inline void check_same(const Machine& was, const Machine& is) {
  CHECK(difference(was.files, is.files) == "");
  CHECK(difference(was.database, is.database) == "");
}

}  // namespace test
