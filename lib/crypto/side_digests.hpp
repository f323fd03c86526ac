// The digests of a file that is being written or read, computed beside the thread that does it.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <span>
#include <string>
#include <thread>

#include <jujubackup/io.hpp>

#include "base/buffer.hpp"
#include "crypto/digest.hpp"

namespace jujubackup {

struct FileDigests {
  std::uint64_t size_bytes = 0;
  std::string sha1_base64, sha256_hex;
};

// Pieces are copied, so that who hands them over can go on: at most 1 MiB waits.
class SideDigests {
 public:
  // With one thread, or where the system gives none, the caller does it all.
  explicit SideDigests(unsigned threads);
  SideDigests(const SideDigests&) = delete;
  SideDigests& operator=(const SideDigests&) = delete;
  ~SideDigests();

  void update(std::span<const std::byte> bytes);
  // Of all that came. Call once.
  FileDigests finish();

 private:
  static constexpr std::size_t block_count = 8;
  static constexpr std::size_t block_bytes = std::size_t{128} << 10;

  struct Worker {
    explicit Worker(Digest::Kind kind) : digest(kind) {}
    Digest digest;
    std::uint64_t done = 0;  // blocks
    std::exception_ptr failure;
    std::thread thread;
  };

  void work(Worker& worker);
  void hand_over();
  void stop();

  std::uint64_t size_bytes_ = 0;
  std::array<Buffer, block_count> blocks_;  // the one that is being filled is the caller's
  std::mutex mutex_;                        // what follows
  std::condition_variable to_do_, done_;
  std::uint64_t handed_over_ = 0;  // blocks
  bool ended_ = false;
  std::array<Worker, 2> workers_{Worker(Digest::Kind::sha1), Worker(Digest::Kind::sha256)};
};

// Writes on what is written to it.
class DigestingSink final : public Sink {
 public:
  DigestingSink(Sink& sink, unsigned threads) : sink_(sink), digests_(threads) {}
  void write(std::span<const std::byte> bytes) override {
    sink_.write(bytes);
    digests_.update(bytes);
  }
  // Of all that was written. Call once.
  FileDigests finish() { return digests_.finish(); }

 private:
  Sink& sink_;
  SideDigests digests_;
};

}  // namespace jujubackup
