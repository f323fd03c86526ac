// Bech32 (BIP 173) without its limit on the length, as age uses it for keys.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include <jujubackup/encryption.hpp>

namespace jujubackup::age {

// What `text` holds behind the prefix "<kind>1". `kind` and `text` have to agree in case too. Nothing if the checksum or anything else is
// wrong.
std::optional<Secret> decode_bech32(std::string_view kind, std::string_view text);
// In the case of `kind`.
Secret encode_bech32(std::string_view kind, std::span<const std::byte> bytes);

}  // namespace jujubackup::age
