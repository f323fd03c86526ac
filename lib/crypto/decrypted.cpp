#include "crypto/decrypted.hpp"

#include <utility>

#include <jujubackup/encryption.hpp>

#include "base/text.hpp"
#include "io/wrapped_source.hpp"

namespace jujubackup {

Error encrypted_unopened(const std::string& name) {
  return {ErrorCode::permission, printable(name) + " is encrypted: an identity is needed"};
}

std::unique_ptr<Source> decrypted(std::unique_ptr<Source> source, const Identities* identities) {
  bool encrypted = false;
  if (source->random_access()) {
    encrypted = is_encrypted(head_of(*source, encrypted_head_bytes));
  } else {
    auto peeked = std::make_unique<PeekedSource>(std::move(source), encrypted_head_bytes);
    encrypted = is_encrypted(peeked->head());
    source = std::move(peeked);
  }
  if (!encrypted) return source;
  if (identities == nullptr || identities->empty()) throw encrypted_unopened(source->name());
  return decrypting_source(std::move(source), *identities);
}

}  // namespace jujubackup
