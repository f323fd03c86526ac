#include "base/pipeline.hpp"

#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "test_support.hpp"

namespace {

using jujubackup::Pipeline;

constexpr std::size_t none = Pipeline::none;

// Some work of uneven length, so that pieces finish out of order.
std::uint64_t churn(std::uint64_t seed) {
  const std::uint64_t rounds = (seed * 2654435761U >> 7) % 4000;
  for (std::uint64_t i = 0; i < rounds; ++i) seed = seed * 6364136223846793005U + 1442695040888963407U;
  return seed;
}

// Until the kernel says that a thread of this process waits for something.
void wait_until_asleep(pid_t thread) {
  const std::string path = "/proc/self/task/" + std::to_string(thread) + "/stat";
  for (char state = 'R'; state != 'S'; std::this_thread::yield()) {
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line)) return;  // no such thread
    state = line.at(line.rfind(')') + 2);
  }
}

struct Slot {
  std::uint64_t number = 0, result = 0, sum = 0;
};

// Numbers through a stage that runs in parallel and one that adds up in order.
class Sums {
 public:
  Sums(unsigned threads, std::size_t slots, std::uint64_t count) : slots_(slots), count_(count) {
    const auto work = [this](std::size_t slot, unsigned) {
      slots_[slot].result = churn(slots_[slot].number);
      if (slots_[slot].number == bad_) throw std::runtime_error("bad " + std::to_string(bad_));
    };
    const auto add = [this](std::size_t slot, unsigned) { slots_[slot].sum = sum_ += slots_[slot].result; };
    const auto fetch = [this](std::size_t slot) {
      if (fetched_ == bad_fetch_) throw std::runtime_error("bad fetch");
      if (fetched_ == count_) return false;
      slots_[slot] = Slot{fetched_++, 0, 0};
      return true;
    };
    pipeline_.emplace(threads, slots, fetch, std::vector<Pipeline::Stage>{{work, false, none}, {add, true, 0}});
  }

  // Checks that all comes in order; how many came before the end or an exception.
  std::uint64_t run() {
    std::uint64_t expected = 0, seen = 0;
    for (std::size_t slot = pipeline_->next(); slot != none; slot = pipeline_->next()) {
      expected += churn(seen);
      REQUIRE(slots_[slot].number == seen);
      REQUIRE(slots_[slot].sum == expected);
      seen_ = ++seen;
    }
    return seen;
  }

  std::uint64_t bad_ = UINT64_MAX, bad_fetch_ = UINT64_MAX, seen_ = 0, fetched_ = 0;

  std::size_t next() { return pipeline_->next(); }

 private:
  std::vector<Slot> slots_;
  std::uint64_t count_;
  std::uint64_t sum_ = 0;
  std::optional<Pipeline> pipeline_;
};

}  // namespace

TEST_CASE("pipeline: everything comes once and in order, whatever the threads and slots") {
  for (const unsigned threads : {1U, 2U, 3U, 8U}) {
    for (const std::size_t slots : {std::size_t{1}, std::size_t{2}, Pipeline::slots_for(threads), std::size_t{40}}) {
      for (const std::uint64_t count : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{777}}) {
        CAPTURE(threads);
        CAPTURE(slots);
        Sums sums(threads, slots, count);
        CHECK(sums.run() == count);
        CHECK(sums.next() == none);
      }
    }
  }
}

TEST_CASE("pipeline: a failure comes in its turn, and then nothing") {
  for (const unsigned threads : {1U, 2U, 5U}) {
    for (const std::uint64_t bad : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{50}, std::uint64_t{99}}) {
      CAPTURE(threads);
      CAPTURE(bad);
      Sums sums(threads, Pipeline::slots_for(threads), 100);
      sums.bad_ = bad;
      CHECK_THROWS_WITH(sums.run(), ("bad " + std::to_string(bad)).c_str());
      CHECK(sums.seen_ == bad);
      CHECK(sums.next() == none);

      Sums fetching(threads, Pipeline::slots_for(threads), 100);
      fetching.bad_fetch_ = bad;
      CHECK_THROWS_WITH(fetching.run(), "bad fetch");
      CHECK(fetching.seen_ == bad);
      CHECK(fetching.next() == none);
    }
  }
}

TEST_CASE("pipeline: abandoned at any place, it ends") {
  for (const unsigned threads : {1U, 2U, 6U}) {
    for (int after = 0; after < 20; ++after) {
      Sums sums(threads, Pipeline::slots_for(threads), 1000);
      for (int i = 0; i < after; ++i) CHECK(sums.next() != none);
      CHECK(sums.fetched_ <= static_cast<std::uint64_t>(after) + Pipeline::slots_for(threads));
    }
  }
}

TEST_CASE("pipeline: stages of one piece run side by side, those of an order never do") {
  std::atomic<int> in_order_now{0};
  std::atomic<int> running{0};
  std::atomic<bool> overlapped{false};
  std::vector<int> order;
  int fetched = 0;
  std::vector<int> slots(9);
  const auto fetch = [&](std::size_t slot) {
    slots[slot] = fetched;
    return fetched++ < 500;
  };
  const auto ordered = [&](std::size_t slot, unsigned) {
    if (in_order_now.fetch_add(1) != 0 || running.fetch_add(1) >= 4) overlapped = true;
    churn(static_cast<std::uint64_t>(slots[slot]));
    order.push_back(slots[slot]);
    running.fetch_sub(1);
    in_order_now.fetch_sub(1);
  };
  const auto free = [&](std::size_t slot, unsigned worker) {
    if (worker >= 4 || running.fetch_add(1) >= 4) overlapped = true;
    churn(static_cast<std::uint64_t>(slots[slot]) * 3);
    running.fetch_sub(1);
  };
  {
    Pipeline pipeline(4, slots.size(), fetch, {{free, false, none}, {ordered, true, none}});
    while (pipeline.next() != none) {
    }
  }
  CHECK_FALSE(overlapped);
  REQUIRE(order.size() == 500);
  for (int i = 0; i < 500; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("pipeline: a caller that has to wait works, and is one of the threads") {
  // Two pieces that wait for each other: with two threads one of them has to be on the caller's.
  std::atomic<int> met{0};
  std::atomic<int> on_the_callers{0};
  const std::thread::id caller = std::this_thread::get_id();
  int left = 2;
  const auto meet = [&](std::size_t, unsigned) {
    if (std::this_thread::get_id() == caller) ++on_the_callers;
    ++met;
    while (met.load() != 2) std::this_thread::yield();
  };
  Pipeline pipeline(2, 2, [&](std::size_t) { return left-- > 0; }, {{meet, false, none}});
  CHECK(pipeline.next() != none);
  CHECK(pipeline.next() != none);
  CHECK(pipeline.next() == none);
  CHECK(on_the_callers.load() == 1);
}

TEST_CASE("pipeline: what the caller made ready is done while it works with its piece") {
  // The other thread has both stages of the first piece, then nothing to do; the caller has the first stage of the second piece. When
  // that is done, the caller leaves with the first piece.
  std::array<std::atomic<bool>, 2> begun{}, added{};
  std::array<std::size_t, 2> numbers{};
  std::size_t fetched = 0;
  std::atomic<pid_t> other{0};
  const auto wait_for = [](const std::atomic<bool>& what) {
    while (!what) std::this_thread::yield();
  };
  const auto fetch = [&](std::size_t slot) {
    if (fetched == 1) wait_for(begun[0]);
    if (fetched == 2) return false;
    numbers[slot] = fetched++;
    return true;
  };
  const auto work = [&](std::size_t slot, unsigned) {
    if (numbers[slot] == 0) other = ::gettid();
    begun[numbers[slot]] = true;
    if (numbers[slot] == 0) return wait_for(begun[1]);
    wait_for(added[0]);
    wait_until_asleep(other);
  };
  const auto add = [&](std::size_t slot, unsigned) { added[numbers[slot]] = true; };
  Pipeline pipeline(2, 2, fetch, {{work, false, none}, {add, true, 0}});
  REQUIRE(pipeline.next() != none);
  const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!added[1] && std::chrono::steady_clock::now() < late) std::this_thread::yield();
  CHECK(added[1]);
}

TEST_CASE("pipeline: its threads take no signals") {
  std::atomic<bool> blocked{true};
  int left = 20;
  const std::thread::id caller = std::this_thread::get_id();
  const auto look = [&](std::size_t, unsigned) {
    if (std::this_thread::get_id() == caller) return;
    sigset_t mask;
    if (::pthread_sigmask(SIG_SETMASK, nullptr, &mask) != 0 || ::sigismember(&mask, SIGINT) != 1) blocked = false;
  };
  {
    Pipeline pipeline(2, 5, [&](std::size_t) { return left-- > 0; }, {{look, false, none}});
    while (pipeline.next() != none) {
    }
  }
  CHECK(blocked);
  sigset_t mask;
  REQUIRE(::pthread_sigmask(SIG_SETMASK, nullptr, &mask) == 0);
  CHECK(::sigismember(&mask, SIGINT) == 0);
}
