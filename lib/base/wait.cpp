#include "base/wait.hpp"

#include <algorithm>
#include <thread>

namespace jujubackup {
namespace {

using Clock = std::chrono::steady_clock;
// A job has no descriptor that could be waited for.
constexpr std::chrono::milliseconds longest_sleep{20};

void sleep_until(Clock::time_point end, const Job* job) {
  for (Clock::time_point now = Clock::now(); now < end; now = Clock::now()) {
    job_check(job);
    std::this_thread::sleep_for(std::min<Clock::duration>(end - now, longest_sleep));
  }
}

}  // namespace

bool wait_until(Clock::time_point deadline, std::chrono::milliseconds interval, const Job* job, const std::function<bool()>& f) {
  for (;;) {
    job_check(job);
    const Clock::time_point now = Clock::now();
    if (f()) return true;
    if (now >= deadline) return false;
    sleep_until(std::min(deadline, Clock::now() + interval), job);
  }
}

}  // namespace jujubackup
