#include <fmt/format.h>
#include <libdeflate.h>

#include <new>

#include "deflate/deflate.hpp"
#include "deflate/names.hpp"

namespace jujubackup::deflate {
namespace {

struct Free {
  void operator()(libdeflate_decompressor* decompressor) const { libdeflate_free_decompressor(decompressor); }
};

}  // namespace

struct Inflater::State {
  std::unique_ptr<libdeflate_decompressor, Free> decompressor{libdeflate_alloc_decompressor()};
};

Inflater::Inflater() : state_(std::make_unique<State>()) {
  if (!state_->decompressor) throw std::bad_alloc();
}
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;
Inflater::~Inflater() = default;

bool Inflater::inflate(std::span<const std::byte> stream, std::span<std::byte> content) {
  std::size_t consumed = 0;
  std::size_t produced = 0;
  const auto result = libdeflate_deflate_decompress_ex(state_->decompressor.get(), stream.data(), stream.size(), content.data(),
                                                       content.size(), &consumed, &produced);
  return result == LIBDEFLATE_SUCCESS && consumed == stream.size() && produced == content.size();
}

// It cannot be asked at run time.
std::string inflater_name() { return fmt::format("libdeflate {}", LIBDEFLATE_VERSION_STRING); }

}  // namespace jujubackup::deflate
