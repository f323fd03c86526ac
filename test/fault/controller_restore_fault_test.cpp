// Controllers that are killed at each point of a restore over their API, and are started again or not.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "restore_world.hpp"

using namespace jujubackup;
using test::check_same;
using test::error_of;
using test::Machine;
using test::World;

namespace {

// An embedded controller in a process of its own. It dies by SIGKILL when its log says `dies_at`.
class Process {
 public:
  Process(ServerOptions options, const std::string& dies_at) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    std::fflush(nullptr);
    child_ = ::fork();
    REQUIRE(child_ >= 0);
    if (child_ == 0) serve(options, dies_at, ends[1]);
    ::close(ends[1]);
    char byte = 0;
    while (::read(ends[0], &byte, 1) == 1) said_ += byte;
    ::close(ends[0]);
    REQUIRE(said_.find('\n') != std::string::npos);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { kill(); }

  void kill() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = 0;
  }
  // Whether it has died by itself.
  bool dead() {
    int status = 0;
    if (child_ > 0 && ::waitpid(child_, &status, WNOHANG) == child_) child_ = 0;
    return child_ == 0;
  }
  void wait_for_death() {
    int status = 0;
    if (child_ > 0) ::waitpid(child_, &status, 0);
    child_ = 0;
  }
  std::string address() const { return said_.substr(0, said_.find('\n')); }
  std::string ca_cert() const { return said_.substr(said_.find('\n') + 1); }

 private:
  [[noreturn]] static void serve(ServerOptions options, const std::string& dies_at, int tell) {
    options.log = [&dies_at](std::string_view line) {
      if (!dies_at.empty() && line.find(dies_at) != std::string_view::npos) ::raise(SIGKILL);
    };
    try {
      const Server server = Server::start(options);
      const std::string text = server.address() + "\n" + server.ca_cert();
      if (::write(tell, text.data(), text.size()) != static_cast<ssize_t>(text.size())) ::_exit(1);
      ::close(tell);
      for (;;) ::pause();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
    }
    ::_exit(1);
  }

  pid_t child_ = 0;
  std::string said_;
};

// Hands out its bytes until it is read for the second time, when half of it is out; then it calls `at_half`.
class Halved final : public Source {
 public:
  Halved(std::string bytes, std::function<void()> at_half) : bytes_(std::move(bytes)), at_half_(std::move(at_half)) {}
  std::size_t read(std::span<std::byte> into) override {
    if (at_ >= bytes_.size() / 2 && verified_ && at_half_) {
      at_half_();
      at_half_ = nullptr;
    }
    const std::size_t step = std::min({into.size(), std::size_t{4096}, bytes_.size() - at_});
    std::copy_n(test::bytes_of(bytes_).data() + at_, step, into.data());
    at_ += step;
    return step;
  }
  void rewind() override {
    if (at_ == bytes_.size()) verified_ = true;
    at_ = 0;
  }
  std::optional<std::uint64_t> size() const override { return bytes_.size(); }
  std::string name() const override { return "backup.tar.gz"; }

 private:
  std::string bytes_;
  std::function<void()> at_half_;
  std::size_t at_ = 0;
  bool verified_ = false;
};

const std::string release = "run \"jujubackup restore-backup --release\"";

// A machine with a backup, whose files and database were changed since, and a controller for it.
class Lab {
 public:
  explicit Lab(const std::string& version) : world(version) {
    id = world.make_backup();
    archive = test::read_file(world.archive_of(id));
    backed_up = world.machine();
    world.stop();
    change();
    damaged = world.machine();
  }

  // Both sides of a restore: a file that differs, one that is gone, one that is new, a collection that is gone.
  void change() const {
    test::write_file(world.scratch / "root/var/lib/juju/nonce.txt", "damaged");
    std::filesystem::remove_all(world.scratch / "root/var/lib/juju/tools");
    test::write_file(world.scratch / "root/var/lib/juju/init/jujud-machine-9/new", "new");
    std::filesystem::remove(world.scratch / "database/juju/users.bson");
    std::filesystem::remove(world.scratch / "database/juju/users.metadata.json");
  }

  Process started(const std::string& dies_at) {
    ServerOptions options = world.options;
    if (!address.empty()) options.address = address;
    return {options, dies_at};
  }
  ConnectOptions connect_to(const Process& process) {
    address = process.address();
    ConnectOptions connect;
    connect.endpoints = {address};
    connect.ca_cert = process.ca_cert();
    connect.model_uuid = test::model_uuid;
    connect.user = "admin";
    connect.password = "secret";
    return connect;
  }

  void check_machine(const Machine& wanted) const {
    Machine is = world.machine();
    // The logs of the tools stay where a restore was undone.
    std::erase_if(is.files, [](const auto& entry) { return entry.first.starts_with("var/lib/juju/restore"); });
    check_same(wanted, is);
  }

  World world;
  std::string id, archive, address;
  Machine backed_up, damaged;
};

std::string outcome(const std::function<void()>& act) {
  const auto error = error_of(act);
  return error ? error->what() : "restored";
}

struct Case {
  const char* dies_at;       // the line of the controller's log; "upload": in the midst of the upload
  const char* told;          // begins what the client says if the controller stays dead
  bool has_release;          // and says what to type
  const char* then;          // the status that the next controller finds
  bool restored;             // what the machine is then
  const char* told_if_back;  // begins what the client says if the controller is started again at once
};

const Case cases[] = {
    // The answer is lost. Whether it was heard nobody knows.
    {"Backups.PrepareRestore", "could not start prepare restore mode, server returned: ", true, "FAILED", false, nullptr},
    {"upload", "cannot upload backup file: ", true, "FAILED", false, nullptr},
    {"restore: save-collections", "could not finish restore process: the controller did not come back", true, "FAILED", false,
     "cannot complete restore: Restore did not finish succes"},
    {"restore: save-files", "could not finish restore process: the controller did not come back", true, "FAILED", false,
     "cannot complete restore: Restore did not finish succes"},
    {"restore: unpack-root", "could not finish restore process: the controller did not come back", true, "FAILED", false,
     "cannot complete restore: Restore did not finish succes"},
    {"restore: restore-database", "could not finish restore process: the controller did not come back", true, "FAILED", false,
     "cannot complete restore: Restore did not finish succes"},
    {"restore: fix-database", "could not finish restore process: the controller did not come back", true, "FAILED", false,
     "cannot complete restore: Restore did not finish succes"},
    // After its last step it is done, also if nobody has written that down.
    {"starting again", "could not finish restore process: the controller did not come back", true, "RESTORED", true, "restored"},
    // Confirmed, and the answer is lost.
    {"Backups.FinishRestore", "could not finish restore process: the controller did not come back", true, "CHECKED", true, "restored"},
};

ControllerRestoreOptions options_of(const Case& c, Lab& lab, Process& process, std::unique_ptr<Source>& source) {
  ControllerRestoreOptions options;
  options.dial_every = options.busy_every = std::chrono::milliseconds(5);
  if (std::string(c.dies_at) == "upload") {
    source = std::make_unique<Halved>(lab.archive, [&process] { process.kill(); });
    options.archive = source.get();
    std::filesystem::rename(lab.world.archive_of(lab.id), lab.world.scratch / "elsewhere");
    std::filesystem::remove_all(lab.world.scratch / "state/store");
  } else {
    options.backup_id = lab.id;
  }
  return options;
}

}  // namespace

TEST_CASE("a controller that is killed in a restore, and stays dead until somebody looks") {
  for (const char* version : {"2.0.0", "2.9.21"}) {
    for (const Case& c : cases) {
      INFO(version);
      INFO(c.dies_at);
      Lab lab(version);
      std::unique_ptr<Source> source;
      {
        Process process = lab.started(c.dies_at);
        ControllerRestoreOptions options = options_of(c, lab, process, source);
        options.dial_for = std::chrono::milliseconds(100);
        const ConnectOptions connect = lab.connect_to(process);
        const std::string told = outcome([&] { restore_controller(connect, options); });
        CAPTURE(told);
        CHECK(told.find(c.told) == 0);
        CHECK((told.find(release) != std::string::npos) == c.has_release);
        CHECK(told.find("secret") == std::string::npos);
        process.wait_for_death();
      }
      Process next = lab.started("");
      const ConnectOptions connect = lab.connect_to(next);
      CHECK(lab.world.status() == c.then);
      lab.check_machine(c.restored ? lab.backed_up : lab.damaged);
      const ControllerRestoreEnd end = finish_controller_restore(connect);
      const std::string then = c.then;
      CHECK(end == (then == "FAILED"     ? ControllerRestoreEnd::released
                    : then == "RESTORED" ? ControllerRestoreEnd::finished
                                         : ControllerRestoreEnd::nothing));
      // Nothing stands in the way of another one.
      ControllerRestoreOptions again;
      const auto whole = source_of_memory(test::bytes_of(lab.archive), "backup.tar.gz");
      again.archive = whole.get();
      again.dial_every = std::chrono::milliseconds(5);
      lab.change();
      CHECK(outcome([&] { restore_controller(connect, again); }) == "restored");
      lab.check_machine(lab.backed_up);
    }
  }
}

TEST_CASE("a controller that is killed in a restore, and started again at once") {
  for (const Case& c : cases) {
    if (c.told_if_back == nullptr) continue;
    INFO(c.dies_at);
    Lab lab("2.9.21");
    std::unique_ptr<Source> source;
    auto process = std::make_unique<Process>(lab.world.options, c.dies_at);
    ControllerRestoreOptions options = options_of(c, lab, *process, source);
    options.on_event = [&](const ControllerRestoreEvent& event) {
      if (event.stage == ControllerRestoreStage::waiting && process->dead()) {
        ServerOptions same = lab.world.options;
        same.address = lab.address;
        process = std::make_unique<Process>(same, "");
      }
    };
    const ConnectOptions connect = lab.connect_to(*process);
    const std::string told = outcome([&] { restore_controller(connect, options); });
    CAPTURE(told);
    CHECK(told.find(c.told_if_back) == 0);
    lab.check_machine(c.restored ? lab.backed_up : lab.damaged);
  }
}
