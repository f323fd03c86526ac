#include <string>
#include <vector>

#include <jujubackup/error.hpp>

#include "crypto/age/base64.hpp"
#include "crypto/age/keys.hpp"

namespace jujubackup::age {

std::unique_ptr<RecipientKey> ssh_recipient(std::string_view line) {
  constexpr std::string_view blank = " \t";
  const std::size_t end_of_kind = line.find_first_of(blank);
  const std::string_view kind = line.substr(0, end_of_kind);
  if (kind != ssh_ed25519_kind && kind != ssh_rsa_kind) {
    throw Error(ErrorCode::unsupported, "SSH keys of this kind cannot be encrypted to; ssh-ed25519 and ssh-rsa can");
  }
  const std::size_t begin = line.find_first_not_of(blank, kind.size());
  if (begin == std::string_view::npos) throw Error(ErrorCode::invalid_argument, "malformed " + std::string(kind) + " key");
  const std::string_view text = line.substr(begin, line.find_first_of(blank, begin) - begin);
  std::vector<std::byte> wire(decoded_bound(text.size()));
  const auto size = decode_base64(text, Padding::required, wire);
  if (!size) throw Error(ErrorCode::invalid_argument, "malformed " + std::string(kind) + " key");
  wire.resize(*size);
  return kind == ssh_rsa_kind ? ssh_rsa_recipient(wire) : ssh_ed25519_recipient(wire);
}

}  // namespace jujubackup::age
