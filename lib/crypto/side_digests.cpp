#include "crypto/side_digests.hpp"

#include <algorithm>
#include <system_error>

#include "base/signals_blocked.hpp"

namespace jujubackup {

SideDigests::SideDigests(unsigned threads) {
  if (threads < 2) return;
  const SignalsBlocked blocked;
  try {
    for (Worker& worker : workers_) worker.thread = std::thread([this, &worker] { work(worker); });
  } catch (const std::system_error&) {
    // What has no thread is the caller's.
  }
}

SideDigests::~SideDigests() { stop(); }

void SideDigests::stop() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  to_do_.notify_all();
  for (Worker& worker : workers_) {
    if (worker.thread.joinable()) worker.thread.join();
  }
}

// Ends when all is done that was handed over.
void SideDigests::work(Worker& worker) {
  std::unique_lock lock(mutex_);
  for (;;) {
    to_do_.wait(lock, [&] { return ended_ || worker.done < handed_over_; });
    if (worker.done == handed_over_) return;
    const Buffer& block = blocks_[worker.done % block_count];
    lock.unlock();
    std::exception_ptr failure;
    try {
      worker.digest.update(block);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure && !worker.failure) worker.failure = failure;
    ++worker.done;
    done_.notify_one();
  }
}

void SideDigests::update(std::span<const std::byte> bytes) {
  size_bytes_ += bytes.size();
  while (!bytes.empty()) {
    Buffer& block = blocks_[handed_over_ % block_count];
    const auto piece = bytes.first(std::min(bytes.size(), block_bytes - block.size()));
    if (block.capacity() < block_bytes) block.reserve(block_bytes);
    block.insert(block.end(), piece.begin(), piece.end());
    bytes = bytes.subspan(piece.size());
    if (block.size() == block_bytes) hand_over();
  }
}

void SideDigests::hand_over() {
  for (Worker& worker : workers_) {
    if (worker.thread.joinable()) continue;
    worker.digest.update(blocks_[handed_over_ % block_count]);
    ++worker.done;
  }
  std::unique_lock lock(mutex_);
  ++handed_over_;
  to_do_.notify_all();
  // The next one to be filled.
  done_.wait(lock, [&] { return std::ranges::all_of(workers_, [&](const Worker& w) { return w.done + block_count > handed_over_; }); });
  blocks_[handed_over_ % block_count].clear();
}

FileDigests SideDigests::finish() {
  hand_over();
  stop();
  for (const Worker& worker : workers_) {
    if (worker.failure) std::rethrow_exception(worker.failure);
  }
  return {size_bytes_, workers_[0].digest.finish_base64(), workers_[1].digest.finish_hex()};
}

}  // namespace jujubackup
