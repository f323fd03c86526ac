// What libbson does: BSON from and to MongoDB Extended JSON 2, and new ids.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bson/builder.hpp"

namespace jujubackup::database {

// In the canonical form. Error(corrupt) for what is no document, and for text that is not UTF-8, which JSON could not hold.
std::string json_of_bson(std::span<const std::byte> document);
// Either form. Error(invalid_argument); the text is not quoted, since it may hold a secret.
bson::Bytes bson_of_json(std::string_view json);

inline constexpr std::uint8_t object_id_type = 0x07;
std::array<std::byte, 12> new_object_id();

}  // namespace jujubackup::database
