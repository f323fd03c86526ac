#include "server/event_log.hpp"

#include <jujubackup/time.hpp>

#include "base/json.hpp"

namespace jujubackup {
namespace {

// Whoever talks to the server chooses how long a URL or a name is.
constexpr std::size_t max_text = 400;

Value shortened(std::string_view text) { return text.substr(0, max_text); }

std::string line_of(const Event& event) {
  const auto took = std::chrono::steady_clock::now() - event.began;
  const std::int64_t ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  Value::Object line{{"time", Timestamp::now().rfc3339()}, {"peer", shortened(event.peer)}};
  if (!event.user.empty()) line.emplace_back("user", shortened(event.user));
  line.emplace_back("what", shortened(event.what));
  line.emplace_back("outcome", shortened(event.outcome));
  if (event.bytes > 0) line.emplace_back("bytes", event.bytes);
  line.emplace_back("ms", ms);
  return write_json(line);
}

}  // namespace

void EventLog::add(const Event& event) noexcept {
  if (!write_) return;
  try {
    const std::string line = line_of(event);
    const std::lock_guard lock(mutex_);
    write_(line);
  } catch (...) {  // NOLINT(bugprone-empty-catch): as promised
  }
}

}  // namespace jujubackup
