#include <fmt/format.h>
#include <isa-l.h>

#include <algorithm>
#include <limits>

#include "base/wide_registers.hpp"
#include "deflate/deflate.hpp"
#include "deflate/names.hpp"

namespace jujubackup::deflate {

struct StreamInflater::State {
  inflate_state isal;
  // How many bytes went into ISA-L that the caller was not told of as consumed, and gives again.
  std::size_t ahead = 0;
  bool damaged = false;
};

StreamInflater::StreamInflater() : state_(std::make_unique<State>()) { isal_inflate_init(&state_->isal); }
StreamInflater::StreamInflater(StreamInflater&&) noexcept = default;
StreamInflater& StreamInflater::operator=(StreamInflater&&) noexcept = default;
StreamInflater::~StreamInflater() = default;

void StreamInflater::reset() {
  isal_inflate_reset(&state_->isal);
  state_->ahead = 0;
  state_->damaged = false;
}

// ISA-L takes whole bytes into a buffer of 64 bits before it needs them, and at the end of a raw stream does not give them back; but the
// end may come many calls later, if there is little room for what is produced. So as long as room was the limit, what is in that buffer
// does not count as consumed. When the input was the limit, all of it was needed, and the end lies behind it.
StreamInflater::Step StreamInflater::inflate(std::span<const std::byte> in, std::span<std::byte> out) {
  State& state = *state_;
  if (state.damaged) return {0, 0, false, true};
  constexpr std::size_t most = std::numeric_limits<std::int32_t>::max();
  const std::size_t known = std::min(state.ahead, in.size());
  const std::size_t fresh = std::min(in.size() - known, most);
  const std::size_t room = std::min(out.size(), most);

  inflate_state& isal = state.isal;
  isal.next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(in.data() + known));
  isal.avail_in = static_cast<std::uint32_t>(fresh);
  isal.next_out = reinterpret_cast<std::uint8_t*>(out.data());
  isal.avail_out = static_cast<std::uint32_t>(room);
  const int result = isal.block_state == ISAL_BLOCK_FINISH ? ISAL_DECOMP_OK : isal_inflate(&isal);
  clear_wide_registers();

  Step step;
  step.produced = room - isal.avail_out;
  state.damaged = step.damaged = result < 0;
  const bool finished = isal.block_state == ISAL_BLOCK_FINISH;
  state.ahead = state.ahead + fresh - isal.avail_in;
  const std::size_t buffered = finished || isal.avail_out == 0 ? static_cast<std::size_t>(isal.read_in_length) / 8 : 0;
  // Bytes that were told of as consumed before may still be in the buffer, unless the end was seen.
  step.consumed = std::min(in.size(), state.ahead - std::min(state.ahead, buffered));
  state.ahead -= step.consumed;
  step.ended = finished && state.ahead <= buffered;
  return step;
}

std::string stream_inflater_name() { return fmt::format("ISA-L {}.{}.{}", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION); }

}  // namespace jujubackup::deflate
