// A connection whose reader does other things while it waits for bytes: sends the answers to calls that other threads work on.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "net/tls_stream.hpp"

namespace jujubackup {

// One thread at a time, as any stream: what is done while waiting is done by the thread that reads, and may write.
class AttentiveStream final : public TlsStream {
 public:
  explicit AttentiveStream(std::unique_ptr<TlsStream> inner) : inner_(std::move(inner)) {}

  // Called about fifty times a second while bytes are waited for, until it says that there is nothing left to look after (false).
  void while_waiting(std::function<bool()> attend) { attend_ = std::move(attend); }
  // From then on waiting is Error(io); nothing: never.
  void give_up_at(std::optional<std::chrono::steady_clock::time_point> when) noexcept { give_up_at_ = when; }

  std::size_t read_some(std::span<std::byte> into) override;
  bool wait_readable(std::chrono::milliseconds patience) override;
  std::size_t write_some(std::span<const std::byte> bytes) override { return inner_->write_some(bytes); }
  std::size_t write_unless_answered(std::span<const std::byte> bytes) override { return inner_->write_unless_answered(bytes); }
  void set_idle_timeout(std::chrono::milliseconds timeout) noexcept override {
    idle_timeout_ = timeout;
    inner_->set_idle_timeout(timeout);
  }
  void set_job(const Job* job) noexcept override { inner_->set_job(job); }
  std::string peer() const override { return inner_->peer(); }
  void close() noexcept override { inner_->close(); }
  void interrupt() noexcept override { inner_->interrupt(); }

 private:
  std::unique_ptr<TlsStream> inner_;
  std::function<bool()> attend_;
  std::optional<std::chrono::steady_clock::time_point> give_up_at_;
  std::chrono::milliseconds idle_timeout_{60'000};
};

}  // namespace jujubackup
