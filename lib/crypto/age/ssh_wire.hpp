// SSH's way of putting values into bytes (RFC 4251 section 5): strings and numbers behind a length of four bytes, big-endian.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/age/primitives.hpp"

namespace jujubackup::age {

class WireReader {
 public:
  explicit WireReader(Bytes bytes) : rest_(bytes) {}
  std::optional<std::uint32_t> number();
  std::optional<Bytes> string();
  // Of exactly that many bytes.
  std::optional<Bytes> string(std::size_t size_bytes);
  bool skip(std::string_view text);
  // A positive number without needless zeros in front, of at most 16384 bits; its magnitude.
  std::optional<Bytes> positive();
  Bytes rest() const { return rest_; }

 private:
  Bytes rest_;
};

void append_string(std::vector<std::byte>& out, Bytes bytes);
// `magnitude` has no zeros in front.
void append_positive(std::vector<std::byte>& out, Bytes magnitude);

// The first four bytes of SHA-256 in base64: the public key's short name in a stanza.
std::string tag_of(Bytes wire);

}  // namespace jujubackup::age
