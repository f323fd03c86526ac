// What happened, one JSON object a line. Takes no secrets: what is handed in comes from this side, or is a name that a client may know.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace jujubackup {

struct Event {
  std::string_view peer;
  std::string_view user;     // "": nobody has logged in
  std::string_view what;     // "Backups.Create", "GET /model/.../backups"
  std::string_view outcome;  // "ok", or the error's text
  std::uint64_t bytes = 0;   // of an archive
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
};

class EventLog {
 public:
  using Write = std::function<void(std::string_view)>;
  explicit EventLog(Write write) : write_(std::move(write)) {}
  // Any thread. What the receiver throws is dropped: a service goes on when its log does not.
  void add(const Event& event) noexcept;

 private:
  Write write_;
  std::mutex mutex_;
};

}  // namespace jujubackup
