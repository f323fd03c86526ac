// Restores over the API: the embedded controller at one end, the library's own client at the other.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include <jujubackup/controller_restore.hpp>
#include <jujubackup/server.hpp>
#include <jujubackup/store.hpp>

#include "../machine/controller_root.hpp"
#include "base/json.hpp"
#include "io/walk.hpp"
#include "test_support.hpp"

using namespace jujubackup;
using test::error_of;
using test::Scratch;

namespace {

// Every file, directory and link with its owner, mode and content.
std::map<std::string, std::string> tree_of(const std::string& directory) {
  std::map<std::string, std::string> tree;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    struct stat status = {};
    REQUIRE(::lstat(entry.path().c_str(), &status) == 0);
    std::string what = std::to_string(status.st_mode) + ' ' + std::to_string(status.st_uid) + ':' + std::to_string(status.st_gid) + ' ';
    if (entry.is_symlink())
      what += std::filesystem::read_symlink(entry.path()).string();
    else if (entry.is_regular_file())
      what += test::read_file(entry.path().string());
    tree.emplace(std::filesystem::relative(entry.path(), directory).string(), what);
  }
  return tree;
}

// What is in one and not the same in the other.
std::string difference(const std::map<std::string, std::string>& was, const std::map<std::string, std::string>& is) {
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
    test::ControllerRoot root;
    root.version = version;
    test::make_controller_root(scratch / "root", root);
    ::chmod((scratch / "root/var/lib/juju/nonce.txt").c_str(), 0640);
    if (::geteuid() == 0) REQUIRE(::chown((scratch / "root/var/lib/juju/nonce.txt").c_str(), 1000, 1001) == 0);
    std::filesystem::copy(test::data_path("dump"), scratch / "database", std::filesystem::copy_options::recursive);
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
    options.restore->database = [this] { return folder_database(scratch / "database"); };
    options.restore->mongo_tools = false;
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
    return restore_controller(connect_as(), quick(what), job);
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
    return *parse_json(test::read_file(path)).find("status")->string();
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

void check_same(const Machine& was, const Machine& is) {
  CHECK(difference(was.files, is.files) == "");
  CHECK(difference(was.database, is.database) == "");
}

[[maybe_unused]] std::string text_of(const std::optional<Error>& error) { return error ? error->what() : "no error"; }

const std::string limited = "juju restore is in progress - functionality is limited to avoid data loss";
const std::string disabled = "juju restore is in progress - API is disabled to prevent data loss";

}  // namespace

TEST_CASE("a controller whose machine is lost is restored by ID, by file, and by a file that it has") {
  for (const char* version : {"2.0.0", "2.4.7", "2.9.21"}) {
    INFO(version);
    const World world(version);
    const std::string id = world.make_backup();
    const Machine was = world.machine();
    const std::string kept = test::read_file(world.archive_of(id));

    world.destroy();
    const ControllerRestoreResult by_id = world.restore(World::by_id(id));
    CHECK(by_id.backup_id == id);
    CHECK(by_id.connection_lost);
    CHECK_FALSE(by_id.uploaded);
    CHECK(world.status() == "CHECKED");
    check_same(was, world.machine());
    // What is kept is no part of what is restored.
    CHECK(test::read_file(world.archive_of(id)) == kept);

    world.destroy();
    CHECK(world.connected().remove(std::vector<std::string>{id}).front().error.empty());
    const auto source = source_of_memory(test::bytes_of(kept), "backup.tar.gz");
    ControllerRestoreOptions file;
    file.archive = source.get();
    const ControllerRestoreResult by_file = world.restore(file);
    CHECK(by_file.backup_id == id);
    CHECK(by_file.uploaded);
    CHECK_FALSE(by_file.reused);
    check_same(was, world.machine());

    world.destroy();
    const ControllerRestoreResult again = world.restore(file);
    CHECK(again.backup_id == id);
    CHECK(again.reused);
    CHECK_FALSE(again.uploaded);
    CHECK(world.logged("PUT /model") == 1);
    check_same(was, world.machine());
    CHECK(world.connected().list().size() == 1);
  }
}
