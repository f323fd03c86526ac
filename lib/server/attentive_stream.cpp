#include "server/attentive_stream.hpp"

#include <algorithm>
#include <string>

#include <jujubackup/error.hpp>

namespace jujubackup {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds attention{20};
// Beyond which nobody waits; added to a time it does not overflow.
constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 365);

}  // namespace

bool AttentiveStream::wait_readable(std::chrono::milliseconds patience) {
  auto deadline = Clock::now() + std::min(patience, longest);
  if (give_up_at_) deadline = std::min(deadline, *give_up_at_);
  for (;;) {
    const bool busy = attend_ && attend_();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    const auto slice = std::clamp(busy ? std::min(left, attention) : left, std::chrono::milliseconds(0), longest);
    if (inner_->wait_readable(slice)) return true;
    if (Clock::now() < deadline) continue;
    if (give_up_at_ && Clock::now() >= *give_up_at_) throw Error(ErrorCode::io, peer() + " took too long to log in");
    return false;
  }
}

std::size_t AttentiveStream::read_some(std::span<std::byte> into) {
  if (!attend_ && !give_up_at_) return inner_->read_some(into);
  const auto patience = idle_timeout_.count() > 0 ? idle_timeout_ : longest;
  if (!wait_readable(patience)) {
    throw Error(ErrorCode::io, peer() + " said nothing for " + std::to_string(patience.count() / 1000) + " s", true);
  }
  return inner_->read_some(into);
}

}  // namespace jujubackup
