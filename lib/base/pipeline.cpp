#include "base/pipeline.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/signals_blocked.hpp"

namespace jujubackup {

Pipeline::Pipeline(unsigned threads, std::size_t slots, Fetch fetch, std::vector<Stage> stages)
    : fetch_(std::move(fetch)), stages_(std::move(stages)), pieces_(std::max<std::size_t>(slots, 1)), turns_(stages_.size(), 0) {
  if (threads > 1) start(threads);
}

void Pipeline::start(unsigned threads) {
  const SignalsBlocked blocked;
  threads_.reserve(threads);
  try {
    for (unsigned i = 0; i + 1 < threads; ++i) threads_.emplace_back([this, i] { work(i); });
  } catch (const std::system_error&) {
    // Those that were started do it.
  }
}

Pipeline::~Pipeline() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  to_do_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

std::size_t Pipeline::next_alone() {
  if (ended_) return none;
  ended_ = true;  // also when something is thrown
  if (!fetch_(0)) return none;
  for (const Stage& stage : stages_) stage.run(0, 0);
  ended_ = false;
  return 0;
}

std::size_t Pipeline::next() {
  if (threads_.empty()) return next_alone();
  std::unique_lock lock(mutex_);
  if (std::exchange(handed_out_, false)) ++head_;
  fetch_ahead(lock);
  if (head_ == fetched_) {
    if (fetch_failure_) std::rethrow_exception(std::exchange(fetch_failure_, nullptr));
    return none;
  }
  Piece& piece = pieces_[slot_of(head_)];
  while (piece.done != all_done() && !piece.failure) {
    const Task task = ready();
    if (task.stage != none) {
      run(task, static_cast<unsigned>(threads_.size()), lock);
    } else {
      caller_waits_ = true;
      done_.wait(lock);
      caller_waits_ = false;
    }
  }
  if (piece.failure) {
    // Nothing after this piece will be handed out.
    ended_ = true;
    fetch_failure_ = nullptr;
    fetched_ = head_;
    std::rethrow_exception(std::exchange(piece.failure, nullptr));
  }
  offer();  // what this thread has just made ready, while the caller works with the piece
  handed_out_ = true;
  return slot_of(head_);
}

void Pipeline::fetch_ahead(std::unique_lock<std::mutex>& lock) {
  while (!ended_ && limit_ == UINT64_MAX && fetched_ - head_ < pieces_.size()) {
    const std::size_t slot = slot_of(fetched_);
    // No thread looks at a slot that holds no piece.
    lock.unlock();
    bool got = false;
    std::exception_ptr failure;
    try {
      got = fetch_(slot);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (!got) {
      ended_ = true;
      fetch_failure_ = failure;
      return;
    }
    pieces_[slot] = Piece{};
    ++fetched_;
    if (idle_ != 0) to_do_.notify_one();
  }
}

bool Pipeline::may_start(std::uint64_t piece, std::size_t stage) const {
  const Piece& state = pieces_[slot_of(piece)];
  const Stage& what = stages_[stage];
  if ((state.claimed >> stage & 1U) != 0) return false;
  if (what.after != none && (state.done >> what.after & 1U) == 0) return false;
  return !what.in_order || turns_[stage] == piece;
}

// The oldest piece first, since the caller waits for it.
Pipeline::Task Pipeline::ready() const {
  const std::uint64_t end = std::min(fetched_, limit_);
  for (std::uint64_t piece = head_; piece < end; ++piece) {
    for (std::size_t stage = 0; stage < stages_.size(); ++stage) {
      if (may_start(piece, stage)) return {piece, stage};
    }
  }
  return {};
}

// Whoever has found something to do wakes the next one if there is more.
void Pipeline::offer() {
  if ((idle_ != 0 || caller_waits_) && ready().stage != none) (idle_ != 0 ? to_do_ : done_).notify_one();
}

void Pipeline::work(unsigned worker) {
  std::unique_lock lock(mutex_);
  for (;;) {
    Task task;
    ++idle_;
    to_do_.wait(lock, [&] {
      if (stop_) return true;
      task = ready();
      return task.stage != none;
    });
    --idle_;
    if (stop_) return;
    run(task, worker, lock);
  }
}

void Pipeline::run(Task task, unsigned worker, std::unique_lock<std::mutex>& lock) {
  Piece& piece = pieces_[slot_of(task.piece)];
  const std::uint32_t bit = std::uint32_t{1} << task.stage;
  piece.claimed |= bit;
  offer();
  lock.unlock();
  std::exception_ptr failure;
  try {
    stages_[task.stage].run(slot_of(task.piece), worker);
  } catch (...) {
    failure = std::current_exception();
  }
  lock.lock();
  piece.done |= bit;
  if (failure) {
    if (!piece.failure) piece.failure = failure;
    limit_ = std::min(limit_, task.piece);
  } else if (stages_[task.stage].in_order) {
    turns_[task.stage] = task.piece + 1;
  }
  if (caller_waits_ && task.piece == head_ && (failure || piece.done == all_done())) done_.notify_one();
}

}  // namespace jujubackup
