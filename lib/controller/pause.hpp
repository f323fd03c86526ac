// Waiting between two attempts.
#pragma once

#include <chrono>

#include <jujubackup/job.hpp>

namespace jujubackup {

// Error(cancelled) soon after the job was cancelled.
void pause(std::chrono::milliseconds length, const Job* job);

}  // namespace jujubackup
