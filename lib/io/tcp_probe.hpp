// Asking whether a server is up, without speaking its protocol.
#pragma once

#include <chrono>
#include <string>

#include <jujubackup/job.hpp>

namespace jujubackup {

// Connects to "localhost:37017" or "[::1]:37017" and closes again. "" if a connection was accepted within `timeout`, else why not.
// Error(invalid_argument) for an address without a port, Error(cancelled).
std::string tcp_problem(const std::string& address, std::chrono::milliseconds timeout, const Job* job = nullptr);

}  // namespace jujubackup
