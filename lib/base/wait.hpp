// Waiting for what nobody announces, such as a server that comes up.
#pragma once

#include <chrono>
#include <functional>

#include <jujubackup/job.hpp>

namespace jujubackup {

// Calls `f` at once, then after each `interval`, until it returns true; false if it did not by `deadline`, where it is asked a last time.
// What `f` throws goes through. Error(cancelled) within about 20 ms of the job's end.
bool wait_until(std::chrono::steady_clock::time_point deadline, std::chrono::milliseconds interval, const Job* job,
                const std::function<bool()>& f);

}  // namespace jujubackup
