#include <algorithm>
#include <charconv>

#include <jujubackup/error.hpp>

#include "crypto/age/base64.hpp"
#include "crypto/age/keys.hpp"

namespace jujubackup::age {
namespace {

constexpr std::string_view label = "age-encryption.org/v1/scrypt";
constexpr std::size_t salt_bytes = 16;
using Salt = std::array<std::byte, salt_bytes>;

Secret wrapping_key(const Secret& passphrase, const Salt& salt, unsigned work_factor) {
  std::vector<std::byte> labelled(bytes_of(label).begin(), bytes_of(label).end());
  labelled.insert(labelled.end(), salt.begin(), salt.end());
  return scrypt(passphrase.bytes(), labelled, work_factor);
}

// Decimal digits without a sign or a leading zero.
unsigned parse_work_factor(const Stanza& stanza) {
  const std::string& text = stanza.arguments[2];
  unsigned factor = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), factor);
  if (text.starts_with('0') || text.starts_with('-') || end != text.data() + text.size() || problem == std::errc::invalid_argument) {
    refuse_stanza(stanza);
  }
  return problem == std::errc() ? factor : UINT32_MAX;
}

}  // namespace

Stanza wrap_with_passphrase(const Secret& passphrase, unsigned work_factor, const Secret& file_key) {
  Salt salt{};
  fill_random(salt);
  const auto body = wrap_file_key(wrapping_key(passphrase, salt, work_factor), file_key);
  return {{std::string(scrypt_kind), to_raw_base64(salt), std::to_string(work_factor)}, {body.begin(), body.end()}};
}

Secret unwrap_with_passphrase(const Secret& passphrase, unsigned highest_work_factor, const Stanza& stanza) {
  if (stanza.arguments.size() != 3) refuse_stanza(stanza);
  const auto salt = decode_raw_base64_array<salt_bytes>(stanza.arguments[1]);
  if (!salt) refuse_stanza(stanza);
  const unsigned work_factor = parse_work_factor(stanza);
  check_wrapped_size(stanza);
  if (work_factor > highest_work_factor) {
    throw Error(ErrorCode::limit, "the work factor of the passphrase is above the limit of " + std::to_string(highest_work_factor));
  }
  auto file_key = unwrap_file_key(wrapping_key(passphrase, *salt, work_factor), stanza.body);
  if (!file_key) throw Error(ErrorCode::permission, "the passphrase is wrong");
  return std::move(*file_key);
}

}  // namespace jujubackup::age
