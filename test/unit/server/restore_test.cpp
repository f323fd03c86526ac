// Restores over the API: the embedded controller at one end, the library's own client at the other.
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <jujubackup/store.hpp>

#include "restore_world.hpp"
#include "server/restore_status.hpp"

using namespace jujubackup;
using test::check_same;
using test::error_of;
using test::Machine;
using test::Scratch;
using test::World;

namespace {

std::string text_of(const std::optional<Error>& error) { return error ? error->what() : "no error"; }

const std::string limited = "juju restore is in progress - functionality is limited to avoid data loss";
const std::string disabled = "juju restore is in progress - API is disabled to prevent data loss";

// A door that a thread of the server waits at.
class Gate {
 public:
  void pass(const std::function<bool()>& given_up = nullptr) {
    std::unique_lock lock(mutex_);
    arrived_ = true;
    changed_.notify_all();
    while (!open_ && !(given_up && given_up())) changed_.wait_for(lock, std::chrono::milliseconds(5));
  }
  void wait_for_arrival() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::minutes(2), [this] { return arrived_; })) throw std::runtime_error("nobody came to the gate");
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool arrived_ = false, open_ = false;
};

// A database whose restore does something first.
class Troubled final : public Database {
 public:
  Troubled(std::unique_ptr<Database> database, std::function<void(Job*)> first)
      : database_(std::move(database)), first_(std::move(first)) {}
  DatabaseFacts facts(Job* job) override { return database_->facts(job); }
  bool needs_tools() const noexcept override { return database_->needs_tools(); }
  std::unique_ptr<DatabaseSession> open(const DatabaseLogin& login, Job* job) override { return database_->open(login, job); }
  void dump(const MongoToolCall& call, Job* job) override { database_->dump(call, job); }
  void restore(const MongoToolCall& call, Job* job) override {
    first_(job);
    database_->restore(call, job);
  }

 private:
  std::unique_ptr<Database> database_;
  std::function<void(Job*)> first_;
};

// With a database that does `first` before it restores.
std::function<void(ServerOptions&)> troubled(std::function<void(Job*)> first) {
  return [first = std::move(first)](ServerOptions& options) {
    options.restore->database = [own = options.restore->database, first] { return std::make_unique<Troubled>(own(), first); };
  };
}

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

TEST_CASE("the steps that a restore may take, and those that it may not") {
  using S = RestoreStatus;
  constexpr S all[] = {S::none, S::pending, S::restoring, S::restored, S::checked, S::failed};
  // From each of these, in the order of `all`, to PENDING, RESTORING, RESTORED, CHECKED, FAILED.
  const char* const allowed[] = {"y.y..", "yyy.y", "..y.y", "...yy", "y.y..", "y...y"};
  for (std::size_t from = 0; from < std::size(all); ++from) {
    for (std::size_t to = 1; to < std::size(all); ++to) {
      const Scratch scratch;
      const std::string was(name_of(all[from])), is(name_of(all[to]));
      if (all[from] != S::none) test::write_file(scratch / "restore.json", "{\"status\":\"" + was + "\"}");
      RestoreRecord record(scratch.path());
      CHECK(record.get() == all[from]);
      const auto error = error_of([&] { record.set(all[to]); });
      CAPTURE(was);
      CAPTURE(is);
      const bool good = allowed[from][to - 1] == 'y';
      CHECK(text_of(error) == (good ? "no error" : "setting status \"" + is + "\": invalid restore transition: " + was + " => " + is));
      CHECK(RestoreRecord(scratch.path()).get() == (good ? all[to] : all[from]));
    }
  }
  const Scratch scratch;
  for (const char* text : {"{\"status\":\"READY\"}", "{}", "{\"status\":1}", "nothing", ""}) {
    test::write_file(scratch / "restore.json", text);
    const auto error = error_of([&] { RestoreRecord{scratch.path()}; });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::corrupt);
  }
}

TEST_CASE("what a connection may do whose login found a restore") {
  const auto refusal = [](RestoreStatus status, const std::string& call, const char* version = "2.9.21") {
    RpcRequest request;
    request.type = call.substr(0, call.find('.'));
    request.request = call.substr(call.find('.') + 1);
    const auto error = error_of([&] { require_allowed(status, request, Generation(JujuVersion::parse(version))); });
    return error ? std::string(error->what()) : "";
  };
  for (const char* call : {"Client.FullStatus", "Client.ModelGet", "Client.PrivateAddress", "Client.PublicAddress", "Client.WatchDebugLog",
                           "Backups.Restore", "Backups.FinishRestore", "Pinger.Ping"}) {
    CHECK(refusal(RestoreStatus::pending, call) == "");
    CHECK(refusal(RestoreStatus::restoring, call) == disabled);
  }
  for (const char* call : {"Backups.PrepareRestore", "Backups.Create", "Backups.List", "Backups.Info", "Backups.Remove",
                           "ModelManager.ListModels", "Client.Status", "Nothing.Known"}) {
    CHECK(refusal(RestoreStatus::pending, call) == limited);
    CHECK(refusal(RestoreStatus::restoring, call) == disabled);
    for (const RestoreStatus free : {RestoreStatus::none, RestoreStatus::restored, RestoreStatus::checked, RestoreStatus::failed}) {
      CHECK(refusal(free, call) == "");
    }
  }
  CHECK(refusal(RestoreStatus::pending, "Bundle.GetChanges") == "");
  CHECK(refusal(RestoreStatus::pending, "Bundle.GetChanges", "2.7.8") == limited);
}

TEST_CASE("while a restore is awaited") {
  for (const char* version : {"2.0.0", "2.9.21"}) {
    INFO(version);
    const World world(version);
    const std::string id = world.make_backup();
    const std::string kept = test::read_file(world.archive_of(id));
    const Machine was = world.machine();
    Controller before = world.connected();
    {
      Controller bob = Controller::connect(world.connect_as("bob", "other"));
      CHECK(text_of(error_of([&] { bob.prepare_restore(); })) == "permission denied (unauthorized access)");
      CHECK(text_of(error_of([&] { bob.restore(id); })) == "permission denied (unauthorized access)");
      CHECK(text_of(error_of([&] { bob.finish_restore(); })) == "permission denied (unauthorized access)");
      CHECK(world.status() == "");
      const auto refused = error_of([&] { restore_controller(world.connect_as("bob", "other"), World::by_id(id)); });
      CHECK(text_of(refused).find("only a superuser of the controller can restore it") == 0);
    }
    CHECK(text_of(error_of([&] { before.restore(id); })) ==
          "cannot set the server to \"RESTORING\" mode: setting status \"RESTORING\": invalid restore transition: NOT-RESTORING => "
          "RESTORING");
    before.prepare_restore();
    CHECK(world.status() == "PENDING");
    // Who was there before may do what they like.
    CHECK(before.list().size() == 1);
    before.prepare_restore();

    Controller after = world.connected();
    CHECK(text_of(error_of([&] { after.list(); })) == limited);
    CHECK(text_of(error_of([&] { after.prepare_restore(); })) == limited);
    CHECK(after.active_controllers() == 1);
    const auto stranger = error_of([&] { Controller::connect(world.connect_as("admin", "wrong")); });
    REQUIRE(stranger);
    CHECK(stranger->code() == ErrorCode::busy);
    CHECK(text_of(stranger).find("login failed - maintenance in progress") != std::string::npos);
    const auto second = error_of([&] { world.restore(World::by_id(id)); });
    REQUIRE(second);
    CHECK(second->code() == ErrorCode::busy);
    CHECK(text_of(second).find(limited) != std::string::npos);
    CHECK(world.status() == "PENDING");
    // An archive may come.
    CHECK(before.remove(std::vector<std::string>{id}).front().error.empty());
    Archive archive = Archive::open(source_of_memory(test::bytes_of(kept), "backup.tar.gz"));
    const auto source = source_of_memory(test::bytes_of(kept), "backup.tar.gz");
    CHECK(after.upload(*source, archive.metadata_with_file_facts(true)) == id);

    CHECK(finish_controller_restore(world.connect_as()) == ControllerRestoreEnd::released);
    CHECK(world.status() == "FAILED");
    CHECK(world.logged(std::string(version) == "2.0.0" ? "Restore did not finish succesfuly" : "Restore did not finish successfully") == 1);
    CHECK(world.connected().list().size() == 1);
    CHECK(text_of(error_of([&] { Controller::connect(world.connect_as("admin", "wrong")); })).find("invalid entity name") !=
          std::string::npos);
    check_same(was, world.machine());
    world.restore(World::by_id(id));
    CHECK(finish_controller_restore(world.connect_as()) == ControllerRestoreEnd::nothing);
  }
}

TEST_CASE("while it restores, nobody may do anything, and a second restore is refused") {
  Gate gate;
  const World world("2.9.21", troubled([&](Job*) { gate.pass(); }));
  const std::string id = world.make_backup();
  const Machine was = world.machine();
  world.destroy();
  Controller before = world.connected();
  std::optional<Error> failure;
  std::thread client([&] { failure = error_of([&] { world.restore(World::by_id(id)); }); });
  gate.wait_for_arrival();
  CHECK(world.status() == "RESTORING");
  {
    Controller after = world.connected();
    CHECK(text_of(error_of([&] { after.list(); })) == disabled);
    CHECK(text_of(error_of([&] { after.finish_restore(); })) == disabled);
    CHECK(text_of(error_of([&] { after.restore(id); })) == disabled);
  }
  CHECK(text_of(error_of([&] { before.prepare_restore(); })) ==
        "setting status \"PENDING\": invalid restore transition: RESTORING => PENDING");
  CHECK(text_of(error_of([&] { before.restore(id); })) ==
        "cannot set the server to \"RESTORING\" mode: setting status \"RESTORING\": invalid restore transition: RESTORING => RESTORING");
  const auto stranger = error_of([&] { Controller::connect(world.connect_as("admin", "wrong")); });
  CHECK(text_of(stranger).find("login failed - maintenance in progress") != std::string::npos);
  gate.open();
  client.join();
  CHECK(text_of(failure) == "no error");
  // Everybody was cut off.
  CHECK(error_of([&] { before.list(); }));
  CHECK(world.connected().list().size() == 1);
  check_same(was, world.machine());
}

TEST_CASE("a restore that fails leaves all as it was") {
  SUBCASE("there is no such backup") {
    const World world("2.9.21");
    Controller controller = world.connected();
    controller.prepare_restore();
    CHECK(text_of(error_of([&] { controller.restore("20161013-091500.1be318f6-9460-4fe1-8eb4-b1df2db23b53"); })) ==
          "restore failed: could not fetch backup \"20161013-091500.1be318f6-9460-4fe1-8eb4-b1df2db23b53\": backup metadata "
          "\"20161013-091500.1be318f6-9460-4fe1-8eb4-b1df2db23b53\" not found");
    CHECK(world.status() == "FAILED");
    controller.prepare_restore();
    CHECK(text_of(error_of([&] { controller.restore("../x"); })).find("restore failed: could not fetch backup \"../x\": ") == 0);
    CHECK(world.connected().list().empty());
  }
  SUBCASE("the plan is blocked") {
    const World world("2.9.21", [](ServerOptions& options) { options.restore->options.kind = RestoreKind::database_only; });
    const std::string id = world.make_backup();
    world.destroy();
    const auto error = error_of([&] { world.restore(World::by_id(id)); });
    CHECK(text_of(error).find("cannot perform restore: restore failed: the restore is blocked: ") == 0);
    CHECK(text_of(error).find("agent-conf: ") != std::string::npos);
    CHECK(world.status() == "FAILED");
    CHECK_FALSE(std::filesystem::exists(world.scratch / "root/var"));
  }
  SUBCASE("a step fails, and the others are undone") {
    int calls = 0;  // the second one undoes the first
    const World world("2.9.21", troubled([&calls](Job*) {
                        if (++calls == 1) throw Error(ErrorCode::program, "the disk of the database is on fire");
                      }));
    const std::string id = world.make_backup();
    test::write_file(world.scratch / "root/var/lib/juju/nonce.txt", "other");
    const Machine was = world.machine();
    const auto error = error_of([&] { world.restore(World::by_id(id)); });
    CHECK(text_of(error).find("cannot perform restore: restore failed: restore-database: ") == 0);
    CHECK(text_of(error).find("the disk of the database is on fire") != std::string::npos);
    CHECK(text_of(error).find("everything is as it was before") != std::string::npos);
    CHECK(world.status() == "FAILED");
    CHECK(calls == 2);
    // What the tools said stays, since it tells why.
    Machine is = world.machine();
    std::erase_if(is.files, [](const auto& entry) { return entry.first.starts_with("var/lib/juju/restore"); });
    check_same(was, is);
    CHECK(world.connected().list().size() == 1);
  }
  SUBCASE("the server is stopped meanwhile") {
    Gate gate;
    World world("2.9.21", troubled([&](Job* job) {
                  gate.pass([job] { return job->cancelled(); });
                  job_check(job);
                }));
    const std::string id = world.make_backup();
    world.destroy();
    ControllerRestoreOptions options = World::by_id(id);
    options.dial_every = options.dial_for = std::chrono::milliseconds(20);
    const ConnectOptions connect = world.connect_as();
    std::optional<Error> failure;
    std::thread client([&] { failure = error_of([&] { restore_controller(connect, options); }); });
    gate.wait_for_arrival();
    world.server->stop(std::chrono::milliseconds(0));
    client.join();
    CHECK(text_of(failure).find("could not finish restore process: the controller did not come back") == 0);
    CHECK(world.status() == "FAILED");
    CHECK_FALSE(std::filesystem::exists(world.scratch / "root/var/lib/juju/agents"));
    CHECK_FALSE(std::filesystem::exists(world.scratch / "root/home/ubuntu/.ssh/authorized_keys"));
    gate.open();
    world.stop();
    world.start();
    CHECK(finish_controller_restore(world.connect_as()) == ControllerRestoreEnd::released);
  }
}

TEST_CASE("a server that finds a restore begun by one before it") {
  World world("2.9.21");
  const std::string id = world.make_backup();
  const Machine was = world.machine();
  for (const char* status : {"PENDING", "RESTORING", "FAILED", "RESTORED", "CHECKED"}) {
    INFO(status);
    world.stop();
    test::write_file(world.scratch / "state/restore.json", std::string("{\"status\":\"") + status + "\"}");
    world.start();
    const std::string now = world.status();
    const bool ended = std::string(status) == "RESTORED" || std::string(status) == "CHECKED";
    CHECK(now == (ended ? status : "FAILED"));
    CHECK(world.connected().list().size() == 1);
    check_same(was, world.machine());
  }
  // It is the same controller, also when the machine's files are lost.
  const std::string model = world.server->model_uuid();
  world.stop();
  world.destroy();
  world.start();
  CHECK(world.server->model_uuid() == model);
  world.restore(World::by_id(id));
  check_same(was, world.machine());
  world.stop();
  test::write_file(world.scratch / "state/restore.json", "{\"status\":\"READY\"}");
  const auto error = error_of([&] { world.start(); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::corrupt);
}

TEST_CASE("a server whose own files a restore would replace does not start") {
  const auto refusal = [](const std::function<void(World&, ServerOptions&)>& change) {
    World world("2.9.21");
    ServerOptions options = world.options;
    options.log = nullptr;
    change(world, options);
    const auto error = error_of([&] { Server::start(options); });
    return text_of(error);
  };
  const std::string in_it = " lies in what a restore replaces";
  CHECK(refusal([](World& world, ServerOptions& options) { options.state_dir = world.scratch / "root/var/lib/juju/state"; }).find(in_it) !=
        std::string::npos);
  CHECK(refusal([](World& world, ServerOptions& options) {
          options.store_url = "file:" + (world.scratch / "root/etc/../var/lib/juju/backups");
        }).find(in_it) != std::string::npos);
  CHECK(refusal([](World& world, ServerOptions& options) { options.backup_dir = world.scratch / "root/var/lib/juju"; }).find(in_it) !=
        std::string::npos);
  CHECK(refusal([](World&, ServerOptions& options) { options.restore->database = nullptr; }).find("where its database is") !=
        std::string::npos);
}
