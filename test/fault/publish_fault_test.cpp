// The n-th operation on the disk fails, for n from 1 until nothing fails: a name is then either absent or complete, and whoever asked
// was told.
#include <fcntl.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string_view>

#include <jujubackup/io.hpp>
#include <jujubackup/store.hpp>

#include "fail_nth.h"
#include "store_support.hpp"

namespace {

struct Mode {
  int error_number;
  bool sticky;
  bool without_renameat2;
};

constexpr std::array<Mode, 6> modes = {{
    {ENOSPC, false, false},
    {ENOSPC, true, false},
    {EIO, false, false},
    {EIO, true, false},
    {ENOSPC, false, true},
    {EIO, true, true},
}};

struct Outcome {
  std::optional<jujubackup::Error> error;
  std::string failed;  // the call that did
};

// Runs `act` with failures; `check` looks at what is there afterwards. Both get a directory of their own for each round.
void fail_everywhere(const std::function<void(const std::string&)>& prepare, const std::function<void(const std::string&)>& act,
                     const std::function<void(const std::string&, const Outcome&)>& check) {
  for (const Mode& mode : modes) {
    long failing_closes = 0;
    for (long n = 1;; ++n) {
      REQUIRE(n < 10000);
      const test::Scratch scratch;
      prepare(scratch.path());
      Outcome outcome;
      fail_nth_without_renameat2(mode.without_renameat2 ? 1 : 0);
      fail_nth_arm(n, mode.error_number, mode.sticky ? 1 : 0);
      outcome.error = test::error_of([&] { act(scratch.path()); });
      fail_nth_disarm();
      fail_nth_without_renameat2(0);
      outcome.failed = fail_nth_failed();
      INFO("call " << n << " (" << outcome.failed << ") fails with errno " << mode.error_number
                   << std::string_view(mode.sticky ? ", as do all after it" : ""));
      // What was only read, or locked, may be closed with any result; a directory that is there need not be made.
      if (outcome.failed == "close" && outcome.error) ++failing_closes;
      const bool may_pass = outcome.failed == "close" || outcome.failed == "mkdir";
      if (!may_pass) CHECK(outcome.error.has_value() == !outcome.failed.empty());
      if (outcome.error) CHECK(outcome.error->system_error() == mode.error_number);
      check(scratch.path(), outcome);
      if (outcome.failed.empty()) break;
    }
    CHECK_MESSAGE(failing_closes > 0, "the close of a file that was written is checked");
  }
}

std::vector<std::string> files_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("save_file under a new name") {
  const std::string text(600000, 'n');
  const auto act = [&](const std::string& directory) {
    jujubackup::save_file(*jujubackup::source_of_memory(test::bytes_of(text), "memory"), directory + "/name", false);
  };
  const auto check = [&](const std::string& directory, const Outcome& outcome) {
    CHECK(files_in(directory) == (outcome.error ? std::vector<std::string>{} : std::vector<std::string>{"name"}));
    if (!outcome.error) CHECK(test::read_file(directory + "/name") == text);
  };
  fail_everywhere([](const std::string&) {}, act, check);
}

TEST_CASE("save_file over an old file") {
  const std::string old_text(1000, 'o');
  const std::string new_text(600000, 'n');
  const auto prepare = [&](const std::string& directory) { test::write_file(directory + "/name", old_text); };
  const auto act = [&](const std::string& directory) {
    jujubackup::save_file(*jujubackup::source_of_memory(test::bytes_of(new_text), "memory"), directory + "/name", true);
  };
  const auto check = [&](const std::string& directory, const Outcome& outcome) {
    CHECK(files_in(directory) == std::vector<std::string>{"name"});
    const std::string seen = test::read_file(directory + "/name");
    // After the rename only the sync of the directory can fail: then the new bytes are there, if not yet for good.
    if (outcome.error && outcome.failed != "fsync") CHECK(seen == old_text);
    if (outcome.error) CHECK((seen == old_text || seen == new_text));
    if (!outcome.error) CHECK(seen == new_text);
  };
  fail_everywhere(prepare, act, check);
}

TEST_CASE("save_file where the disk cannot be asked to begin early") {
  const std::string text((std::size_t{40} << 20) + 123, 'n');
  for (const int error_number : {0, ENOSYS, EIO}) {
    CAPTURE(error_number);
    const test::Scratch scratch;
    fail_nth_helpers(error_number);
    jujubackup::save_file(*jujubackup::source_of_memory(test::bytes_of(text), "memory"), scratch / "name", false);
    CHECK(fail_nth_helper_calls() > 1);
    CHECK(test::read_file(scratch / "name") == text);
    fail_nth_helpers(0);
  }
}

TEST_CASE("adding an archive to a directory store") {
  const test::Scratch sample;
  const std::string archive = test::sample_archive(sample);
  const auto act = [&](const std::string& directory) {
    auto store = jujubackup::BackupStore::open(directory + "/deep/store");
    test::add_text(store, archive);
  };
  const auto check = [&](const std::string& directory, const Outcome& outcome) {
    auto store = jujubackup::BackupStore::open(directory + "/deep/store");
    const auto listing = store.list();
    CHECK(listing.problems.empty());
    CHECK(listing.backups.size() == (outcome.error ? 0 : 1));
    for (const auto& record : listing.backups) {
      CHECK_FALSE(record.adopted);
      CHECK(store.verify(record.id, jujubackup::Depth::full).verdict() == jujubackup::Verdict::ok);
    }
    if (!outcome.error) return;
    // And it can be done again, leaving nothing of the first time.
    act(directory);
    CHECK(files_in(directory + "/deep/store").size() == 3);
  };
  fail_everywhere([](const std::string&) {}, act, check);
}
