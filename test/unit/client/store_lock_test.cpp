#include "client/store_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>
#include <utility>

#include <jujubackup/client.hpp>

#include "client/abstract_socket.hpp"
#include "client/lock_holder.hpp"
#include "client_support.hpp"
#include "test_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::Fd;
using jujubackup::Job;
using jujubackup::client::hold_store_lock;
using jujubackup::client::lock_points;
using jujubackup::client::LockPoint;
using jujubackup::client::Platform;

namespace {

constexpr std::chrono::milliseconds at_once{0};
constexpr std::chrono::milliseconds long_enough{30'000};

// Another process that holds a lock until it is told to let go, as a Juju command would.
class Holder {
 public:
  explicit Holder(const LockPoint& point) {
    std::array<int, 2> ready{};
    std::array<int, 2> go{};
    if (::pipe(ready.data()) != 0 || ::pipe(go.data()) != 0) throw std::runtime_error("pipe failed");
    child_ = ::fork();
    if (child_ == 0) {
      ::close(go[1]);
      const char taken = take(point) ? 'y' : 'n';
      char end = 0;
      const bool told = ::write(ready[1], &taken, 1) == 1;
      ::_exit(told && ::read(go[0], &end, 1) == 0 ? 0 : 1);
    }
    ::close(ready[1]);
    ::close(go[0]);
    const Fd answer(ready[0]);
    go_ = Fd(go[1]);
    char taken = 'n';
    if (::read(answer.get(), &taken, 1) == 1 && taken == 'y') return;
    // It has copies of our descriptors, and with them our locks.
    release();
    throw std::runtime_error("the other process did not get the lock");
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  ~Holder() { release(); }
  void release() {
    if (child_ <= 0) return;
    go_.reset();
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }
  pid_t pid() const { return child_; }

 private:
  static bool take(const LockPoint& point) {
    if (point.kind == LockPoint::Kind::file) {
      const int fd = ::open(point.name.c_str(), O_RDWR | O_CREAT, 0600);
      return fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0;
    }
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const jujubackup::client::AbstractAddress address(point.name);
    return fd >= 0 && ::bind(fd, address.get(), address.length) == 0 && ::listen(fd, 5) == 0;
  }
  pid_t child_ = -1;
  Fd go_;
};

// Locks that no Juju and no other test holds.
std::vector<LockPoint> private_points(const test::Scratch& scratch) {
  return {{LockPoint::Kind::file, scratch / "juju-store-lock-6465616462656566"}, {LockPoint::Kind::socket, "/test" + scratch.path()}};
}

}  // namespace

TEST_CASE("locks have the names of every Juju") {
  // SHA-256("/home/ann/.local/share/juju/controllers.yaml") begins with 342792b4.
  const std::string digits = "3334323739326234";
  for (const char* directory : {"/home/ann/.local/share/juju", "/home/ann/.local/share/juju/", "/home/ann//.local/./x/../share/juju"}) {
    CAPTURE(directory);
    const std::vector<LockPoint> points = lock_points(directory, "/tmp", Platform::linux_like);
    REQUIRE(points.size() == 3);
    CHECK(points[0].kind == LockPoint::Kind::file);
    CHECK(points[0].name == "/tmp/juju-store-lock-" + digits);
    CHECK(points[1].kind == LockPoint::Kind::socket);
    CHECK(points[1].name == "/var/lib/juju/mutex-/store-lock-" + digits);
    CHECK(points[2].kind == LockPoint::Kind::socket);
    CHECK(points[2].name == "/var/lib/juju/mutex-/store-lock");
  }
  const std::vector<LockPoint> elsewhere = lock_points("/home/ann/.local/share/juju", "/var/tmp/", Platform::other_unix);
  REQUIRE(elsewhere.size() == 2);
  CHECK(elsewhere[0].name == "/var/tmp/juju-store-lock-" + digits);
  CHECK(elsewhere[1].kind == LockPoint::Kind::file);
  CHECK(elsewhere[1].name == "/var/tmp/juju-store-lock");
}

TEST_CASE("an abstract address ends with its name") {
  const jujubackup::client::AbstractAddress address("abc");
  CHECK(address.length == sizeof(sa_family_t) + 4);
  CHECK(std::string(address.address.sun_path, 4) == std::string("\0abc", 4));
}

TEST_CASE("another process keeps us out, by each mechanism") {
  const test::Scratch scratch;
  for (const LockPoint& point : private_points(scratch)) {
    CAPTURE(point.name);
    Holder holder(point);
    const auto error = test::error_of([&] { hold_store_lock(private_points(scratch), "/home/ann/juju", at_once, nullptr); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::busy);
    CHECK(error->retry_may_help());
    const std::string text = error->what();
    CHECK(text.starts_with("the client directory /home/ann/juju is locked by "));
    CHECK(text.ends_with(": wait until that has ended, then try again"));
    // Systems differ in whether they tell who.
    const bool told = text.find("process " + std::to_string(holder.pid()) + " (") != std::string::npos;
    const bool untold = text.find("locked by another Juju command:") != std::string::npos;
    CHECK((told || untold));

    Job cancelled;
    cancelled.cancel();
    const auto stopped = test::error_of([&] { hold_store_lock(private_points(scratch), "/home/ann/juju", long_enough, &cancelled); });
    REQUIRE(stopped);
    CHECK(stopped->code() == ErrorCode::cancelled);

    holder.release();
    CHECK(hold_store_lock(private_points(scratch), "/home/ann/juju", at_once, nullptr).size() == 2);
  }
}

TEST_CASE("we keep others out, by each mechanism, and let them in afterwards") {
  const test::Scratch scratch;
  const std::vector<LockPoint> points = private_points(scratch);
  {
    const std::vector<Fd> held = hold_store_lock(points, "/x", at_once, nullptr);
    CHECK(held.size() == 2);
    for (const LockPoint& point : points) CHECK_THROWS(Holder{point});
  }
  for (const LockPoint& point : points) CHECK_NOTHROW(Holder{point});
}

TEST_CASE("a lock that failed half-way is let go") {
  const test::Scratch scratch;
  const std::vector<LockPoint> points = private_points(scratch);
  const Holder last(points[1]);
  CHECK(test::error_of([&] { hold_store_lock(points, "/x", at_once, nullptr); }).has_value());
  CHECK_NOTHROW(Holder{points[0]});
}

TEST_CASE("waiting ends when the other one has ended") {
  const test::Scratch scratch;
  const std::vector<LockPoint> points = private_points(scratch);
  Holder holder(points[0]);
  std::thread other([&holder] { holder.release(); });
  CHECK(hold_store_lock(points, "/x", long_enough, nullptr).size() == 2);
  other.join();
}

TEST_CASE("the lock file is private, kept, and not a link") {
  const test::Scratch scratch;
  const std::vector<LockPoint> points{{LockPoint::Kind::file, scratch / "lock"}};
  hold_store_lock(points, "/x", at_once, nullptr);
  struct stat status = {};
  REQUIRE(::stat((scratch / "lock").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  CHECK(status.st_size == 0);

  std::filesystem::create_symlink(scratch / "target", scratch / "link");
  CHECK(hold_store_lock({{LockPoint::Kind::file, scratch / "link"}}, "/x", at_once, nullptr).empty());
  CHECK_FALSE(std::filesystem::exists(scratch / "target"));
  CHECK(hold_store_lock({{LockPoint::Kind::file, scratch / "missing/lock"}}, "/x", at_once, nullptr).empty());
  // One that may only be read still locks.
  ::chmod((scratch / "lock").c_str(), 0400);
  CHECK(hold_store_lock(points, "/x", at_once, nullptr).size() == 1);
}

TEST_CASE("the public lock holds what Juju looks at") {
  const test::Scratch scratch;
  const test::ProcessEnvironment environment(test::Variables{{"TMPDIR", scratch.path()}});
  const std::vector<LockPoint> points = lock_points(scratch / "juju", scratch.path(), jujubackup::client::this_platform);
  {
    jujubackup::ClientLock lock(scratch / "juju");
    const jujubackup::ClientLock moved = std::move(lock);
    for (const LockPoint& point : points) CHECK_THROWS(Holder{point});
  }
}

TEST_CASE("the holder of a lock is found in Linux's list") {
  const std::string list =
      "1: POSIX  ADVISORY  WRITE 11 08:01:77 0 EOF\n"
      "2: FLOCK  ADVISORY  WRITE 12 08:01:77 0 EOF\n"
      "2: -> FLOCK  ADVISORY  WRITE 13 08:01:77 0 EOF\n"
      "3: FLOCK  ADVISORY  WRITE 14 fd:1a:78 0 EOF\n"
      "4: FLOCK  ADVISORY  WRITE -1 08:01:79 0 EOF\n"
      "nonsense\n5: FLOCK\n6: FLOCK  ADVISORY  WRITE 15 x:y:z 0 EOF\n";
  CHECK(jujubackup::client::flock_holder(list, makedev(8, 1), 77) == 12);
  CHECK(jujubackup::client::flock_holder(list, makedev(0xfd, 0x1a), 78) == 14);
  CHECK(jujubackup::client::flock_holder(list, makedev(8, 1), 78) == 0);
  CHECK(jujubackup::client::flock_holder(list, makedev(8, 1), 79) == 0);
  CHECK(jujubackup::client::flock_holder("", makedev(8, 1), 77) == 0);
  CHECK(jujubackup::client::describe_holder(0) == "another Juju command");
  CHECK(jujubackup::client::describe_holder(::getpid()).starts_with("process " + std::to_string(::getpid())));
}
