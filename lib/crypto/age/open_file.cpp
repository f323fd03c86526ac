#include "crypto/age/open_file.hpp"

#include <algorithm>

#include <jujubackup/error.hpp>

#include "crypto/age/keys.hpp"

namespace jujubackup::age {
namespace {

constexpr std::size_t enough_to_tell = max_outer_space_bytes + 64;

Secret unwrap(const Header& header, const Identities::State& identities) {
  if (header.stanzas.front().arguments.front() == scrypt_kind) {
    if (identities.passphrase.empty()) throw Error(ErrorCode::permission, "the file is encrypted to a passphrase, and none was given");
    return unwrap_with_passphrase(identities.passphrase, identities.highest_work_factor, header.stanzas.front());
  }
  for (const auto& identity : identities.keys) {
    for (const Stanza& stanza : header.stanzas) {
      if (auto file_key = identity->unwrap(stanza)) return std::move(*file_key);
    }
  }
  throw Error(ErrorCode::permission, "no identity matches any of the recipients");
}

}  // namespace

BinaryForm::BinaryForm(Source& source) : source_(source) {
  input_.emplace(source);
  if (!begins_armored(input_->peek(enough_to_tell))) return;
  armor_ = std::make_unique<ArmorSource>(std::move(*input_), source);
  input_.emplace(*armor_);
}

void BinaryForm::rewind() {
  if (armor_) {
    armor_->rewind();
  } else {
    source_.rewind();
  }
  input_->reset();
}

void check_recipients(const Header& header) {
  if (header.stanzas.size() == 1) return;
  const auto is_scrypt = [](const Stanza& stanza) { return stanza.arguments.front() == scrypt_kind; };
  if (std::ranges::any_of(header.stanzas, is_scrypt))
    throw Error(ErrorCode::corrupt, "the header has a passphrase beside other recipients");
}

Secret open_header(const Header& header, const Identities::State& identities) {
  check_recipients(header);
  Secret file_key = unwrap(header, identities);
  if (!equal_in_constant_time(header.mac, header_mac(file_key, header.authenticated_text()))) {
    throw Error(ErrorCode::corrupt, "the header does not match its MAC: it was changed or is damaged");
  }
  return file_key;
}

}  // namespace jujubackup::age
