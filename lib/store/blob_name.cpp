#include <jujubackup/error.hpp>
#include <jujubackup/store_backend.hpp>

#include "base/text.hpp"

namespace jujubackup {
namespace {

constexpr std::size_t max_name_bytes = 255;
constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._<>-";

}  // namespace

void check_blob_name(std::string_view name) {
  const bool good =
      !name.empty() && name.size() <= max_name_bytes && name.front() != '.' && name.find_first_not_of(allowed) == std::string_view::npos;
  if (!good)
    throw Error(ErrorCode::invalid_argument, go_quote(name.substr(0, max_name_bytes)) + " cannot be the name of a file in a store");
}

}  // namespace jujubackup
