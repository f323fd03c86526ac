#include <fmt/format.h>
#include <isa-l.h>

#include <vector>

#include "base/wide_registers.hpp"
#include "deflate/encoder.hpp"
#include "deflate/names.hpp"

namespace jujubackup::deflate {
namespace {

constexpr std::uint32_t isal_level = 1;

class IsalEncoder final : public Encoder {
 public:
  std::size_t encode(std::span<const std::byte> content, std::span<std::byte> out) override {
    isal_zstream& z = *stream_;
    isal_deflate_stateless_init(&z);  // cheap: it sets fields, and the working memory is cleared by the compression itself
    z.level = isal_level;
    z.level_buf = working_memory_.data();
    z.level_buf_size = static_cast<std::uint32_t>(working_memory_.size());
    z.end_of_stream = 1;
    z.next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(content.data()));
    z.avail_in = static_cast<std::uint32_t>(content.size());
    z.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    z.avail_out = static_cast<std::uint32_t>(out.size());
    const int result = isal_deflate_stateless(&z);
    clear_wide_registers();
    return result == COMP_OK && z.avail_in == 0 ? out.size() - z.avail_out : 0;
  }

 private:
  std::unique_ptr<isal_zstream> stream_ = std::make_unique<isal_zstream>();
  std::vector<std::uint8_t> working_memory_ = std::vector<std::uint8_t>(ISAL_DEF_LVL1_DEFAULT);
};

}  // namespace

std::unique_ptr<Encoder> make_fast_encoder() { return std::make_unique<IsalEncoder>(); }

std::string fast_encoder_name() {
  return fmt::format("ISA-L {}.{}.{} level {}", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION, isal_level);
}

}  // namespace jujubackup::deflate
