#include "base/wait.hpp"

#include <doctest/doctest.h>

#include "test_support.hpp"

using namespace jujubackup;
using namespace std::chrono_literals;

TEST_CASE("what is true at once is not waited for, also when the time is over") {
  int calls = 0;
  const auto past = std::chrono::steady_clock::now() - 1h;
  CHECK(wait_until(past, 1h, nullptr, [&] { return ++calls == 1; }));
  CHECK(calls == 1);
}

TEST_CASE("it is asked again until it is true") {
  int calls = 0;
  CHECK(wait_until(std::chrono::steady_clock::now() + 1h, 1ms, nullptr, [&] { return ++calls == 5; }));
  CHECK(calls == 5);
}

TEST_CASE("the deadline ends it, after a last look there") {
  const auto deadline = std::chrono::steady_clock::now() + 30ms;
  std::chrono::steady_clock::time_point last;
  CHECK_FALSE(wait_until(deadline, 1h, nullptr, [&] {
    last = std::chrono::steady_clock::now();
    return false;
  }));
  CHECK(last >= deadline);
  CHECK(last < deadline + 30min);
}

TEST_CASE("a cancelled job ends it, in the middle of a long interval too") {
  Job job;
  int calls = 0;
  const auto error = test::error_of([&] {
    wait_until(std::chrono::steady_clock::now() + 1h, 1h, &job, [&] {
      ++calls;
      job.cancel();
      return false;
    });
  });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::cancelled);
  CHECK(calls == 1);
}
