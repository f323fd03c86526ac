// A source that is read by a thread of its own while the caller works on what came before.
//
// For what takes its time over each byte, as a TLS connection does, where the caller has enough to do by itself. Sources that belong to a
// program that uses the library are not for this: they are read by the thread that called.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include <jujubackup/io.hpp>

#include "base/buffer.hpp"

namespace jujubackup {

class ReadAhead final : public Source {
 public:
  // Some milliseconds of a fast connection: less, and the two wait for each other where threads share a core.
  static constexpr std::size_t default_bytes = std::size_t{4} << 20;

  // Holds up to `bytes`. `interrupt` is called by the destructor, if the reading has not come to its end: what source->read() waits for
  // from then on has to end soon, with an Error of any kind, which nobody sees. Nothing is read before the first read().
  ReadAhead(std::unique_ptr<Source> source, std::function<void()> interrupt, std::size_t bytes = default_bytes);
  ~ReadAhead() override;
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // What the source throws comes behind the bytes before it, and again with every later call.
  std::size_t read(std::span<std::byte> into) override;
  void rewind() override;
  std::optional<std::uint64_t> size() const override { return size_; }
  std::string name() const override { return name_; }

 private:
  void start();
  void run() noexcept;
  std::size_t held() const { return static_cast<std::size_t>(put_ - taken_); }
  bool caller_may_go() const { return ended_ || 2 * held() >= ring_.size(); }
  bool reader_may_go() const { return 2 * held() <= ring_.size(); }

  std::unique_ptr<Source> source_;
  std::function<void()> interrupt_;
  const std::optional<std::uint64_t> size_;
  const std::string name_;
  bool begun_ = false;  // of the caller's thread, as thread_ is

  Buffer ring_;
  std::mutex mutex_;  // what follows, but for thread_
  std::condition_variable came_, went_;
  std::uint64_t put_ = 0, taken_ = 0;
  bool caller_waits_ = false, reader_waits_ = false;
  bool ended_ = false, stop_ = false;
  std::exception_ptr failure_;

  std::thread thread_;
};

}  // namespace jujubackup
