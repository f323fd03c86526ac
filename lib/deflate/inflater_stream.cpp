// For builds without a library of its own for whole streams.
#include <array>

#include "deflate/deflate.hpp"
#include "deflate/names.hpp"

namespace jujubackup::deflate {

struct Inflater::State {
  StreamInflater stream;
};

Inflater::Inflater() : state_(std::make_unique<State>()) {}
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;
Inflater::~Inflater() = default;

bool Inflater::inflate(std::span<const std::byte> stream, std::span<std::byte> content) {
  StreamInflater& inflater = state_->stream;
  inflater.reset();
  auto step = inflater.inflate(stream, content);
  if (step.damaged || step.produced != content.size()) return false;
  std::size_t consumed = step.consumed;
  if (!step.ended) {
    // The end may still have to be read, which needs room: what more there is shows in this byte.
    std::array<std::byte, 1> beyond{};
    step = inflater.inflate(stream.subspan(consumed), beyond);
    consumed += step.consumed;
    if (!step.ended || step.produced != 0) return false;
  }
  return consumed == stream.size();
}

std::string inflater_name() { return stream_inflater_name(); }

}  // namespace jujubackup::deflate
