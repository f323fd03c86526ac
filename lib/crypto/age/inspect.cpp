#include <algorithm>

#include <jujubackup/encryption.hpp>
#include <jujubackup/error.hpp>

#include "base/buffer.hpp"
#include "crypto/age/open_file.hpp"
#include "crypto/age/payload.hpp"

namespace jujubackup {

bool is_encrypted(std::span<const std::byte> prefix) noexcept {
  const auto version = age::bytes_of(age::version_prefix);
  return age::begins_armored(prefix) || (prefix.size() >= version.size() && std::ranges::equal(prefix.first(version.size()), version));
}

EncryptedFacts inspect_encrypted(Source& source) {
  try {
    age::BinaryForm form(source);
    const age::Header header = age::read_header(form.input());
    age::check_recipients(header);
    EncryptedFacts facts;
    facts.armored = form.armored();
    for (const age::Stanza& stanza : header.stanzas) facts.recipient_kinds.push_back(stanza.arguments.front());
    Buffer buffer(age::Input::buffer_bytes);
    std::uint64_t rest = 0;
    while (const std::size_t got = form.input().read(buffer)) rest += got;
    if (rest < age::payload_nonce_bytes) throw Error(ErrorCode::corrupt, "the file is cut off behind its header");
    facts.content_bytes = age::content_bytes(rest - age::payload_nonce_bytes);
    return facts;
  } catch (Error& error) {
    error.add_context("looking at " + source.name());
    throw;
  }
}

}  // namespace jujubackup
