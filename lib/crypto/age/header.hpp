// The header of an age file: a stanza of text for each recipient, which holds the file key wrapped for it, and a MAC over them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/age/input.hpp"
#include "crypto/age/primitives.hpp"

namespace jujubackup::age {

inline constexpr std::string_view version_line = "age-encryption.org/v1";
inline constexpr std::string_view version_prefix = "age-encryption.org/";
inline constexpr std::size_t max_recipients = 1000;
inline constexpr std::size_t max_header_bytes = std::size_t{1} << 20;
inline constexpr std::size_t file_key_bytes = 16;

struct Stanza {
  std::vector<std::string> arguments;  // the first is the kind
  std::vector<std::byte> body;
};

struct Header {
  std::vector<Stanza> stanzas;
  std::string text;  // as it stands in the file
  Key32 mac{};
  // Up to and with the three dashes before the MAC.
  std::string_view authenticated_text() const;
};

Key32 header_mac(const Secret& file_key, std::string_view authenticated_text);

// With the MAC.
std::string write_header(const std::vector<Stanza>& stanzas, const Secret& file_key);

// Error(corrupt), Error(unsupported) for another version, Error(limit). The MAC is not checked yet.
Header read_header(Input& input);

}  // namespace jujubackup::age
