#include "controller/pause.hpp"

#include <algorithm>
#include <thread>

namespace jujubackup {

void pause(std::chrono::milliseconds length, const Job* job) {
  constexpr std::chrono::milliseconds slice{50};
  for (; length.count() > 0; length -= slice) {
    job_check(job);
    std::this_thread::sleep_for(std::min(slice, length));
  }
  job_check(job);
}

}  // namespace jujubackup
