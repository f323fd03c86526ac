// A sequence of pieces, worked on by several threads and handed out in order.
//
// The thread that uses the pipeline fetches the pieces and takes the finished ones. The stages in between run on threads of the
// pipeline's own, several pieces at once; a stage that is `in_order` takes one piece at a time, in the order of the pieces (a digest
// over all of them). So what belongs to the caller, sources, sinks and callbacks, is only ever touched by the caller's thread.
//
// A caller that would have to wait for its piece runs stages itself meanwhile: it is one of the threads that were asked for. With one
// more than there are cores, the system now and then puts two on one core while another has nothing to do.
//
// Pieces live in slots, which the owner keeps in an array; a slot is used again when the piece in it was handed out and the next one was
// asked for. So memory is bounded by the number of slots, however much one stage is ahead of another.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace jujubackup {

class Pipeline {
 public:
  static constexpr std::size_t none = SIZE_MAX;

  struct Stage {
    // `worker` is below the number of threads and tells which of them this is, for working memory that is kept between pieces.
    std::function<void(std::size_t slot, unsigned worker)> run;
    bool in_order = false;
    std::size_t after = none;  // which stage must be done with the piece before; stages are listed in an order that fits
  };
  // Fills a slot with the next piece; false if there is none.
  using Fetch = std::function<bool(std::size_t slot)>;

  // `threads` counts the caller's. With one, or where the system gives no other, all runs on that.
  Pipeline(unsigned threads, std::size_t slots, Fetch fetch, std::vector<Stage> stages);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;
  // Waits for the stages that run at this moment, and for no others.
  ~Pipeline();

  // The slot of the next piece, with all stages done; none at the end. The slot before it may be used again. What fetch or a stage threw
  // for a piece is thrown when its turn comes; after that the pipeline is at its end.
  std::size_t next();

  // Enough that each thread has a piece at hand while others wait for their turn.
  static constexpr std::size_t slots_for(unsigned threads) { return threads < 2 ? 1 : threads + (threads < 7 ? threads : 7) + 1; }

 private:
  struct Piece {
    std::uint32_t claimed = 0, done = 0;  // a bit for each stage
    std::exception_ptr failure;
  };
  struct Task {
    std::uint64_t piece = 0;
    std::size_t stage = none;
  };

  void start(unsigned threads);
  std::size_t next_alone();
  void fetch_ahead(std::unique_lock<std::mutex>& lock);
  void work(unsigned worker);
  void run(Task task, unsigned worker, std::unique_lock<std::mutex>& lock);
  Task ready() const;
  void offer();
  bool may_start(std::uint64_t piece, std::size_t stage) const;
  std::uint32_t all_done() const { return (std::uint32_t{1} << stages_.size()) - 1; }
  std::size_t slot_of(std::uint64_t piece) const { return static_cast<std::size_t>(piece % pieces_.size()); }

  Fetch fetch_;
  std::vector<Stage> stages_;

  std::mutex mutex_;  // what follows, but for threads_
  std::condition_variable to_do_, done_;
  std::vector<Piece> pieces_;         // by slot
  std::vector<std::uint64_t> turns_;  // for each stage: the piece that an in_order stage takes next
  std::uint64_t head_ = 0;            // the piece that is handed out next
  std::uint64_t fetched_ = 0;
  std::uint64_t limit_ = UINT64_MAX;  // pieces from here on are not worked on: one of them failed
  bool handed_out_ = false;           // piece head_ is in the caller's hands
  bool ended_ = false;                // nothing more to fetch
  bool stop_ = false;
  std::size_t idle_ = 0;       // threads that wait
  bool caller_waits_ = false;  // for a piece, and there was nothing to do for it
  std::exception_ptr fetch_failure_;

  std::vector<std::thread> threads_;
};

}  // namespace jujubackup
