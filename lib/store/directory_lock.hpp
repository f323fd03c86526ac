// The lock of a directory store: flock on a file ".lock" in it.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <jujubackup/store_backend.hpp>

namespace jujubackup {

// Waits for `patience`, then throws Error(busy). Null if the file system has no flock.
std::unique_ptr<BlobStore::Lock> lock_directory(const std::string& directory, std::chrono::milliseconds patience);

}  // namespace jujubackup
