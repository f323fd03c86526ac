// Processes that are killed, and processes that do the same at the same time.
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>

#include <jujubackup/store.hpp>

#include "store_support.hpp"

namespace {

using jujubackup::BackupStore;
using Clock = std::chrono::steady_clock;

constexpr int kills = 200;
constexpr int exit_exists = 3;

// An archive of some MiB, so that there is time to be killed in.
std::string large_archive(const test::Scratch& scratch) {
  auto input = test::sample_input(scratch);
  std::string noise(std::size_t{3} << 20, '\0');
  std::mt19937 random(1);
  for (char& c : noise) c = static_cast<char>(random());
  test::write_file(scratch / "noise", noise);
  input.root_files.push_back({scratch / "noise", "var/lib/juju/noise", false});
  jujubackup::MemorySink sink(std::size_t{8} << 20);
  jujubackup::write_archive(input, sink);
  return sink.text();
}

// Runs `act` in a child; its exit code is 0, that of Error(exists), or 1.
pid_t start(const std::function<void()>& act) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  int code = 0;
  try {
    act();
  } catch (const jujubackup::Error& error) {
    code = error.code() == jujubackup::ErrorCode::exists ? exit_exists : 1;
    if (code == 1) std::fprintf(stderr, "child: %s\n", error.what());
  } catch (...) {
    code = 1;
  }
  ::_exit(code);
}

// 128 + signal number if it was killed.
int wait_for(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void pause_for(std::chrono::microseconds time) {
  timespec wanted = {time.count() / 1000000, time.count() % 1000000 * 1000};
  while (::nanosleep(&wanted, &wanted) != 0) {
  }
}

std::size_t temps_in(const std::string& directory) {
  std::size_t count = 0;
  if (!std::filesystem::exists(directory)) return 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    count += entry.path().filename().string().starts_with(".tmp-") ? 1 : 0;
  return count;
}

std::uint32_t seed() {
  const char* text = std::getenv("JUJUBACKUP_TEST_SEED");
  return text != nullptr ? static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10)) : 20161102;
}

// Whoever lists the store after a crash sees whole archives; returns how many.
std::size_t check_store(const std::string& path) {
  auto store = BackupStore::open(path);
  const auto listing = store.list();
  CHECK(listing.problems.empty());
  for (const auto& record : listing.backups) CHECK(store.verify(record.id, jujubackup::Depth::full).verdict() == jujubackup::Verdict::ok);
  return listing.backups.size();
}

}  // namespace

TEST_CASE("kill -9 at random moments during add") {
  const test::Scratch scratch;
  const std::string archive = large_archive(scratch);
  const std::string path = scratch / "store";
  const auto add = [&] {
    auto store = BackupStore::open(path);
    test::add_text(store, archive);
  };
  // The quickest of some, so that a busy machine does not push most kills behind the end.
  auto whole = std::chrono::microseconds::max();
  for (int i = 0; i < 5; ++i) {
    const auto started = Clock::now();
    REQUIRE(wait_for(start(add)) == 0);
    whole = std::min(whole, std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - started));
    REQUIRE(check_store(path) == 1);
    BackupStore::open(path).remove(test::sample_id());
  }

  std::printf("seed %u, one add takes %lld us\n", seed(), static_cast<long long>(whole.count()));
  std::mt19937 random(seed());
  // The moments follow the machine's speed, so that about every third child gets to its end.
  double latest = static_cast<double>(whole.count());
  int killed = 0;
  int left_temps = 0;
  int published = 0;
  for (int i = 0; i < kills; ++i) {
    const pid_t child = start(add);
    pause_for(std::chrono::microseconds(std::uniform_int_distribution<long>(0, static_cast<long>(latest))(random)));
    ::kill(child, SIGKILL);
    const int code = wait_for(child);
    CHECK((code == 0 || code == 128 + SIGKILL));
    latest *= code == 0 ? 0.95 : 1.025;
    killed += code == 0 ? 0 : 1;
    left_temps += temps_in(path) > 0 ? 1 : 0;
    const std::size_t there = check_store(path);
    CHECK(there <= 1);
    if (code == 0) CHECK(there == 1);
    if (there == 0) continue;
    ++published;
    BackupStore::open(path).remove(test::sample_id());
  }
  std::printf("%d of %d were killed in time, temporary files were left after %d, the archive was published in %d\n", killed, kills,
              left_temps, published);
  CHECK(killed > kills / 10);
  CHECK(left_temps > 0);

  add();
  CHECK(temps_in(path) == 0);
  CHECK(check_store(path) == 1);
}

TEST_CASE("kill -9 at random moments during remove") {
  const test::Scratch scratch;
  const std::string archive = test::sample_archive(scratch);
  const std::string path = scratch / "store";
  std::mt19937 random(seed());
  std::uniform_int_distribution<long> moment(0, 1500);
  for (int i = 0; i < 100; ++i) {
    auto store = BackupStore::open(path);
    if (store.list().backups.empty()) test::add_text(store, archive);
    const pid_t child = start([&] { BackupStore::open(path).remove(test::sample_id()); });
    pause_for(std::chrono::microseconds(moment(random)));
    ::kill(child, SIGKILL);
    const int code = wait_for(child);
    CHECK((code == 0 || code == 128 + SIGKILL));
    const std::size_t there = check_store(path);
    if (code == 0) CHECK(there == 0);
    // No record stays without its archive.
    if (there == 0) CHECK_FALSE(std::filesystem::exists(path + "/juju-backup-" + test::sample_id() + ".json"));
  }
}

TEST_CASE("several processes add the same archive: one succeeds, and those who list meanwhile do not disturb") {
  constexpr int processes = 6;
  constexpr int rounds = 8;
  const test::Scratch scratch;
  const std::string archive = test::sample_archive(scratch);
  for (int round = 0; round < rounds; ++round) {
    const std::string path = scratch / ("store-" + std::to_string(round));
    // The children wait until the write end of this pipe is closed.
    std::array<int, 2> gate{};
    REQUIRE(::pipe(gate.data()) == 0);
    const auto wait_at_gate = [&] {
      ::close(gate[1]);
      char byte = 0;
      static_cast<void>(::read(gate[0], &byte, 1) == 0);
    };
    std::vector<pid_t> adding;
    for (int i = 0; i < processes; ++i) {
      adding.push_back(start([&] {
        wait_at_gate();
        auto store = BackupStore::open(path);
        test::add_text(store, archive);
      }));
    }
    const pid_t listing = start([&] {
      wait_at_gate();
      auto store = BackupStore::open(path);
      for (int i = 0; i < 200; ++i) {
        if (!store.list().problems.empty()) throw jujubackup::Error(jujubackup::ErrorCode::internal, "the store had problems");
      }
    });
    ::close(gate[0]);
    ::close(gate[1]);
    int added = 0;
    int existed = 0;
    for (const pid_t child : adding) {
      const int code = wait_for(child);
      added += code == 0 ? 1 : 0;
      existed += code == exit_exists ? 1 : 0;
    }
    CHECK(added == 1);
    CHECK(existed == processes - 1);
    CHECK(wait_for(listing) == 0);
    CHECK(check_store(path) == 1);
    CHECK(temps_in(path) == 0);
    CHECK_FALSE(BackupStore::open(path).show(test::sample_id()).adopted);
  }
}
