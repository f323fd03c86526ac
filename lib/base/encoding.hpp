// Base64 (RFC 4648, standard alphabet, padded) and lower-case hex.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jujubackup {

std::string to_base64(std::span<const std::byte> bytes);
// Nothing unless `text` is canonical base64: right padding, no white space, unused bits zero.
std::optional<std::vector<std::byte>> from_base64(std::string_view text);

std::string to_hex(std::span<const std::byte> bytes);
std::optional<std::vector<std::byte>> from_hex(std::string_view text);

}  // namespace jujubackup
