#include "io/read_ahead.hpp"

#include <algorithm>
#include <cstring>
#include <system_error>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/signals_blocked.hpp"

namespace jujubackup {

ReadAhead::ReadAhead(std::unique_ptr<Source> source, std::function<void()> interrupt, std::size_t bytes)
    : source_(std::move(source)), interrupt_(std::move(interrupt)), size_(source_->size()), name_(source_->name()) {
  ring_.resize(std::max<std::size_t>(bytes, 1));
}

ReadAhead::~ReadAhead() {
  if (!thread_.joinable()) return;
  bool reading = false;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    reading = !ended_;
  }
  went_.notify_one();
  if (reading) interrupt_();
  thread_.join();
}

void ReadAhead::start() {
  begun_ = true;
  const SignalsBlocked blocked;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    // Then the caller reads.
  }
}

std::size_t ReadAhead::read(std::span<std::byte> into) {
  if (into.empty()) return 0;
  if (!begun_) start();
  if (!thread_.joinable()) return source_->read(into);
  std::unique_lock lock(mutex_);
  if (put_ == taken_) {
    // Each waits until the other has done half of what there is room for, or they would only wake each other.
    caller_waits_ = true;
    came_.wait(lock, [&] { return caller_may_go(); });
    caller_waits_ = false;
  }
  if (put_ == taken_) {
    if (failure_) std::rethrow_exception(failure_);
    return 0;
  }
  const auto begin = static_cast<std::size_t>(taken_ % ring_.size());
  const std::size_t count = std::min({into.size(), held(), ring_.size() - begin});
  lock.unlock();
  std::memcpy(into.data(), ring_.data() + begin, count);
  lock.lock();
  taken_ += count;
  if (reader_waits_ && reader_may_go()) went_.notify_one();
  return count;
}

void ReadAhead::rewind() {
  if (begun_) throw Error(ErrorCode::unsupported, name_ + ": cannot be read a second time");
}

void ReadAhead::run() noexcept {
  std::unique_lock lock(mutex_);
  while (!stop_ && !ended_) {
    if (held() == ring_.size()) {
      reader_waits_ = true;
      went_.wait(lock, [&] { return stop_ || reader_may_go(); });
      reader_waits_ = false;
      continue;
    }
    const auto begin = static_cast<std::size_t>(put_ % ring_.size());
    const std::size_t most = ring_.size() - std::max(begin, held());
    lock.unlock();
    std::size_t count = 0;
    std::exception_ptr failure;
    try {
      count = source_->read(std::span(ring_).subspan(begin, most));
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    put_ += count;
    failure_ = failure;
    ended_ = count == 0;
    if (caller_waits_ && caller_may_go()) came_.notify_one();
  }
}

}  // namespace jujubackup
